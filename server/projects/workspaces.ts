import { lstat, rm } from "node:fs/promises";
import { join } from "node:path";
import { and, eq } from "drizzle-orm";
import type { GitProgress, Workspace } from "../contract/projects";
import { type Actor, AppError, events, requirePermission, toAppError } from "../core";
import { database, schema } from "../db";
import { checkoutLimits, leftover, runGit } from "../repository";
import { anyWorkspace, findWorkspace, projectRow, remoteFrom, type WorkspacePlace } from "./access";
import { type CloneJob, cloneJobs } from "./clone-jobs";
import { withMirrorLock, withWorkspaceLock } from "./locks";
import { mirrorOf } from "./places";

/** The actor's workspace of a project, or null before the first clone. Throws FORBIDDEN, NOT_FOUND. */
export async function openWorkspace(actor: Actor, input: { projectId: string }): Promise<Workspace | null> {
  const workspace = await findWorkspace(actor, input.projectId);
  return workspace ? toWorkspace(workspace) : null;
}

export async function toWorkspace(place: WorkspacePlace): Promise<Workspace> {
  const { id, projectId, branch } = place;
  // A clone that no process runs any more (Millrace was restarted), or whose folder is gone, can only be started again.
  const lost =
    place.state === "cloning" ? !cloneJobs().has(id) : place.state === "ready" && !(await isThere(place.root));
  const state = lost ? "failed" : place.state;
  return { id, projectId, branch, state, problem: state === "ready" ? await problemOf(place) : null };
}

/** Why dbt cannot work in this folder, in plain words; null when it looks like a dbt project. */
async function problemOf(place: Pick<WorkspacePlace, "projectRoot" | "subfolder">): Promise<string | null> {
  const where = place.subfolder === "" ? "The repository" : `The folder ${place.subfolder}`;
  if (await isThere(join(place.projectRoot, "dbt_project.yml"))) return null;
  if (!(await isThere(place.projectRoot)))
    return `${where} does not exist on this branch. Check the project's subfolder, or switch to another branch.`;
  return `${where} has no dbt_project.yml, so it is no dbt project yet. Files can be edited; compiling and previewing start to work once the file is there.`;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(String((error as NodeJS.ErrnoException).code))) return false;
    throw error;
  }
}

/**
 * Clones the project for the actor, saying how far it is; ends with `done` or `failed`. A second watcher joins the clone that runs, and
 * it is cancelled (and cleaned) when the last one leaves. When the workspace is there already, it says `done` at once.
 */
export async function* cloneWorkspace(
  actor: Actor,
  projectId: string,
  signal: AbortSignal,
): AsyncGenerator<GitProgress, void, void> {
  const project = await projectRow(actor, projectId);
  const row = await startOrJoin(actor, project.id);
  if (row.state === "ready" && (await isThere(row.root))) {
    yield { type: "done", workspaceId: row.id, problem: await problemOf(row) };
    return;
  }
  const job = cloneJobs().get(row.id) ?? startClone(row, project);
  const queue: GitProgress[] = [{ type: "progress", phase: "Starting", loaded: 0, total: null }];
  let wake = (): void => undefined;
  let ended = false;
  const watcher: Parameters<CloneJob["watchers"]["add"]>[0] = (phase, loaded, total) => {
    const last = queue.at(-1);
    if (last?.type === "progress" && last.phase === phase) queue.pop();
    queue.push({ type: "progress", phase, loaded, total });
    wake();
  };
  const end = (event: GitProgress): void => {
    queue.push(event);
    ended = true;
    wake();
  };
  job.watchers.add(watcher);
  job.finished.then(
    ({ problem }) => end({ type: "done", workspaceId: row.id, problem }),
    (error) => end({ type: "failed", error: toAppError(error).toBody(actor.requestId) }),
  );
  const onAbort = () => wake();
  signal.addEventListener("abort", onAbort);
  try {
    for (;;) {
      for (let event = queue.shift(); event; event = queue.shift()) yield event;
      if (ended || signal.aborted) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (signal.aborted) resolve();
      });
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    job.watchers.delete(watcher);
    if (job.watchers.size === 0 && !ended) {
      job.abort.abort();
      await Promise.allSettled([job.finished]);
    }
  }
}

