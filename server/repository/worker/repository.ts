import { join } from "node:path";
import git from "isomorphic-git";
import { AppError } from "../../core";
import { isSafeName } from "../../core/safe-name";
import type { CheckoutLimits } from "../operations";
import { checkoutLimits } from "../operations";
import { gitFileSystem } from "./file-system";
import { type IndexEntry, type IndexFile, readIndex, unknownStat, writeIndex } from "./index-file";
import { unsafePath } from "./plain-error";
import { readState, writeState } from "./state-file";

/** An opened repository: where it is, and isomorphic-git's cache for the length of one operation. */
export interface Repository {
  readonly fs: typeof gitFileSystem;
  readonly root: string;
  readonly gitdir: string;
  readonly cache: object;
  /** Folders of the working tree that this operation found to be real ones. */
  readonly folders: Set<string>;
}

export function openRepository(root: string): Repository {
  return { fs: gitFileSystem, root, gitdir: join(root, ".git"), cache: {}, folders: new Set() };
}

/** A file of a commit. */
export interface TreeFile {
  readonly oid: string;
  readonly mode: number;
}

/** The commit that HEAD names, or null in a repository without one. */
export async function headOf(repository: Repository): Promise<string | null> {
  return resolveRef(repository, "HEAD");
}

export async function currentBranch(repository: Repository): Promise<string | null> {
  return (await git.currentBranch({ ...repository, dir: repository.root })) ?? null;
}

/** What a ref names, or null when it does not exist. */
export async function resolveRef(repository: Repository, ref: string): Promise<string | null> {
  try {
    return await git.resolveRef({ ...repository, ref });
  } catch (error) {
    if (error instanceof git.Errors.NotFoundError) return null;
    throw error;
  }
}

/**
 * Every file of a commit by path. Submodules are left out. Throws GIT_ERROR for names that no workspace may hold, LIMIT_REACHED past
 * the limits (which also stops trees that repeat themselves).
 */
export async function filesOf(
  repository: Repository,
  commit: string,
  limits: CheckoutLimits = checkoutLimits,
): Promise<Map<string, TreeFile>> {
  const files = new Map<string, TreeFile>();
  let trees = 0;
  async function visit(oid: string, folder: string, depth: number): Promise<void> {
    if (depth > limits.depth) throw tooMuch(`The repository has folders more than ${limits.depth} deep.`);
    if (++trees > limits.files) throw tooMuch(`The repository has more than ${limits.files} folders.`);
    const { tree } = await git.readTree({ ...repository, oid });
    const names = new Set<string>();
    for (const entry of tree) {
      if (!isSafeName(entry.path) || names.has(entry.path)) throw unsafePath(`${folder}${entry.path}`);
      names.add(entry.path);
      const path = `${folder}${entry.path}`;
      if (path.length > 1000) throw unsafePath(path);
      if (entry.type === "tree") await visit(entry.oid, `${path}/`, depth + 1);
      else if (entry.type === "blob") {
        files.set(path, { oid: entry.oid, mode: Number.parseInt(entry.mode, 8) });
        if (files.size > limits.files) throw tooMuch(`The repository has more than ${limits.files} files.`);
      }
    }
  }
  const { commit: body } = await git.readCommit({ ...repository, oid: commit });
  await visit(body.tree, "", 1);
  return files;
}

/**
 * The index of the commit that is checked out. There is no staging area: it always mirrors HEAD, and is made again from the commit
 * when it does not (after a crash, or when another program wrote it).
 */
export async function openIndex(repository: Repository, head: string | null): Promise<IndexFile> {
  const index = readIndex(repository.gitdir);
  const state = readState(repository.gitdir);
  if (index && head !== null && state?.head === head && state.index === index.checksum) return index;
  const files = head === null ? new Map<string, TreeFile>() : await filesOf(repository, head);
  const entries = new Map<string, IndexEntry>();
  for (const [path, file] of files) {
    const known = index?.entries.get(path);
    entries.set(path, { path, ...file, stat: known?.oid === file.oid ? known.stat : unknownStat });
  }
  return storeIndex(repository, head, entries);
}

/** Writes the index and notes which commit it mirrors. */
export function storeIndex(
  repository: Repository,
  head: string | null,
  entries: ReadonlyMap<string, IndexEntry>,
): IndexFile {
  const index = writeIndex(repository.gitdir, entries);
  writeState(repository.gitdir, { head, index: index.checksum });
  return index;
}

/** The bytes of a blob. Throws LIMIT_REACHED when it is larger than `limit`. */
export async function readBlob(
  repository: Repository,
  oid: string,
  limit = checkoutLimits.fileBytes,
): Promise<Uint8Array> {
  const { blob } = await git.readBlob({ ...repository, oid });
  if (blob.byteLength > limit)
    throw tooMuch(`A file of the repository is larger than ${Math.round(limit / 1_000_000)} MB.`);
  return blob;
}

/** Turns bytes into text, or null when they are not UTF-8 text. A byte order mark is kept. */
export function asText(bytes: Uint8Array): string | null {
  if (bytes.subarray(0, 8000).includes(0)) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function tooMuch(message: string): AppError {
  return new AppError("LIMIT_REACHED", message, { hint: "Is this the right repository? Keep data files out of it." });
}
