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

export function mirrorOf(organisationId: string, projectId: string): string {
  return join(config().dataFolder, "mirrors", organisationId, `${projectId}.git`);
}