/** The row of the actor's workspace, made when it is missing. A clone that was just cancelled takes its row with it when it ends. */
async function startOrJoin(actor: Actor, projectId: string): Promise<WorkspacePlace> {
  const ending = [...cloneJobs().values()].filter((job) => job.projectId === projectId && job.abort.signal.aborted);
  await Promise.allSettled(ending.map((job) => job.finished));
  await database()
    .insert(schema.workspaces)
    .values({ organisationId: actor.organisationId, projectId, userId: actor.userId, state: "cloning" })
    .onConflictDoNothing();
  const workspace = await findWorkspace(actor, projectId);
  if (!workspace) throw new AppError("NOT_FOUND", "There is no such project.");
  return cloneJobs().get(workspace.id)?.abort.signal.aborted ? startOrJoin(actor, projectId) : workspace;
}

/** Starts the clone; what it leaves is either a whole workspace or nothing. */
function startClone(place: WorkspacePlace, project: typeof schema.projects.$inferSelect): CloneJob {
  const abort = new AbortController();
  const watchers: CloneJob["watchers"] = new Set();
  const work = async (): Promise<{ problem: string | null }> => {
    try {
      await setState(place, { state: "cloning" });
      await withWorkspaceLock(
        place.id,
        () => runClone(place, project, { signal: abort.signal, watchers }),
        abort.signal,
      );
      await setState(place, { state: "ready", branch: project.defaultBranch });
      return { problem: await problemOf(place) };
    } catch (error) {
      if (toAppError(error).code === "CANCELLED") await forget(place);
      else await setState(place, { state: "failed" });
      throw error;
    } finally {
      cloneJobs().delete(place.id);
    }
  };
  const job: CloneJob = { projectId: place.projectId, abort, watchers, finished: Promise.resolve().then(work) };
  cloneJobs().set(place.id, job);
  return job;
}

async function runClone(
  place: WorkspacePlace,
  project: typeof schema.projects.$inferSelect,
  options: { signal: AbortSignal; watchers: CloneJob["watchers"] },
): Promise<void> {
  // A folder with that name is always a whole clone (it is renamed into place): the row was lost, the person's work is not.
  if (await isThere(place.root)) return;
  const input = {
    mirror: mirrorOf(place.organisationId, place.projectId),
    remote: remoteFrom(project),
    root: place.root,
    subfolder: place.subfolder,
    branch: project.defaultBranch,
    limits: checkoutLimits,
  };
  const onProgress: Parameters<CloneJob["watchers"]["add"]>[0] = (...step) => {
    for (const watcher of options.watchers) watcher(...step);
  };
  try {
    await withMirrorLock(
      place.projectId,
      () => runGit("clone", input, { signal: options.signal, onProgress }),
      options.signal,
    );
  } finally {
    await rm(`${place.root}${leftover}${process.pid}`, { recursive: true, force: true });
  }
}

async function setState(
  place: WorkspacePlace,
  values: { state: WorkspacePlace["state"]; branch?: string | null },
): Promise<void> {
  await database()
    .update(schema.workspaces)
    .set(values)
    .where(and(eq(schema.workspaces.id, place.id), eq(schema.workspaces.organisationId, place.organisationId)));
}

/** Notes the branch that a workspace is on now. */
export function noteBranch(place: WorkspacePlace, branch: string): Promise<void> {
  return setState(place, { state: "ready", branch });
}

async function forget(place: WorkspacePlace): Promise<void> {
  await database()
    .delete(schema.workspaces)
    .where(and(eq(schema.workspaces.id, place.id), eq(schema.workspaces.organisationId, place.organisationId)));
}

/** Removes the actor's own workspace with everything in it that was not pushed. Throws FORBIDDEN, NOT_FOUND. */
export async function removeWorkspace(actor: Actor, input: { workspaceId: string }): Promise<void> {
  requirePermission(actor, "project.read");
  const place = await anyWorkspace(actor, input.workspaceId);
  const job = cloneJobs().get(place.id);
  if (job) {
    job.abort.abort();
    await Promise.allSettled([job.finished]);
  }
  await withWorkspaceLock(place.id, async () => {
    await forget(place);
    // Its dbt session ends before its files do.
    events.emit("workspaceRemoved", { organisationId: place.organisationId, workspaceId: place.id });
    await rm(place.root, { recursive: true, force: true });
  });
  events.emit("gitChanged", { workspaceId: place.id });
}
