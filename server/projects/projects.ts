import { rm } from "node:fs/promises";
import { and, asc, eq, like, or } from "drizzle-orm";
import type { z } from "zod";
import { audit } from "../audit";
import type { createProjectInput, Project, updateProjectInput } from "../contract/projects";
import { type Actor, AppError, events, requirePermission, seal, secretPurposes } from "../core";
import { database, schema, type Transaction, withTransaction } from "../db";
import { assertSafePath, parseRemoteUrl, runGit } from "../repository";
import { findWorkspace, projectRow, remoteFrom, remoteInput, toEnvironment } from "./access";
import { cancelClones } from "./clone-jobs";
import { mirrorOf, scratchpadsOf, shareRootOf } from "./places";
import { toWorkspace } from "./workspaces";

type ProjectRow = typeof schema.projects.$inferSelect;

/** Every project of the actor's organisation, with environments and the actor's own workspace. */
export async function listProjects(actor: Actor): Promise<Project[]> {
  requirePermission(actor, "project.read");
  const rows = await database()
    .select()
    .from(schema.projects)
    .where(eq(schema.projects.organisationId, actor.organisationId))
    .orderBy(asc(schema.projects.name));
  return Promise.all(rows.map((row) => toProject(actor, row)));
}

/** One project, by id. Throws FORBIDDEN, NOT_FOUND. */
export async function getProject(actor: Actor, input: { projectId: string }): Promise<Project> {
  return toProject(actor, await projectRow(actor, input.projectId));
}

async function toProject(actor: Actor, row: ProjectRow): Promise<Project> {
  const environments = await database()
    .select()
    .from(schema.environments)
    .where(and(eq(schema.environments.projectId, row.id), eq(schema.environments.organisationId, actor.organisationId)))
    .orderBy(asc(schema.environments.name));
  const workspace = await findWorkspace(actor, row.id);
  return {
    id: row.id,
    slug: row.slug,
    name: row.name,
    gitUrl: row.gitUrl,
    defaultBranch: row.defaultBranch,
    subfolder: row.subfolder,
    hasToken: row.gitToken !== null,
    createdAt: row.createdAt.toISOString(),
    environments: environments.map(toEnvironment),
    workspace: workspace ? await toWorkspace(workspace) : null,
  };
}

/**
 * Asks a remote for its branches without fetching. For the form: says early that it cannot be reached, is no repository, is empty or
 * refuses the token. With `projectId` and no token, the project's stored token is used, for its own server only.
 */
export async function checkRemote(
  actor: Actor,
  input: { gitUrl: string; token: string | null; projectId: string | null },
  signal?: AbortSignal,
): Promise<{ branches: string[] }> {
  requirePermission(actor, "project.manage");
  const stored = input.projectId === null ? null : remoteFrom(await projectRow(actor, input.projectId));
  const keepsToken = stored !== null && input.token === null && sameServer(stored.url, input.gitUrl);
  const remote = remoteInput(input.gitUrl, keepsToken ? stored.token : input.token);
  parseRemoteUrl(remote.url, remote.rules);
  return runGit("listRemote", { remote }, { signal });
}

function sameServer(one: string, other: string): boolean {
  return URL.canParse(one) && URL.canParse(other) && new URL(one).origin === new URL(other).origin;
}

/** Adds a project after asking its remote. Throws FORBIDDEN, INVALID_INPUT, GIT_ERROR in plain words. */
export async function createProject(actor: Actor, input: z.output<typeof createProjectInput>): Promise<Project> {
  requirePermission(actor, "project.manage");
  const subfolder = cleanSubfolder(input.subfolder);
  const { branches } = await checkRemote(actor, {
    gitUrl: input.gitUrl,
    token: emptyToNull(input.token),
    projectId: null,
  });
  requireBranch(branches, input.defaultBranch);
  const row = await withTransaction(async (transaction) => {
    const id = crypto.randomUUID();
    const token = emptyToNull(input.token);
    const [created] = await transaction
      .insert(schema.projects)
      .values({
        id,
        organisationId: actor.organisationId,
        slug: await freeSlug(transaction, actor.organisationId, input.name),
        name: input.name,
        gitUrl: input.gitUrl,
        gitToken: token === null ? null : seal(token, secretPurposes.gitToken(id)),
        defaultBranch: input.defaultBranch,
        subfolder,
      })
      .returning();
    if (!created) throw new Error("The project was not inserted.");
    const { gitUrl, defaultBranch } = input;
    await audit(
      actor,
      "project.created",
      input.name,
      { projectId: id, gitUrl, defaultBranch, subfolder, hasToken: token !== null },
      transaction,
    );
    return created;
  });
  return toProject(actor, row);
}

