import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { AppError } from "../../core";
import type { Change, CheckoutLimits, Progress, TreePlace } from "../operations";
import { type DbtReads, nothing } from "./dbt-reads";
import { makeOpenFolder, replaceFile } from "./file-system";
import { loadIgnoreRules } from "./ignore-rules";
import {
  blobId,
  type FileStat,
  type IndexEntry,
  type IndexFile,
  isUntouched,
  toFileStat,
  unknownStat,
} from "./index-file";
import { filesOf, headOf, openIndex, type Repository, readBlob, storeIndex, type TreeFile } from "./repository";

/** The prefix of the dbt project's paths in the repository: "" or "folder/". */
export function prefixOf(place: TreePlace): string {
  return place.subfolder === "" ? "" : `${place.subfolder}/`;
}

/** A stat that never throws for what is not there. Symlinks are not followed. */
export function lstatOrNull(path: string): fs.BigIntStats | null {
  try {
    return fs.lstatSync(path, { bigint: true, throwIfNoEntry: false }) ?? null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return null;
    throw error;
  }
}

/** What one tracked file is now, compared with the index. */
function compare(
  repository: Repository,
  index: IndexFile,
  entry: IndexEntry,
): { change: Change["kind"] | null; entry: IndexEntry } {
  const path = join(repository.root, entry.path);
  const stats = lstatOrNull(path);
  if (!stats || stats.isDirectory()) return { change: "deleted", entry };
  if (!stats.isFile()) return { change: "modified", entry };
  const stat = toFileStat(stats);
  if (isUntouched(index, entry, stat)) return { change: null, entry };
  if (blobId(fs.readFileSync(path)) !== entry.oid) return { change: "modified", entry };
  return { change: null, entry: { ...entry, stat } };
}

/**
 * What differs between the working tree and HEAD beneath the dbt project. Costs one stat per file, and one read per file that was
 * touched; right whoever changed the files. Refreshes the index, so that a file is read once. Files that a .gitignore names are
 * no change, but for those that `dbtReads` says yes to: dbt knows nothing of .gitignore.
 */
