import { join } from "node:path";
import { config } from "../core";

/** Folder of all workspaces of a project: what its template may read. */
export function shareRootOf(organisationId: string, projectId: string): string {
  return join(config().dataFolder, "workspaces", organisationId, projectId);
}

/** The repository of one person's workspace. */
export function workspaceRootOf(organisationId: string, projectId: string, userId: string): string {
  return join(shareRootOf(organisationId, projectId), userId);
}

/** Folder of all scratchpads of a project, one folder a person. Not in a workspace: neither Git nor dbt nor the workers see it. */
export function scratchpadsOf(organisationId: string, projectId: string): string {
  return join(config().dataFolder, "scratchpads", organisationId, projectId);
}

export function mirrorOf(organisationId: string, projectId: string): string {
  return join(config().dataFolder, "mirrors", organisationId, `${projectId}.git`);
}
