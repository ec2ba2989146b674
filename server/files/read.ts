import type { FileContent, TreeEntry } from "../contract/files";
import type { Actor } from "../core";
import { workspaceForActor } from "../projects";
import { runGit } from "../repository";
import { readContent } from "./contents";
import { realPath } from "./real-path";

/** Every file and folder of the dbt project, by path; without what tools generate (target, logs, node_modules). Throws FORBIDDEN, NOT_FOUND. */
export async function tree(actor: Actor, input: { workspaceId: string }): Promise<TreeEntry[]> {
  const workspace = await workspaceForActor(actor, input.workspaceId);
  const { entries } = await runGit("listTree", { root: workspace.projectRoot });
  return entries;
}

/** One file. `text` is null for a binary file and for one over 5 MB. Throws FORBIDDEN, NOT_FOUND, INVALID_INPUT. */
export async function read(actor: Actor, input: { workspaceId: string; path: string }): Promise<FileContent> {
  const workspace = await workspaceForActor(actor, input.workspaceId);
  return readContent(await realPath(workspace.projectRoot, input.path), input.path);
}
