import type { z } from "zod";
import type { EditedFiles, editFilesInput, TextEdit } from "../contract/files";
import { applyTextEdits } from "../contract/plain";
import { type Actor, AppError, events, requirePermission, toAppError } from "../core";
import { type WorkspacePlace, withWorkspaceLock, workspaceForActor } from "../projects";
import { readContent, versionOf } from "./contents";
import { writeDurably } from "./durable-write";
import { realPath } from "./real-path";
import { encode, scratchOf } from "./save";

type FileEdits = z.output<typeof editFilesInput>["files"][number];

/**
 * Changes stretches of several saved files, each only if it still is the `version` that the edits were made for. A file that cannot be
 * changed is left as it is and named in `refused`; the others are changed. Throws FORBIDDEN, NOT_FOUND.
 */
export async function edit(actor: Actor, input: z.output<typeof editFilesInput>): Promise<EditedFiles> {
  requirePermission(actor, "file.write");
  const workspace = await workspaceForActor(actor, input.workspaceId);
  const result: EditedFiles = { edited: [], refused: [] };
  await withWorkspaceLock(workspace.id, async () => {
    for (const file of input.files) {
      try {
        result.edited.push({ path: file.path, ...(await editFile(workspace, file)) });
      } catch (error) {
        const failure = toAppError(error);
        if (failure.code === "INTERNAL") throw error;
        result.refused.push({ path: file.path, message: failure.message });
      }
    }
  });
  const paths = result.edited.map(({ path }) => path);
  if (paths.length > 0) events.emit("filesChanged", { workspaceId: workspace.id, paths });
  return result;
}

async function editFile(
  workspace: WorkspacePlace,
  { path, version, edits }: FileEdits,
): Promise<{ version: string; undo: TextEdit[] }> {
  const real = await realPath(workspace.projectRoot, path);
  const current = await readContent(real, path);
  if (current.text === null || current.version !== version) {
    throw new AppError("CONFLICT", `${path} has changed meanwhile.`);
  }
  const result = applyTextEdits(current.text, edits);
  if (!result) throw new AppError("INVALID_INPUT", "The changes overlap or lie outside of the file.");
  const bytes = encode(result.text);
  const mode = ((real.stats?.mode ?? 0o644) & 0o777) | 0o444;
  await writeDurably(real.absolute, bytes, { scratch: scratchOf(workspace), mode });
  return { version: versionOf(bytes), undo: result.undo };
}
