"use client";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { FolderGit2 } from "lucide-react";
import { useTRPC } from "@/components/api";
import { ClonePanel } from "@/components/projects";
import { TopBar, UserMenu } from "@/components/shell";
import { EmptyState } from "@/components/ui";
import type { Project } from "@/server/contract";
import { Workbench } from "./workbench";

/** The IDE once there is a working tree; before that, the way to one. */
export function Ide({ project: initial }: { project: Project }) {
  const trpc = useTRPC();
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
