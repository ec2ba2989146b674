import { and, eq } from "drizzle-orm";
import type { z } from "zod";
import type { GitStatus, gitBranchesSchema, gitDiffSchema } from "../contract/files";
import { type Actor, AppError, events, requirePermission } from "../core";
import { database, schema } from "../db";
import { noteBranch, type WorkspacePlace, withWorkspaceLock, workspaceForActor } from "../projects";
import { assertSafePath, checkoutLimits, runGit } from "../repository";

interface WorkspaceInput {
  readonly workspaceId: string;
}

/** Branch, distance to the server's branch as of the last fetch, and what differs from HEAD. Throws FORBIDDEN, NOT_FOUND. */
export async function status(actor: Actor, input: WorkspaceInput): Promise<GitStatus> {
  const workspace = await workspaceForActor(actor, input.workspaceId);
  return withWorkspaceLock(workspace.id, () => runGit("status", placeOf(workspace)));
}

/** HEAD's text and the working text of a file; null where it does not exist. Throws INVALID_INPUT for binary files. */
export async function diff(
  actor: Actor,
  input: WorkspaceInput & { path: string },
): Promise<z.output<typeof gitDiffSchema>> {
  const workspace = await workspaceForActor(actor, input.workspaceId);
  assertSafePath(input.path);
  return { path: input.path, ...(await runGit("diff", { ...placeOf(workspace), path: input.path })) };
}

/** Commits the chosen paths as they are on disk, in the actor's name. Throws INVALID_INPUT when nothing differs. */
export async function commit(
  actor: Actor,
  input: WorkspaceInput & { message: string; paths: string[] },
): Promise<{ head: string }> {
  return write(actor, input, async (workspace) => {
    const author = { name: actor.userName, email: await emailOf(actor) };
    const paths = input.paths.map((path) => assertSafePath(path).join("/"));
    return runGit("commit", { ...placeOf(workspace), message: input.message, paths, author });
  });
}

async function emailOf(actor: Actor): Promise<string> {
  const [row] = await database()
    .select({ email: schema.users.email })
    .from(schema.users)
    .innerJoin(schema.memberships, eq(schema.memberships.userId, schema.users.id))
    .where(and(eq(schema.users.id, actor.userId), eq(schema.memberships.organisationId, actor.organisationId)));
  if (!row) throw new AppError("NOT_FOUND", "You are no member of this organisation any more.");
  return row.email;
}

/** The branches of the workspace and, as of the last fetch, of the server. */
export async function branches(actor: Actor, input: WorkspaceInput): Promise<z.output<typeof gitBranchesSchema>> {
  const workspace = await workspaceForActor(actor, input.workspaceId);
  return runGit("branches", placeOf(workspace));
}

/** Makes a branch at HEAD and switches to it, with every local change. Throws CONFLICT when the name is taken. */
export async function createBranch(
  actor: Actor,
  input: WorkspaceInput & { name: string },
): Promise<{ branch: string; head: string }> {
  return write(actor, input, async (workspace) => {
    const { head } = await runGit("createBranch", { ...placeOf(workspace), name: input.name });
    await noteBranch(workspace, input.name);
    return { branch: input.name, head };
  });
}

/** Switches to a branch. Throws CONFLICT naming the files whose local changes would be lost; then nothing has changed. */
export async function switchBranch(
  actor: Actor,
  input: WorkspaceInput & { name: string },
): Promise<{ branch: string; head: string }> {
  return write(actor, input, async (workspace) => {
    const { head, paths } = await runGit("switchBranch", {
      ...placeOf(workspace),
      name: input.name,
      limits: checkoutLimits,
    });
    await noteBranch(workspace, input.name);
    tellFiles(workspace, paths);
    return { branch: input.name, head };
  });
}

/** Puts files back to HEAD; files that HEAD does not have are removed. */
export async function discard(actor: Actor, input: WorkspaceInput & { paths: string[] }): Promise<{ paths: string[] }> {
  return write(actor, input, async (workspace) => {
    const wanted = input.paths.map((path) => assertSafePath(path).join("/"));
    const { paths } = await runGit("discard", { ...placeOf(workspace), paths: wanted });
    tellFiles(workspace, paths);
    return { paths };
  });
}

/**
 * The committed text of some of the dbt project's paths, or (null) of all that differ on disk, with files that Git ignores and dbt
 * reads all the same; null where HEAD has no such text file. For a worker's template.
 */
export async function committedText(
  workspace: WorkspacePlace,
  paths: string[] | null,
): Promise<{ path: string; text: string | null }[]> {
  if (paths?.length === 0) return [];
  return withWorkspaceLock(workspace.id, () => runGit("committedText", { ...placeOf(workspace), paths }));
}

/** HEAD and up to `most` commits that it is based on, newest first. */
export async function history(workspace: WorkspacePlace, most: number): Promise<string[]> {
  return (await runGit("history", { ...placeOf(workspace), most: most + 1 })).commits;
}

export function placeOf(workspace: WorkspacePlace): { root: string; subfolder: string } {
  return { root: workspace.root, subfolder: workspace.subfolder };
}

/** Checks that the actor may write, runs the change alone in its workspace, and tells who listens. */
async function write<T>(
  actor: Actor,
  input: WorkspaceInput,
  work: (workspace: WorkspacePlace) => Promise<T>,
): Promise<T> {
  requirePermission(actor, "file.write");
  const workspace = await workspaceForActor(actor, input.workspaceId);
  const result = await withWorkspaceLock(workspace.id, () => work(workspace));
  events.emit("gitChanged", { workspaceId: workspace.id });
  return result;
}

export function tellFiles(workspace: WorkspacePlace, paths: string[]): void {
  if (paths.length > 0) events.emit("filesChanged", { workspaceId: workspace.id, paths });
}