/**
 * Changes a project. A token of "" removes it; absent (or null) keeps it, unless the address moves to another server: a token is
 * only ever sent to the server it was given for.
 */
export async function updateProject(actor: Actor, input: z.output<typeof updateProjectInput>): Promise<Project> {
  requirePermission(actor, "project.manage");
  const before = await projectRow(actor, input.projectId);
  const next = {
    name: input.name ?? before.name,
    gitUrl: input.gitUrl ?? before.gitUrl,
    defaultBranch: input.defaultBranch ?? before.defaultBranch,
    subfolder: input.subfolder === undefined ? before.subfolder : cleanSubfolder(input.subfolder),
  };
  const known = remoteFrom(before);
  const moved = !sameServer(before.gitUrl, next.gitUrl);
  const token =
    input.token === undefined || input.token === null ? (moved ? null : known.token) : emptyToNull(input.token);
  if (next.gitUrl !== before.gitUrl || next.defaultBranch !== before.defaultBranch || token !== known.token) {
    const { branches } = await checkRemote(actor, { gitUrl: next.gitUrl, token, projectId: null });
    requireBranch(branches, next.defaultBranch);
  }
  const gitToken =
    token === known.token ? before.gitToken : token === null ? null : seal(token, secretPurposes.gitToken(before.id));
  const row = await withTransaction(async (transaction) => {
    const [changed] = await transaction
      .update(schema.projects)
      .set({ ...next, gitToken })
      .where(and(eq(schema.projects.id, before.id), eq(schema.projects.organisationId, actor.organisationId)))
      .returning();
    if (!changed) throw new AppError("NOT_FOUND", "There is no such project.");
    const { name, gitUrl, defaultBranch, subfolder } = before;
    const details = {
      projectId: before.id,
      before: { name, gitUrl, defaultBranch, subfolder },
      after: next,
      tokenChanged: token !== known.token,
    };
    await audit(actor, "project.changed", next.name, details, transaction);
    return changed;
  });
  return toProject(actor, row);
}

/** Removes a project with its environments, workspaces and mirror. What was pushed stays on the Git server. */
export async function removeProject(actor: Actor, input: { projectId: string }): Promise<void> {
  requirePermission(actor, "project.manage");
  const project = await projectRow(actor, input.projectId);
  await cancelClones(project.id);
  await withTransaction(async (transaction) => {
    await transaction
      .delete(schema.projects)
      .where(and(eq(schema.projects.id, project.id), eq(schema.projects.organisationId, actor.organisationId)));
    await audit(actor, "project.removed", project.name, { projectId: project.id, gitUrl: project.gitUrl }, transaction);
  });
  events.emit("projectRemoved", { organisationId: actor.organisationId, projectId: project.id });
  await rm(shareRootOf(project.organisationId, project.id), { recursive: true, force: true });
  await rm(mirrorOf(project.organisationId, project.id), { recursive: true, force: true });
  await rm(scratchpadsOf(project.organisationId, project.id), { recursive: true, force: true });
}

function emptyToNull(token: string | null): string | null {
  return token === null || token.trim() === "" ? null : token.trim();
}

/** A subfolder as it is stored: no slashes around it, no unsafe part. Throws INVALID_INPUT. */
function cleanSubfolder(subfolder: string): string {
  const clean = subfolder.replace(/^(\.\/|\/)+|\/+$/g, "");
  if (clean !== "" && clean !== ".") return assertSafePath(clean).join("/");
  return "";
}

function requireBranch(branches: string[], branch: string): void {
  if (branches.includes(branch)) return;
  throw new AppError("INVALID_INPUT", `The repository has no branch named ${branch}.`, {
    hint: `It has: ${branches.slice(0, 10).join(", ")}${branches.length > 10 ? ", …" : ""}.`,
    details: { branches: branches.slice(0, 100) },
  });
}

/** The name in lower case with dashes, made unique in the organisation by a number. */
async function freeSlug(transaction: Transaction, organisationId: string, name: string): Promise<string> {
  const base =
    name
      .normalize("NFKD")
      .toLowerCase()
      .replace(/\p{M}/gu, "")
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 60) || "project";
  const rows = await transaction
    .select({ slug: schema.projects.slug })
    .from(schema.projects)
    .where(
      and(
        eq(schema.projects.organisationId, organisationId),
        or(eq(schema.projects.slug, base), like(schema.projects.slug, `${base}-%`)),
      ),
    );
  const taken = new Set(rows.map(({ slug }) => slug));
  for (let number = 1; ; number++) {
    const slug = number === 1 ? base : `${base}-${number}`;
    if (!taken.has(slug)) return slug;
  }
}
