"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { errorText, useTRPC } from "@/components/api";
import { Badge, Button, ConfirmDialog, toast } from "@/components/ui";
import type { Engine } from "@/server/contract";
import { EngineDialog } from "./engine-dialog";
import { Loaded, ScreenHeader, Table } from "./screen";

const states: Record<Engine["state"], { text: string; tone: "success" | "warning" | "neutral" }> = {
  ready: { text: "ready", tone: "success" },
  unfinished: { text: "unfinished", tone: "warning" },
  adding: { text: "being added", tone: "neutral" },
  removing: { text: "being removed", tone: "neutral" },
};

/** The Python environments with dbt and adapters, and how more are added. */
export function EnginesScreen() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const list = useQuery({ ...trpc.admin.engines.list.queryOptions(), refetchInterval: 5_000 });
  const [adding, setAdding] = useState<{ engine: Engine | null } | null>(null);
  const [removed, setRemoved] = useState<Engine | null>(null);
  const refresh = () =>
    Promise.all([
      queryClient.invalidateQueries({ queryKey: trpc.admin.engines.pathKey() }),
      queryClient.invalidateQueries({ queryKey: trpc.environments.pathKey() }),
    ]);
  const remove = useMutation(trpc.admin.engines.remove.mutationOptions({ onSettled: refresh }));
  return (
    <>
      <ScreenHeader
        title="Engines"
        actions={
          <Button variant="primary" disabled={list.data === undefined} onClick={() => setAdding({ engine: null })}>
            <Plus aria-hidden className="size-4" /> Add an engine
          </Button>
        }
      >
        An engine is one version of dbt with its adapters. Environments choose theirs, so that several versions can run
        side by side. Engines belong to this installation: every organisation of it can use them.
      </ScreenHeader>
      <Loaded query={list}>
        {({ engines }) => (
          <Table
            label="Engines"
            rows={engines}
            rowKey={({ name }) => name}
            empty="There is no engine."
            columns={[
              {
                header: "Name",
                cell: ({ name, isDefault }) => (
                  <>
                    <span className="font-medium">{name}</span>
                    {isDefault && <span className="text-muted"> comes with Millrace</span>}
                  </>
                ),
              },
              {
                header: "dbt",
                cell: ({ dbtVersion, dbt }) => dbtVersion ?? dbt ?? <span className="text-faint">—</span>,
              },
              {
                header: "Adapters",
                cell: ({ adapters, packages }) =>
                  adapters.length > 0
                    ? adapters.map(({ label, version }) => `${label} ${version}`).join(", ")
                    : packages.join(", "),
              },
              {
                header: "State",
                cell: ({ state }) => <Badge tone={states[state].tone}>{states[state].text}</Badge>,
              },
              { header: "Runner", cell: (engine) => <RunnerState engine={engine} /> },
              { header: "Environments", align: "right", cell: ({ environments }) => environments },
              {
                header: "Actions",
                cell: (engine) =>
                  engine.isDefault ? null : (
                    <span className="flex gap-1">
                      {(engine.state === "unfinished" || engine.state === "adding") && (
                        <Button size="small" onClick={() => setAdding({ engine })}>
                          {engine.state === "adding" ? "Show progress" : "Finish"}
                        </Button>
                      )}
                      {(engine.state === "ready" || engine.state === "unfinished") && (
                        <Button size="small" onClick={() => setRemoved(engine)}>
                          Remove
                        </Button>
                      )}
                    </span>
                  ),
              },
            ]}
          />
        )}
      </Loaded>
      {adding !== null && list.data !== undefined && (
        <EngineDialog list={list.data} engine={adding.engine} onClose={() => setAdding(null)} onChanged={refresh} />
      )}
      <ConfirmDialog
        open={removed !== null}
        onOpenChange={(open) => !open && setRemoved(null)}
        title={`Remove the engine ${removed?.name ?? ""}?`}
        description="Its packages are deleted from the server. Environments that use it must get another engine first."
        confirm="Remove engine"
        variant="danger"
        onConfirm={async () => {
          if (removed === null) return;
          await remove.mutateAsync({ name: removed.name }).catch((error: unknown) => toast.error(errorText(error)));
        }}
      />
    </>
  );
}

function RunnerState({ engine: { runner, state } }: { engine: Engine }) {
  if (runner.message !== null) return <span className="text-danger">{runner.message}</span>;
  if (runner.state === "running")
    return (
      <>
        running · {runner.sessions} {runner.sessions === 1 ? "session" : "sessions"}
      </>
    );
  return <span className="text-muted">{state === "ready" ? "starts when needed" : "—"}</span>;
}
