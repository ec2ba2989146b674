import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { adapterSchema } from "../contract/engines";
import type { Environment } from "../contract/projects";
import { type Actor, AppError, config, isId, requirePermission, secretPurposes, unsealText } from "../core";
import { database, schema } from "../db";
import type { RemoteInput } from "../repository";
import { mirrorOf, shareRootOf, workspaceRootOf } from "./places";

type ProjectRow = typeof schema.projects.$inferSelect;
type EnvironmentRow = typeof schema.environments.$inferSelect;

/** A project as the server's other parts see it. Its token stays sealed. */
export interface ProjectPlace {
  readonly id: string;
  readonly organisationId: string;
  readonly name: string;
  readonly slug: string;
  readonly gitUrl: string;
  readonly defaultBranch: string;
  readonly subfolder: string;
}

/** One person's working tree. */
export interface WorkspacePlace {
  readonly id: string;
  readonly projectId: string;
  readonly organisationId: string;
  readonly userId: string;
  /** Absolute: the repository. */
  readonly root: string;
  /** Absolute: the dbt project inside it. */
  readonly projectRoot: string;
  /** Absolute: the folder of all workspaces of the project. */
  readonly shareRoot: string;
  /** The dbt project's folder, relative to the repository ("" for its root). */
  readonly subfolder: string;
  readonly branch: string | null;
  readonly state: "cloning" | "ready" | "failed";
}

/** The row of a project of the actor's organisation. Throws FORBIDDEN, NOT_FOUND. */
export async function projectRow(actor: Actor, projectId: string): Promise<ProjectRow> {
  requirePermission(actor, "project.read");
  const [row] = isId(projectId)
    ? await database()
        .select()
        .from(schema.projects)
        .where(and(eq(schema.projects.id, projectId), eq(schema.projects.organisationId, actor.organisationId)))
    : [];
  if (!row) throw new AppError("NOT_FOUND", "There is no such project.");
  return row;
}

/** A project of the actor's organisation. Throws FORBIDDEN, NOT_FOUND. */
export async function projectForActor(actor: Actor, projectId: string): Promise<ProjectPlace> {
  const { id, organisationId, name, slug, gitUrl, defaultBranch, subfolder } = await projectRow(actor, projectId);
  return { id, organisationId, name, slug, gitUrl, defaultBranch, subfolder };
}

async function environmentRow(actor: Actor, environmentId: string): Promise<EnvironmentRow> {
  requirePermission(actor, "project.read");
  const [row] = isId(environmentId)
    ? await database()
        .select()
        .from(schema.environments)
        .where(
          and(eq(schema.environments.id, environmentId), eq(schema.environments.organisationId, actor.organisationId)),
        )
    : [];
  if (!row) throw new AppError("NOT_FOUND", "There is no such environment.");
  return row;
}

/** An environment of the actor's organisation, without its secrets. Throws FORBIDDEN, NOT_FOUND. */
export async function environmentForActor(actor: Actor, environmentId: string): Promise<Environment> {
  return toEnvironment(await environmentRow(actor, environmentId));
}

/** The secrets of an environment, opened: for a session's credentials frame and nothing else. Throws FORBIDDEN, NOT_FOUND. */
export async function environmentSecrets(actor: Actor, environmentId: string): Promise<Record<string, string>> {
  const row = await environmentRow(actor, environmentId);
  return openSecrets(row);
}

export function openSecrets(row: Pick<EnvironmentRow, "id" | "secrets">): Record<string, string> {
  if (row.secrets === null) return {};
  return z
    .record(z.string(), z.string())
    .parse(JSON.parse(unsealText(row.secrets, secretPurposes.environment(row.id))));
}

export function toEnvironment(row: EnvironmentRow): Environment {
  const { id, projectId, name, target, schema: schemaName, settings, secretNames, threads, vars, isDefault } = row;
  const adapter = adapterSchema.parse(row.adapter);
  return {
    id,
    projectId,
    name,
    engine: row.engine,
    adapter,
    target,
    schema: schemaName,
    settings,
    secretNames,
    threads,
    vars,
    isDefault,
  };
}

