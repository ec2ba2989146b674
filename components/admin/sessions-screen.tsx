"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { errorText, useTRPC } from "@/components/api";
import { Badge, Button, ConfirmDialog, toast } from "@/components/ui";
import type { LiveSession } from "@/server/contract";
import { bytesText, Loaded, ScreenHeader, Table, When } from "./screen";

/** dbt sessions that are alive now, and the button that ends one. */
export function SessionsScreen() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const sessions = useQuery({ ...trpc.admin.sessions.list.queryOptions(), refetchInterval: 2_000 });
  const [ended, setEnded] = useState<LiveSession | null>(null);
  const end = useMutation(
    trpc.admin.sessions.end.mutationOptions({
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.admin.pathKey() }),
    }),
  );
  return (
    <>
      <ScreenHeader title="Sessions">
        Each is one person's dbt process on one project and environment. Ending one stops its previews at once; nothing
        that the person typed is lost, and their next action starts a fresh one.
      </ScreenHeader>
      <Loaded query={sessions}>
        {(list) => (
          <Table
            label="Live sessions"
            rows={list}
            rowKey={({ id }) => id}
            empty="Nobody has a session right now."
            columns={[
              {
                header: "Person",
                cell: ({ userName }) => <span className="font-medium whitespace-nowrap">{userName}</span>,
              },
              { header: "Project", cell: ({ projectName, environmentName }) => `${projectName} · ${environmentName}` },
              { header: "Engine", cell: ({ adapter }) => adapter },
              {
                header: "State",
                cell: ({ state }) => <Badge tone={state === "ready" ? "success" : "neutral"}>{state}</Badge>,
              },
              { header: "Started", cell: ({ startedAt }) => <When at={startedAt} /> },
              { header: "Last used", cell: ({ lastUsedAt }) => <When at={lastUsedAt} /> },
              {
                header: "Memory",
                align: "right",
                cell: ({ memoryKb }) => bytesText(memoryKb === null ? null : memoryKb * 1024),
              },
              {
                header: "Previews",
                cell: ({ runningQueries }) =>
                  runningQueries.map(({ subject }) => subject).join(", ") || <span className="text-faint">none</span>,
              },
              {
                header: "Actions",
                cell: (session) => (
                  <Button size="small" onClick={() => setEnded(session)}>
                    End session
                  </Button>
                ),
              },
            ]}
          />
        )}
      </Loaded>
      <ConfirmDialog
        open={ended !== null}
        onOpenChange={(open) => !open && setEnded(null)}
        title={`End the session of ${ended?.userName ?? ""}?`}
        description={`${ended?.runningQueries.length ?? 0} running previews end within a second. The person stays signed in and keeps everything they typed.`}
        confirm="End session"
        variant="danger"
        onConfirm={async () => {
          if (ended === null) return;
          await end.mutateAsync({ id: ended.id }).catch((error: unknown) => toast.error(errorText(error)));
        }}
      />
    </>
  );
}
