import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AppError } from "../core";

/** Opens the temporary file; a test replaces it to have a full disk. */
type Open = typeof open;

/**
 * Writes a file so that after a crash it holds the old or the new bytes, never half: a temporary file in `scratch` (on the same disk,
 * out of the person's sight), fsync, rename, fsync of the folder. Throws LIMIT_REACHED when the disk is full; then nothing has changed.
 */
export async function writeDurably(
  target: string,
  bytes: Uint8Array,
  options: { scratch: string; mode: number; open?: Open },
): Promise<void> {
  const openFile = options.open ?? open;
  const temporary = join(options.scratch, `${randomBytes(8).toString("hex")}.tmp`);
  try {
    await mkdir(options.scratch, { recursive: true });
    const file = await openFile(
      temporary,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      options.mode,
    );
    try {
      await file.writeFile(bytes);
      await file.chmod(options.mode);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
    await syncFolder(dirname(target));
  } catch (error) {
    await rm(temporary, { force: true });
    throw diskError(error);
  }
}

/** Makes a change of a folder's entries durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A disk's refusal in plain words; anything else as it is. */
export function diskError(error: unknown): unknown {
  switch ((error as NodeJS.ErrnoException | null)?.code) {
    case "ENOSPC":
    case "EDQUOT":
      return new AppError("LIMIT_REACHED", "The disk of the Millrace server is full, so the file was not saved.", {
        hint: "The file on the server is as it was, and your text is still in the editor. Tell the operator of Millrace.",
        cause: error,
      });
    case "ENAMETOOLONG":
      return new AppError("INVALID_INPUT", "The name is too long.", { cause: error });
    default:
      return error;
  }
}
