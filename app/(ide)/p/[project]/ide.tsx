"use client";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { FolderGit2 } from "lucide-react";
import { useEffect, useState } from "react";
import { useTRPC, useTRPCClient } from "@/components/api";
import { ClonePanel } from "@/components/projects";
import { adoptAppearance, adoptPerson, arrangementName, keepArrangement, TopBar, UserMenu } from "@/components/shell";
import { EmptyState } from "@/components/ui";
import type { Me, Project } from "@/server/contract";
import { Workbench } from "./workbench";

/** The IDE once there is a working tree; before that, the way to one. */
export function Ide({ project: initial, me }: { project: Project; me: Me }) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  // Before anything is drawn: what is drawn reads it.
  useState(() => {
    adoptPerson(me.userId, me.preferences[arrangementName]);
    adoptAppearance();
  });
  useEffect(
    () =>
      keepArrangement((arrangement) => {
        client.me.savePreferences
          .mutate({ preferences: { [arrangementName]: arrangement } })
          .catch((error: unknown) => console.warn("The arrangement is kept in this browser only.", error));
      }),
    [client],
  );
  const queryClient = useQueryClient();
  const project = useQuery(
    trpc.projects.get.queryOptions({ projectId: initial.id }, { initialData: initial, staleTime: 30_000 }),
  ).data;
  const { workspace } = project;
  if (workspace?.state === "ready") {
    return <Workbench key={workspace.id} project={project} workspace={workspace} />;
  }
  return (
    <div className="flex min-h-dvh flex-col">
      <TopBar end={<UserMenu />} />
      <main className="flex flex-1 items-center justify-center">
        <EmptyState className="h-auto max-w-md" icon={<FolderGit2 />} title={`${project.name} is not cloned yet`}>
          <p className="mb-4">You work in your own copy of the repository. Making it takes a moment.</p>
          <div className="text-left [&_button]:mx-auto">
            <ClonePanel
              projectId={project.id}
              failedBefore={workspace?.state === "failed"}
              onDone={() => void queryClient.invalidateQueries(trpc.projects.pathFilter())}
            />
          </div>
        </EmptyState>
      </main>
    </div>
  );
}