/** The remote of a project for the Git engine, with its token opened. The caller has checked the permission. */
export function remoteFrom(project: Pick<ProjectRow, "id" | "gitUrl" | "gitToken">): RemoteInput {
  const token = project.gitToken === null ? null : unsealText(project.gitToken, secretPurposes.gitToken(project.id));
  return remoteInput(project.gitUrl, token);
}

export function remoteInput(url: string, token: string | null): RemoteInput {
  const { trustLoopback, privateHosts, gitHosts, gitMaxMegabytes } = config();
  return {
    url,
    token,
    rules: { trustLoopback, privateHosts, allowedHosts: gitHosts },
    maxBytes: gitMaxMegabytes * 1_000_000,
  };
}

/** Where a workspace's project fetches from and pushes to: the remote and the shared mirror. Throws FORBIDDEN, NOT_FOUND. */
export async function remoteOf(actor: Actor, projectId: string): Promise<{ remote: RemoteInput; mirror: string }> {
  const row = await projectRow(actor, projectId);
  return { remote: remoteFrom(row), mirror: mirrorOf(row.organisationId, row.id) };
}

/** The actor's own workspace of a project, whatever its state, or null. Throws FORBIDDEN, NOT_FOUND (project). */
export async function findWorkspace(actor: Actor, projectId: string): Promise<WorkspacePlace | null> {
  const project = await projectRow(actor, projectId);
  const [row] = await database()
    .select()
    .from(schema.workspaces)
    .where(
      and(
        eq(schema.workspaces.projectId, project.id),
        eq(schema.workspaces.userId, actor.userId),
        eq(schema.workspaces.organisationId, actor.organisationId),
      ),
    );
  return row ? toPlace(row, project.subfolder) : null;
}

/**
 * The actor's own workspace, ready for use. Another person's, or another organisation's, does not exist for this actor.
 * Throws FORBIDDEN, NOT_FOUND, CONFLICT while it is not (or not yet) cloned.
 */
export async function workspaceForActor(actor: Actor, workspaceId: string): Promise<WorkspacePlace> {
  const workspace = await anyWorkspace(actor, workspaceId);
  if (workspace.state !== "ready") {
    throw new AppError("CONFLICT", "The project's files are not here yet.", {
      hint: "Wait for the clone to finish, or start it again.",
    });
  }
  return workspace;
}

/** Like `workspaceForActor`, in any state. */
export async function anyWorkspace(actor: Actor, workspaceId: string): Promise<WorkspacePlace> {
  requirePermission(actor, "project.read");
  const [row] = isId(workspaceId)
    ? await database()
        .select({ workspace: schema.workspaces, subfolder: schema.projects.subfolder })
        .from(schema.workspaces)
        .innerJoin(schema.projects, eq(schema.projects.id, schema.workspaces.projectId))
        .where(
          and(
            eq(schema.workspaces.id, workspaceId),
            eq(schema.workspaces.userId, actor.userId),
            eq(schema.workspaces.organisationId, actor.organisationId),
          ),
        )
    : [];
  if (!row) throw new AppError("NOT_FOUND", "There is no such workspace.");
  return toPlace(row.workspace, row.subfolder);
}

function toPlace(row: typeof schema.workspaces.$inferSelect, subfolder: string): WorkspacePlace {
  const { id, projectId, organisationId, userId, branch, state } = row;
  const root = workspaceRootOf(organisationId, projectId, userId);
  const projectRoot = subfolder === "" ? root : `${root}/${subfolder}`;
  return {
    id,
    projectId,
    organisationId,
    userId,
    root,
    projectRoot,
    shareRoot: shareRootOf(organisationId, projectId),
    subfolder,
    branch,
    state,
  };
}
