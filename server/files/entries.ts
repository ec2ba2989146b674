import { cp, readdir, rename as renameEntry, rm } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import type { z } from "zod";
import type { createEntryInput, SavedFile } from "../contract/files";
import { type Actor, AppError, events, requirePermission } from "../core";
import { type WorkspacePlace, withWorkspaceLock, workspaceForActor } from "../projects";
import { versionOf } from "./contents";
import { diskError, syncFolder, writeDurably } from "./durable-write";
import { makeFolders } from "./folders";
import { missing, type RealPath, realPath } from "./real-path";
import { encode, scratchOf } from "./save";

/** Copies of a folder stop at this many entries. */
const mostCopied = 10_000;
interface Renaming {
  readonly workspaceId: string;
  readonly path: string;
  readonly newPath: string;
}

/** Makes a file or a folder, with the folders above it. Throws CONFLICT when something is there already. */
export async function create(actor: Actor, input: z.output<typeof createEntryInput>): Promise<SavedFile> {
  const bytes = encode(input.kind === "file" ? input.text : "");
  return change(actor, input.workspaceId, async (workspace) => {
    const target = await freePlace(workspace, input.path);
    await makeFolders(workspace.projectRoot, input.kind === "folder" ? input.path : dirname(input.path));
    if (input.kind === "file")
      await writeDurably(target.absolute, bytes, { scratch: scratchOf(workspace), mode: 0o644 });
    return { result: { path: input.path, version: versionOf(bytes), size: bytes.byteLength }, paths: [input.path] };
  });
}

/** Renames or moves a file or a folder. A change of case only is allowed. Throws NOT_FOUND, CONFLICT when the target exists. */
export async function rename(actor: Actor, input: Renaming): Promise<{ paths: string[] }> {
  return change(actor, input.workspaceId, async (workspace) => {
    const source = await existing(workspace, input.path);
    const target = await realPath(workspace.projectRoot, input.newPath);
    if (target.stats !== null && !isSameEntry(source, target)) throw taken(input.newPath);
    if (`${input.newPath}/`.startsWith(`${input.path}/`) && input.newPath !== input.path) {
      throw new AppError("INVALID_INPUT", "A folder cannot be moved into itself.");
    }
    if (input.newPath === input.path) return { result: { paths: [] }, paths: [] };
    const before = await filesBelow(workspace, source);
    await makeFolders(workspace.projectRoot, dirname(input.newPath));
    await renameEntry(source.absolute, target.absolute);
    await syncFolder(dirname(target.absolute));
    await syncFolder(dirname(source.absolute));
    const paths = [...before, ...before.map((path) => input.newPath + path.slice(input.path.length))];
    return { result: { paths }, paths };
  });
}

/** On a file system that ignores case, the new spelling of a name finds the entry itself. */
function isSameEntry(one: RealPath, other: RealPath): boolean {
  return (
    one.stats !== null &&
    one.stats.ino === other.stats?.ino &&
    one.stats.dev === other.stats.dev &&
    one.stats.nlink === 1
  );
}

/** Copies a file or a folder (without symlinks). Throws NOT_FOUND, CONFLICT when the target exists, LIMIT_REACHED past 10,000 files. */
export async function duplicate(actor: Actor, input: Renaming): Promise<{ paths: string[] }> {
  return change(actor, input.workspaceId, async (workspace) => {
    const source = await existing(workspace, input.path);
    const target = await freePlace(workspace, input.newPath);
    if (`${input.newPath}/`.startsWith(`${input.path}/`))
      throw new AppError("INVALID_INPUT", "A folder cannot be copied into itself.");
    const before = await filesBelow(workspace, source);
    if (before.length > mostCopied)
      throw new AppError("LIMIT_REACHED", `The folder holds more than ${mostCopied} files.`);
    await makeFolders(workspace.projectRoot, dirname(input.newPath));
    try {
      await cp(source.absolute, target.absolute, {
        recursive: true,
        errorOnExist: true,
        force: false,
        filter: async (from) => !(await realPathOf(workspace, from)),
      });
    } catch (error) {
      await rm(target.absolute, { recursive: true, force: true });
      throw diskError(error);
    }
    await syncFolder(dirname(target.absolute));
    const paths = before.map((path) => input.newPath + path.slice(input.path.length));
    return { result: { paths }, paths };
  });
}

/** Whether a path inside the project is a symlink (and so is left out of a copy). */
async function realPathOf(workspace: WorkspacePlace, absolute: string): Promise<boolean> {
  try {
    await realPath(workspace.projectRoot, relative(workspace.projectRoot, absolute));
    return false;
  } catch (error) {
    if (error instanceof AppError && error.code === "INVALID_INPUT") return true;
    throw error;
  }
}

/** Removes a file, or a folder with everything in it. Throws NOT_FOUND. What was committed can be restored from Git. */
export async function remove(actor: Actor, input: { workspaceId: string; path: string }): Promise<{ paths: string[] }> {
  return change(actor, input.workspaceId, async (workspace) => {
    const real = await existing(workspace, input.path);
    const paths = await filesBelow(workspace, real);
    await rm(real.absolute, { recursive: true });
    await syncFolder(dirname(real.absolute));
    return { result: { paths }, paths };
  });
}

/** Runs a change under the workspace's lock and tells who listens which paths it touched. */
async function change<T>(
  actor: Actor,
  workspaceId: string,
  work: (workspace: WorkspacePlace) => Promise<{ result: T; paths: string[] }>,
): Promise<T> {
  requirePermission(actor, "file.write");
  const workspace = await workspaceForActor(actor, workspaceId);
  const { result, paths } = await withWorkspaceLock(workspace.id, () => work(workspace));
  if (paths.length > 0) events.emit("filesChanged", { workspaceId: workspace.id, paths });
  return result;
}

async function existing(workspace: WorkspacePlace, path: string): Promise<RealPath> {
  const real = await realPath(workspace.projectRoot, path);
  if (!real.stats?.isFile() && !real.stats?.isDirectory()) throw missing(path);
  return real;
}

async function freePlace(workspace: WorkspacePlace, path: string): Promise<RealPath> {
  const real = await realPath(workspace.projectRoot, path);
  if (real.stats !== null) throw taken(path);
  return real;
}

function taken(path: string): AppError {
  return new AppError("CONFLICT", `There is something named ${path} already.`, {
    hint: "Choose another name.",
    details: { path },
  });
}

/** The project's paths of a file, or of every file in a folder (the folder itself when it is empty). */
async function filesBelow(workspace: WorkspacePlace, real: RealPath): Promise<string[]> {
  const own = relative(workspace.projectRoot, real.absolute);
  if (!real.stats?.isDirectory()) return [own];
  const items = await readdir(real.absolute, { recursive: true, withFileTypes: true });
  const files = items
    .filter((item) => item.isFile())
    .map((item) => relative(workspace.projectRoot, join(item.parentPath, item.name)));
  return files.length === 0 ? [own] : files.sort();
}