export async function changesOf(
  repository: Repository,
  place: TreePlace,
  dbtReads: DbtReads = nothing,
): Promise<Change[]> {
  const index = await openIndex(repository, await headOf(repository));
  const prefix = prefixOf(place);
  const changes: Change[] = [];
  const refreshed = new Map(index.entries);
  let dirty = false;
  for (const entry of index.entries.values()) {
    if (!entry.path.startsWith(prefix)) continue;
    const now = compare(repository, index, entry);
    if (now.change) changes.push({ path: entry.path.slice(prefix.length), kind: now.change });
    if (now.entry !== entry) {
      refreshed.set(entry.path, now.entry);
      dirty = true;
    }
  }
  if (dirty) storeIndex(repository, await headOf(repository), refreshed);
  for (const path of untracked(repository.root, prefix, { index, dbtReads }))
    changes.push({ path: path.slice(prefix.length), kind: "added" });
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Files on disk that the commit does not have and that no .gitignore names, and those that dbt reads all the same. */
function untracked(
  root: string,
  prefix: string,
  { index, dbtReads }: { index: IndexFile; dbtReads: DbtReads },
): string[] {
  const trackedFolders = new Set<string>();
  for (const path of index.entries.keys()) {
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
      const folder = path.slice(0, at);
      if (trackedFolders.has(folder)) break;
      trackedFolders.add(folder);
    }
  }
  const rules = loadIgnoreRules(root);
  const found: string[] = [];
  function visit(folder: string, ignored: boolean): void {
    for (const item of fs.readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}${item.name}`;
      if (item.name === ".git") continue;
      if (item.isDirectory()) {
        const hidden = ignored || rules.isIgnored(path, true);
        if (!hidden || trackedFolders.has(path) || dbtReads.folder(path.slice(prefix.length)))
          visit(`${path}/`, hidden);
      } else if (item.isFile() && !index.entries.has(path)) {
        const hidden = ignored || rules.isIgnored(path, false);
        if (!hidden || dbtReads.file(path.slice(prefix.length))) found.push(path);
      }
    }
  }
  if (fs.existsSync(join(root, prefix))) visit(prefix, prefix !== "" && rules.isIgnored(prefix.slice(0, -1), true));
  return found;
}

/** Writes one file of a commit into the working tree; a symlink becomes a plain file that holds its target. */
async function writeTreeFile(repository: Repository, path: string, file: TreeFile): Promise<IndexEntry> {
  const target = join(repository.root, path);
  makeFolderFor(repository, path);
  const content = await readBlob(repository, file.oid);
  const mode = file.mode === 0o100755 ? 0o755 : 0o644;
  replaceFile(target, content, { mode, temporary: join(repository.gitdir, "millrace-checkout.tmp") });
  const stats = fs.lstatSync(target, { bigint: true });
  return { path, ...file, stat: toFileStat(stats) };
}

/** Makes the folder of a path. Throws CONFLICT when something on the way is no real folder: symlinks are never followed. */
function makeFolderFor(repository: Repository, path: string): void {
  const folder = dirname(path);
  if (!repository.folders.has(folder)) {
    if (!hasRealFolders(repository.root, path))
      throw new AppError("CONFLICT", `The folder of ${path} is not a real folder.`);
    makeOpenFolder(join(repository.root, folder));
    repository.folders.add(folder);
  }
  const stats = lstatOrNull(join(repository.root, path));
  if (stats?.isDirectory()) fs.rmdirSync(join(repository.root, path));
}

/** Whether every folder on the way to a path is missing or a real folder (no symlink, no file). */
function hasRealFolders(root: string, path: string): boolean {
  for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) {
    const stats = lstatOrNull(join(root, path.slice(0, at)));
    if (!stats) return true;
    if (!stats.isDirectory()) return false;
  }
  return true;
}

/** The bytes of a file of the working tree, or null when there is no plain file at that path. */
export function workingBytes(repository: Repository, path: string): Buffer | null {
  const place = join(repository.root, path);
  if (!hasRealFolders(repository.root, path) || !lstatOrNull(place)?.isFile()) return null;
  const descriptor = fs.openSync(place, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
  try {
    return fs.readFileSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Fills an empty working tree with a commit, within the limits, and writes its index. The caller sets HEAD. */
export async function checkOutAll(
  repository: Repository,
  commit: string,
  options: { limits: CheckoutLimits; progress: Progress },
): Promise<void> {
  const files = await filesOf(repository, commit, options.limits);
  const entries = new Map<string, IndexEntry>();
  let bytes = 0n;
  let done = 0;
  for (const [path, file] of files) {
    const entry = await writeTreeFile(repository, path, file);
    entries.set(path, entry);
    bytes += BigInt(entry.stat.size);
    if (bytes > BigInt(options.limits.bytes)) {
      throw new AppError(
        "LIMIT_REACHED",
        `The files of the repository take more than ${Math.round(options.limits.bytes / 1_000_000)} MB.`,
      );
    }
    if (++done % 50 === 0 || done === files.size) options.progress("Writing files", done, files.size);
  }
  storeIndex(repository, commit, entries);
}

/**
 * Takes the working tree from HEAD to `commit`, keeping local changes in files that both have alike. Throws CONFLICT naming every file
 * whose local change would be lost, before anything is written. `setHead` moves HEAD once the files are in place.
 * Returns the repository's paths that were written or removed.
 */
export async function moveTo(
  repository: Repository,
  commit: string,
  options: { limits: CheckoutLimits; action: string; setHead: () => Promise<void> },
): Promise<string[]> {
  const index = await openIndex(repository, await headOf(repository));
  const target = await filesOf(repository, commit, options.limits);
  const write = [...target].filter(([path, file]) => !sameFile(index.entries.get(path), file));
  const remove = [...index.entries.keys()].filter((path) => !target.has(path));
  const blocked = [
    ...write.filter(([path, file]) => wouldLose(repository, index, path, file)).map(([path]) => path),
    ...remove.filter((path) => wouldLose(repository, index, path, null)),
  ].sort();
  if (blocked.length > 0) throw localChanges(blocked, options.action);
  const entries = new Map(index.entries);
  for (const path of remove) {
    fs.rmSync(join(repository.root, path), { force: true });
    removeEmptyFolders(repository.root, dirname(path));
    entries.delete(path);
  }
  for (const [path, file] of write) entries.set(path, await writeTreeFile(repository, path, file));
  await options.setHead();
  storeIndex(repository, commit, entries);
  return [...remove, ...write.map(([path]) => path)].sort();
}

function sameFile(entry: IndexEntry | undefined, file: TreeFile): boolean {
  return entry?.oid === file.oid && entry.mode === file.mode;
}

/** Whether putting `file` (or nothing) at a path would lose something that only the working tree has. */
function wouldLose(repository: Repository, index: IndexFile, path: string, file: TreeFile | null): boolean {
  const entry = index.entries.get(path);
  const place = join(repository.root, path);
  const stats = lstatOrNull(place);
  if (!stats) return blockedByFile(repository, index, path, file) || (entry !== undefined && file !== null);
  if (stats.isDirectory()) return entry !== undefined || holdsUnknown(repository.root, path, index);
  if (!stats.isFile()) return true;
  if (entry && compare(repository, index, entry).change === null) return false;
  return file === null || blobId(fs.readFileSync(place)) !== file.oid;
}

/** Whether a file that only the working tree has stands where the path needs a folder. */
function blockedByFile(repository: Repository, index: IndexFile, path: string, file: TreeFile | null): boolean {
  if (file === null) return false;
  for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) {
    const stats = lstatOrNull(join(repository.root, folder));
    if (!stats) continue;
    if (stats.isDirectory()) return false;
    const entry = index.entries.get(folder);
    return !entry || compare(repository, index, entry).change !== null;
  }
  return false;
}

/** Whether a folder holds any file that the index does not know (tracked ones are judged by themselves). */
function holdsUnknown(root: string, folder: string, index: IndexFile): boolean {
  return fs
    .readdirSync(join(root, folder), { withFileTypes: true })
    .some((item) =>
      item.isDirectory()
        ? holdsUnknown(root, `${folder}/${item.name}`, index)
        : !index.entries.has(`${folder}/${item.name}`),
    );
}

function removeEmptyFolders(root: string, folder: string): void {
  for (let at = folder; at !== "."; at = dirname(at)) {
    const path = join(root, at);
    if (!lstatOrNull(path)?.isDirectory() || fs.readdirSync(path).length > 0) return;
    fs.rmdirSync(path);
  }
}

function localChanges(paths: string[], action: string): AppError {
  const named = paths.slice(0, 3).join(", ") + (paths.length > 3 ? ` and ${paths.length - 3} more` : "");
  return new AppError("CONFLICT", `${action} would overwrite your changes in ${named}.`, {
    hint: "Commit or discard these changes first. Nothing was changed.",
    details: { paths: paths.slice(0, 1000) },
  });
}

/** Puts paths back to what HEAD has, and removes those that HEAD does not have. Returns the repository's paths that changed. */
export async function restore(repository: Repository, paths: readonly string[]): Promise<string[]> {
  const head = await headOf(repository);
  const index = await openIndex(repository, head);
  const entries = new Map(index.entries);
  const done: string[] = [];
  for (const path of paths) {
    const entry = index.entries.get(path);
    const stats = hasRealFolders(repository.root, path) ? lstatOrNull(join(repository.root, path)) : null;
    if (entry) {
      if (stats?.isDirectory()) {
        throw new AppError(
          "CONFLICT",
          `There is a folder where the file ${path} was. Rename or remove the folder first.`,
        );
      }
      if (compare(repository, index, entry).change === null) continue;
      entries.set(path, await writeTreeFile(repository, path, entry));
    } else if (stats && !stats.isDirectory()) {
      fs.rmSync(join(repository.root, path));
      removeEmptyFolders(repository.root, dirname(path));
    } else continue;
    done.push(path);
  }
  storeIndex(repository, head, entries);
  return done;
}

/** The stat of a file of the working tree as the index keeps it. */
export function statOf(repository: Repository, path: string): FileStat {
  const stats = lstatOrNull(join(repository.root, path));
  return stats ? toFileStat(stats) : unknownStat;
}
