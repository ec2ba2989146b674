import { dirname, join } from "node:path";
import type { z } from "zod";
import type { SavedFile, saveFileInput } from "../contract/files";
import { type Actor, AppError, events, requirePermission } from "../core";
import { withWorkspaceLock, workspaceForActor } from "../projects";
import { largestText, readContent, versionOf } from "./contents";
import { writeDurably } from "./durable-write";
import { makeFolders } from "./folders";
import { realPath } from "./real-path";

/**
 * Saves a file if it still is what the person edited. Throws CONFLICT with details {version, text} of what is there instead (both null
 * when it was deleted), unless `overwrite`; LIMIT_REACHED when the disk is full, and then the old file is whole.
 */
export async function save(actor: Actor, input: z.output<typeof saveFileInput>): Promise<SavedFile> {
  requirePermission(actor, "file.write");
  const workspace = await workspaceForActor(actor, input.workspaceId);
  const bytes = encode(input.text);
  const saved = { path: input.path, version: versionOf(bytes), size: bytes.byteLength };
  const changed = await withWorkspaceLock(workspace.id, async () => {
    const real = await realPath(workspace.projectRoot, input.path);
    if (real.stats !== null && !real.stats.isFile()) {
      throw new AppError("CONFLICT", `${input.path} is a folder.`, { details: { version: null, text: null } });
    }
    const current = real.stats === null ? null : await readContent(real, input.path);
    if (current?.version === saved.version) return false;
    if (!input.overwrite && (current?.version ?? null) !== input.baseVersion)
      throw changedUnderneath(input.path, current);
    await makeFolders(workspace.projectRoot, dirname(input.path));
    const mode = real.stats === null ? 0o644 : (real.stats.mode & 0o777) | 0o444;
    await writeDurably(real.absolute, bytes, { scratch: scratchOf(workspace), mode });
    return true;
  });
  if (changed) events.emit("filesChanged", { workspaceId: workspace.id, paths: [input.path] });
  return saved;
}

/** Where half-written files live: on the workspace's own disk, and out of sight of the tree, Git and the workers. */
export function scratchOf(workspace: { root: string }): string {
  return join(workspace.root, ".git", "millrace-scratch");
}

/** Text as UTF-8 bytes. Throws INVALID_INPUT for text that UTF-8 cannot hold, and for more than 5 MB. */
export function encode(text: string): Buffer {
  if (/\p{Surrogate}/u.test(text)) {
    throw new AppError(
      "INVALID_INPUT",
      "The text holds half of a character (a lone surrogate), which a file cannot hold.",
      {
        hint: "Delete the character that is shown as a box or a question mark, and save again.",
      },
    );
  }
  const bytes = Buffer.from(text, "utf8");
  if (bytes.byteLength > largestText)
    throw new AppError("INVALID_INPUT", "Files of more than 5 MB cannot be saved from the editor.");
  return bytes;
}

/** The refusal to overwrite what somebody else wrote meanwhile, with what is there. */
export function changedUnderneath(path: string, current: { version: string; text: string | null } | null): AppError {
  const message =
    current === null
      ? `${path} was deleted or renamed while you edited it.`
      : `${path} has changed since you opened it.`;
  return new AppError("CONFLICT", message, {
    hint: "Your text is still in the editor. Compare the two, then save over it or take what is there.",
    details: { version: current?.version ?? null, text: current?.text ?? null },
  });
}
