import git, { type TreeEntry } from "isomorphic-git";
import { AppError } from "../../core";
import type { Operations } from "../operations";
import type { IndexEntry } from "./index-file";
import { blobId } from "./index-file";
import {
  currentBranch,
  headOf,
  openIndex,
  openRepository,
  type Repository,
  storeIndex,
  type TreeFile,
} from "./repository";
import { prefixOf, statOf, workingBytes } from "./working-tree";

/** A folder of changes: a file (null when it is deleted) or a folder below. */
type Changes = Map<string, TreeFile | null | Changes>;
/** GitHub and others refuse larger files; say so before the push does. */
const largestFile = 100_000_000;

/** Commits the chosen paths as they are on disk, and nothing else. Throws INVALID_INPUT when none of them differs from HEAD. */
export async function commit(input: Operations["commit"]["input"]): Promise<Operations["commit"]["output"]> {
  const repository = openRepository(input.root);
  const head = await headOf(repository);
  const branch = await currentBranch(repository);
  if (branch === null) throw new AppError("CONFLICT", "The workspace is not on a branch. Switch to one first.");
  const index = await openIndex(repository, head);
  const changes: Changes = new Map();
  const entries = new Map<string, IndexEntry>(index.entries);
  let count = 0;
  for (const path of input.paths.map((path) => prefixOf(input) + path)) {
    const known = index.entries.get(path);
    // The stat comes before the bytes, so that a write in between makes the file look touched, never untouched.
    const seen = statOf(repository, path);
    const bytes = workingBytes(repository, path);
    if (!bytes && !known)
      throw new AppError("INVALID_INPUT", `There is no file ${path.slice(prefixOf(input).length)} to commit.`);
    if (bytes && bytes.byteLength > largestFile) {
      throw new AppError("LIMIT_REACHED", `${path} is larger than 100 MB. Git servers refuse such files.`);
    }
    const file = bytes ? { oid: blobId(bytes), mode: known?.mode ?? 0o100644 } : null;
    if (file?.oid === known?.oid) continue;
    if (bytes) await git.writeBlob({ ...repository, blob: bytes });
    place(changes, path.split("/"), file);
    if (file) entries.set(path, { path, ...file, stat: seen });
    else entries.delete(path);
    count++;
  }
  if (count === 0) throw new AppError("INVALID_INPUT", "None of the chosen files differs from the last commit.");
  const base = head === null ? null : (await git.readCommit({ ...repository, oid: head })).commit.tree;
  const tree = (await writeTree(repository, base, changes)) ?? (await git.writeTree({ ...repository, tree: [] }));
  const person = { ...input.author, timestamp: Math.floor(Date.now() / 1000), timezoneOffset: 0 };
  const oid = await git.writeCommit({
    ...repository,
    commit: {
      tree,
      parent: head === null ? [] : [head],
      author: person,
      committer: person,
      message: `${input.message.trim()}\n`,
    },
  });
  await git.writeRef({ ...repository, ref: `refs/heads/${branch}`, value: oid, force: true });
  storeIndex(repository, oid, entries);
  return { head: oid };
}

function place(changes: Changes, parts: string[], file: TreeFile | null): void {
  const [name = "", ...rest] = parts;
  if (rest.length === 0) {
    changes.set(name, file);
    return;
  }
  const below = changes.get(name);
  const folder: Changes = below instanceof Map ? below : new Map();
  changes.set(name, folder);
  place(folder, rest, file);
}

/** Writes a tree with the changes applied; trees and entries that are not touched keep their ids. Null when nothing is left in it. */
async function writeTree(repository: Repository, base: string | null, changes: Changes): Promise<string | null> {
  const before = base === null ? [] : (await git.readTree({ ...repository, oid: base })).tree;
  const entries = new Map<string, TreeEntry>(before.map((entry) => [entry.path, entry]));
  for (const [name, change] of changes) {
    if (change instanceof Map) {
      const known = entries.get(name);
      const oid = await writeTree(repository, known?.type === "tree" ? known.oid : null, change);
      if (oid !== null) entries.set(name, { mode: "040000", path: name, oid, type: "tree" });
      else if (known?.type === "tree") entries.delete(name);
    } else if (change) {
      entries.set(name, { mode: change.mode.toString(8), path: name, oid: change.oid, type: "blob" });
    } else if (entries.get(name)?.type === "blob") entries.delete(name);
  }
  return entries.size === 0 ? null : git.writeTree({ ...repository, tree: [...entries.values()] });
}
