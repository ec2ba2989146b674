"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { errorText, useTRPC } from "@/components/api";
import { Badge, Button, ConfirmDialog, toast } from "@/components/ui";
import type { Environment, Project } from "@/server/contract";
import { EnvironmentDialog } from "./environment-dialog";
import { ProjectDialog } from "./project-dialog";
import { Loaded, ScreenHeader, Table } from "./screen";

/** Projects (Git repositories) and their environments (a warehouse connection and a dbt target). */
export function ProjectsScreen() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const projects = useQuery(trpc.projects.list.queryOptions());
  const [editedProject, setEditedProject] = useState<{ project: Project | null } | null>(null);
  const [editedEnvironment, setEditedEnvironment] = useState<{
    project: Project;
    environment: Environment | null;
  } | null>(null);
  const [removed, setRemoved] = useState<{ project: Project; environment: Environment | null } | null>(null);
  const refresh = () => queryClient.invalidateQueries({ queryKey: trpc.projects.pathKey() });
  const onError = (error: unknown) => void toast.error(errorText(error));
  const removeProject = useMutation(trpc.projects.remove.mutationOptions({ onSettled: refresh }));
  const removeEnvironment = useMutation(trpc.environments.remove.mutationOptions({ onSettled: refresh }));

  return (
    <>
      <ScreenHeader
        title="Projects and connections"
        actions={
          <Button variant="primary" onClick={() => setEditedProject({ project: null })}>
            <Plus aria-hidden className="size-4" /> Add project
          </Button>
        }
      >
        A project is a Git repository with a dbt project in it. Each environment of it is a warehouse connection with a
        dbt target. Tokens and passwords are stored sealed and never shown again.
      </ScreenHeader>
      <Loaded query={projects}>
        {(list) =>
          list.length === 0 ? (
            <p className="rounded-[6px] border border-dashed border-line px-4 py-6 text-center text-muted">
              There are no projects yet. Add one by its Git address.
            </p>
          ) : (
            list.map((project) => (
              <section
                key={project.id}
                aria-label={project.name}
                className="flex flex-col gap-3 rounded-[7px] border border-line bg-panel p-4"
              >
                <div className="flex flex-wrap items-start gap-3">
                  <div className="min-w-0 flex-1">
                    <h2 className="font-semibold">{project.name}</h2>
                    <p className="truncate text-muted">
                      {project.gitUrl} · {project.defaultBranch}
                      {project.subfolder && ` · in ${project.subfolder}`} ·{" "}
                      {project.hasToken ? "with a token" : "without a token"}
                    </p>
                  </div>
                  <Button size="small" onClick={() => setEditedEnvironment({ project, environment: null })}>
                    Add environment
                  </Button>
                  <Button size="small" onClick={() => setEditedProject({ project })}>
                    Change
                  </Button>
                  <Button size="small" variant="ghost" onClick={() => setRemoved({ project, environment: null })}>
                    Remove
                  </Button>
                </div>
                <Table
                  label={`Environments of ${project.name}`}
                  rows={project.environments}
                  rowKey={({ id }) => id}
                  empty="Without an environment, models can be edited but not compiled or previewed. Add one."
                  columns={[
                    {
                      header: "Environment",
                      cell: ({ name, isDefault }) => (
                        <span className="flex items-center gap-2 font-medium">
                          {name}
                          {isDefault && <Badge>default</Badge>}
                        </span>
                      ),
                    },
                    { header: "Adapter", cell: ({ adapter }) => adapter },
                    { header: "Target", cell: ({ target, schema }) => `${target} · schema ${schema}` },
                    {
                      header: "Connection",
                      cell: ({ settings }) => (
                        <span className="block min-w-32 wrap-anywhere text-muted">{settingsText(settings)}</span>
                      ),
                    },
                    {
                      header: "Secrets",
                      cell: ({ secretNames }) => secretNames.join(", ") || <span className="text-faint">none</span>,
                    },
                    {
                      header: "Actions",
                      cell: (environment) => (
                        <span className="flex gap-1">
                          <Button size="small" onClick={() => setEditedEnvironment({ project, environment })}>
                            Change
                          </Button>
                          <Button size="small" variant="ghost" onClick={() => setRemoved({ project, environment })}>
                            Remove
                          </Button>
                        </span>
                      ),
                    },
                  ]}
                />
              </section>
            ))
          )
        }
      </Loaded>
      {editedProject !== null && (
        <ProjectDialog project={editedProject.project} onClose={() => setEditedProject(null)} onSaved={refresh} />
      )}
      {editedEnvironment !== null && (
        <EnvironmentDialog {...editedEnvironment} onClose={() => setEditedEnvironment(null)} onSaved={refresh} />
      )}
      <ConfirmDialog
        open={removed !== null}
        onOpenChange={(open) => !open && setRemoved(null)}
        title={
          removed?.environment
            ? `Remove the environment ${removed.environment.name}?`
            : `Remove the project ${removed?.project.name ?? ""}?`
        }
        description={
          removed?.environment
            ? "Sessions on it end at once. The warehouse itself is not touched."
            : "Every person's working tree of it on this server is deleted, with changes that were not pushed. The remote repository is not touched."
        }
        confirm={removed?.environment ? "Remove environment" : "Remove project"}
        variant="danger"
        onConfirm={async () => {
          if (removed === null) return;
          const act = removed.environment
            ? removeEnvironment.mutateAsync({ environmentId: removed.environment.id })
            : removeProject.mutateAsync({ projectId: removed.project.id });
          await act.then(() => undefined, onError);
        }}
      />
    </>
  );
}

function settingsText(settings: Environment["settings"]): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(", ");
}
