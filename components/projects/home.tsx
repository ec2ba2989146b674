"use client";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Boxes, GitBranch, Plus } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { errorText, toErrorBody, useTRPC } from "@/components/api";
import { TopBar, UserMenu } from "@/components/shell";
import { Badge, Button, EmptyState, ErrorState, Skeleton } from "@/components/ui";
import type { Project } from "@/server/contract";
import { ClonePanel } from "./clone-panel";

/** What a signed-in person sees first: the projects of their organisation. */
export function Home() {
  const trpc = useTRPC();
  const projects = useQuery(trpc.projects.list.queryOptions());
  const me = useQuery(trpc.me.get.queryOptions());
  const mayAdd = me.data?.permissions.includes("project.manage") ?? false;
  return (
    <div className="flex min-h-dvh flex-col">
      <TopBar end={<UserMenu />} />
      <main className="mx-auto w-full max-w-4xl flex-1 px-6 py-10">
        <div className="mb-5 flex items-end justify-between gap-4">
          <div>
            <h1 className="text-xl font-semibold">Projects</h1>
            <p className="text-muted">{me.data ? `dbt projects of ${me.data.organisation.name}` : "\u00a0"}</p>
          </div>
          {mayAdd && (
            <Link
              href="/admin/projects"
              className="flex h-control items-center gap-1.5 rounded-[5px] border border-line-strong bg-raised px-3 font-medium hover:bg-hover"
            >
              <Plus aria-hidden className="size-4" />
              Add a project
            </Link>
          )}
        </div>
        {projects.isPending ? (
          <Skeleton lines={6} label="Loading projects" />
        ) : projects.error ? (
          <ErrorState
            className="h-64"
            title="The projects could not be listed"
            message={errorText(projects.error)}
            reference={toErrorBody(projects.error).reference}
            actions={<Button onClick={() => void projects.refetch()}>Try again</Button>}
          />
        ) : projects.data.length === 0 ? (
          <EmptyState
            className="h-64 rounded-[8px] border border-dashed border-line"
            icon={<Boxes />}
            title="There is no project yet"
          >
            {mayAdd
              ? "Add one by the address of its Git repository."
              : "An administrator of your organisation adds projects."}
          </EmptyState>
        ) : (
          <ul className="grid gap-3 sm:grid-cols-2" aria-label="Projects">
            {projects.data.map((project) => (
              <ProjectCard key={project.id} project={project} />
            ))}
          </ul>
        )}
      </main>
    </div>
  );
}

function ProjectCard({ project }: { project: Project }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const router = useRouter();
  const ready = project.workspace?.state === "ready";
  const host = project.gitUrl.replace(/^https?:\/\//, "").replace(/\.git$/, "");
  return (
    <li className="flex flex-col gap-3 rounded-[8px] border border-line bg-raised p-4">
      <div>
        <h2 className="text-[15px] font-semibold">
          {ready ? (
            <Link href={`/p/${project.slug}`} className="hover:underline">
              {project.name}
            </Link>
          ) : (
            project.name
          )}
        </h2>
        <p className="truncate text-xs text-muted" title={project.gitUrl}>
          {host}
          {project.subfolder && ` · ${project.subfolder}`}
        </p>
      </div>
      <p className="flex flex-wrap gap-1">
        {project.environments.map((environment) => (
          <Badge key={environment.id}>
            {environment.name}
            {environment.name.toLowerCase() !== environment.adapter && ` · ${environment.adapter}`}
          </Badge>
        ))}
        {project.environments.length === 0 && <Badge tone="warning">No environment yet</Badge>}
      </p>
      <div className="mt-auto">
        {ready ? (
          <div className="flex items-center justify-between gap-2">
            <span className="flex min-w-0 items-center gap-1.5 truncate text-muted">
              <GitBranch aria-hidden className="size-3.5" />
              {project.workspace?.branch ?? "no branch"}
            </span>
            <Link
              href={`/p/${project.slug}`}
              className="flex h-control items-center rounded-[5px] bg-accent-solid px-3 font-medium text-on-accent hover:bg-accent-hover"
            >
              Open
            </Link>
          </div>
        ) : (
          <ClonePanel
            projectId={project.id}
            failedBefore={project.workspace?.state === "failed"}
            onDone={() => {
              void queryClient.invalidateQueries(trpc.projects.pathFilter());
              router.push(`/p/${project.slug}`);
            }}
          />
        )}
      </div>
    </li>
  );
}
