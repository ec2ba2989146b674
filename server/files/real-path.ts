import { constants, type Stats } from "node:fs";
import { type FileHandle, lstat, open } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../core";
import { assertSafePath } from "../repository";

/** What stands at a path of a project. */
export interface RealPath {
  /** Absolute. */
  readonly absolute: string;
  /** Its own stat (symlinks are not followed), or null when there is nothing. */
  readonly stats: Stats | null;
}

/**
 * Resolves a path beneath `root`, part by part: every folder on the way must be missing or a real folder, so no symlink leads out.
 * Throws INVALID_INPUT for unsafe names and links, CONFLICT when a file stands where the path needs a folder.
 */
export async function realPath(root: string, path: string): Promise<RealPath> {
  const parts = assertSafePath(path);
  let at = root;
  for (const part of parts.slice(0, -1)) {
    at = join(at, part);
    const stats = await lstatOrNull(at);
    if (stats === null) return { absolute: join(root, ...parts), stats: null };
    if (stats.isSymbolicLink()) throw linkRefused(path);
    if (!stats.isDirectory()) throw new AppError("CONFLICT", `${part} is a file, not a folder.`, { details: { path } });
  }
  const absolute = join(root, ...parts);
  const stats = await lstatOrNull(absolute);
  if (stats?.isSymbolicLink()) throw linkRefused(path);
  return { absolute, stats };
}

export async function lstatOrNull(path: string): Promise<Stats | null> {
  try {
    return await lstat(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    if (code === "ENAMETOOLONG") throw new AppError("INVALID_INPUT", "The name is too long.");
    throw error;
  }
}

/** Opens a plain file for reading. A link that was put there in between is refused by the kernel. */
export async function openPlainFile(real: RealPath, path: string): Promise<FileHandle> {
  if (!real.stats?.isFile()) throw missing(path);
  return open(real.absolute, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
}

export function missing(path: string): AppError {
  return new AppError("NOT_FOUND", `There is no file ${path}.`, {
    hint: "It may have been renamed or deleted.",
    details: { path },
  });
}

function linkRefused(path: string): AppError {
  return new AppError("INVALID_INPUT", `${path} is a symbolic link. Millrace does not follow links.`, {
    details: { path },
  });
}
