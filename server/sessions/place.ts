import { isAbsolute, join, relative } from "node:path";
import type { Environment } from "../contract/projects";
import type { SessionLimitValues } from "../contract/session-limits";
import { protocolVersion } from "../contract/worker";
import { type Actor, AppError, config } from "../core";
import { endpointsOf, furtherHosts } from "../engines";
import { committedText, history } from "../git";
import { manifestFolder } from "../production";
import { environmentForActor, environmentSecrets, projectForActor, workspaceForActor } from "../projects";
import { silenceSeconds } from "./limits";
import type { PreparedOpening } from "./live-session";
import type { SessionIdentity } from "./session-identity";

/** A commit further back differs too much for its parse to be worth a look. */
const mostAncestors = 50;

export interface PlaceInput {
  readonly workspaceId: string;
  readonly environmentId: string;
  /** The browser tab that asks; unsaved text is its own. Left out by what has none. */
  readonly page?: string | undefined;
}

/** A workspace and an environment of the same project, both the actor's to use. */
export interface Place {
  readonly actor: Actor;
  readonly workspace: Awaited<ReturnType<typeof workspaceForActor>>;
  readonly environment: Environment;
  readonly identity: SessionIdentity;
}

/**
 * Looks the place up for this person.
 * @throws NOT_FOUND when either is another organisation's, another person's, or they are not of one project
 */
export async function placeFor(actor: Actor, input: PlaceInput): Promise<Place> {
  const [workspace, environment] = await Promise.all([
    workspaceForActor(actor, input.workspaceId),
    environmentForActor(actor, input.environmentId),
  ]);
  if (environment.projectId !== workspace.projectId) {
    throw new AppError("NOT_FOUND", "This environment does not belong to the project.");
  }
  const project = await projectForActor(actor, workspace.projectId);
  return {
    actor,
    workspace,
    environment,
    identity: {
      organisationId: actor.organisationId,
      userId: actor.userId,
      userName: actor.userName,
      workspaceId: workspace.id,
      projectId: workspace.projectId,
      projectName: project.name,
      environmentId: environment.id,
      environmentName: environment.name,
      adapter: environment.adapter,
    },
  };
}

/** What a worker is told about this place. Secrets go into the credentials frame and nowhere else. */
export async function prepareOpening(place: Place, limits: SessionLimitValues): Promise<PreparedOpening> {
  const { actor, workspace, environment } = place;
  const { id: environmentId } = environment;
  const { organisationId, projectId } = workspace;
  const [secrets, production, commits, committed] = await Promise.all([
    environmentSecrets(actor, environmentId),
    manifestFolder({ organisationId, projectId, environmentId }),
    history(workspace, mostAncestors),
    committedText(workspace, null),
  ]);
  const [commit = null, ...ancestors] = commits;
  return {
    engine: environment.engine,
    hello: {
      type: "hello",
      protocol: protocolVersion,
      kind: "session",
      organisation: actor.organisationId,
      project: workspace.projectId,
      user: actor.userId,
      projectRoot: onRunner(workspace.projectRoot),
      shareRoot: onRunner(workspace.shareRoot),
      workspaceRoot: onRunner(workspace.root),
      commit,
      ancestors,
      environment: {
        adapter: environment.adapter,
        target: environment.target,
        schema: environment.schema,
        threads: environment.threads,
        settings: profileSettings(environment.settings),
      },
      vars: environment.vars,
      limits: {
        sessionMemoryMb: limits.sessionMemoryMb,
        sessionCpuSeconds: limits.sessionCpuSeconds,
        queryMemoryMb: limits.queryMemoryMb,
        queryCpuSeconds: limits.queryCpuSeconds,
        silenceSeconds,
      },
      readableFiles: [...warehouseFiles(environment), onRunner(production)],
      egress: endpointsOf(environment.adapter, environment.settings),
    },
    template: { type: "template", committed },
    credentials: { type: "credentials", secrets, environmentVariables: {} },
  };
}

/** A workspace's path as the runner's machine knows it: on the volume that both share, perhaps mounted elsewhere. */
export function onRunner(path: string): string {
  const { dataFolder, remoteRunners } = config();
  return remoteRunners === null ? path : join(remoteRunners.dataFolder, relative(dataFolder, path));
}

/** What dbt is told: Millrace's own settings stay here. */
export function profileSettings(settings: Environment["settings"]): Environment["settings"] {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => name !== furtherHosts));
}

/** The embedded warehouse's file; its write-ahead log goes with it. None for a server, or a database in memory. */
export function warehouseFiles(environment: Pick<Environment, "adapter" | "settings">): string[] {
  const { path } = environment.settings;
  return environment.adapter === "duckdb" && typeof path === "string" && isAbsolute(path) ? [path] : [];
}
