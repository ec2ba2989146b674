import { mkdir, readdir, rename as renameEntry, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import type { FileContent, SavedFile, Scratchpad, saveScratchpadInput } from "../contract/files";
import { type Actor, AppError, requirePermission } from "../core";
import { scratchpadsOf, withWorkspaceLock, workspaceForActor } from "../projects";
import { readContent, versionOf } from "./contents";
import { diskError, syncFolder, writeDurably } from "./durable-write";
import { missing, realPath } from "./real-path";
import { changedUnderneath, encode } from "./save";

/**
 * Scratchpads: SQL that a person tries things with, by name, per person and project. They are files beside the workspace, not in it:
 * Git, dbt and colleagues never see them, and they are there in every browser. Text only, never rows.
 */

/** More scratchpads than these nobody finds again. */
const mostScratchpads = 500;
const extension = ".sql";

interface Place {
  workspaceId: string;
  name: string;
}

/** Where the actor's scratchpads are, and the lock that orders changes to them. Throws FORBIDDEN, NOT_FOUND. */
async function placeOf(actor: Actor, workspaceId: string): Promise<{ root: string; lock: string; scratch: string }> {
  requirePermission(actor, "file.write");
  const { organisationId, projectId, userId } = await workspaceForActor(actor, workspaceId);
  const folder = scratchpadsOf(organisationId, projectId);
  return { root: join(folder, userId), lock: `scratchpads ${projectId} ${userId}`, scratch: join(folder, ".writing") };
}

/** The actor's scratchpads of a project, by name. Throws FORBIDDEN, NOT_FOUND. */
export async function listScratchpads(actor: Actor, input: { workspaceId: string }): Promise<Scratchpad[]> {
  const { root } = await placeOf(actor, input.workspaceId);
  const files = await filesIn(root);
  const pads = await Promise.all(
    files.map(async (file) => {
      const { mtime, size } = await stat(join(root, file));
      return { name: file.slice(0, -extension.length), size, changedAt: mtime.toISOString() };
    }),
  );
  return pads.sort((left, right) => left.name.localeCompare(right.name));
}

async function filesIn(root: string): Promise<string[]> {
  try {
    const entries = await readdir(root, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile() && entry.name.endsWith(extension)).map(({ name }) => name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** One scratchpad. Throws FORBIDDEN, NOT_FOUND. */
export async function readScratchpad(actor: Actor, input: Place): Promise<FileContent> {
  const { root } = await placeOf(actor, input.workspaceId);
  const real = await realPath(root, `${input.name}${extension}`);
  if (!real.stats?.isFile()) throw missing(input.name);
  return readContent(real, input.name);
}

/**
 * Saves a scratchpad if it still is what the person edited (`baseVersion` null: it must not exist). Throws CONFLICT with details
 * {version, text} of what is there instead, unless `overwrite`; LIMIT_REACHED when the disk is full or there are too many.
 */
export async function saveScratchpad(actor: Actor, input: z.output<typeof saveScratchpadInput>): Promise<SavedFile> {
  const { root, lock, scratch } = await placeOf(actor, input.workspaceId);
  const bytes = encode(input.text);
  const saved = { path: input.name, version: versionOf(bytes), size: bytes.byteLength };
  return withWorkspaceLock(lock, async () => {
    const real = await realPath(root, `${input.name}${extension}`);
    const current = real.stats?.isFile() ? await readContent(real, input.name) : null;
    if (current?.version === saved.version) return saved;
    if (!input.overwrite && (current?.version ?? null) !== input.baseVersion)
      throw changedUnderneath(input.name, current);
    if (current === null && (await filesIn(root)).length >= mostScratchpads)
      throw new AppError("LIMIT_REACHED", `There are ${mostScratchpads} scratchpads already.`, {
        hint: "Remove some that you do not need any more.",
      });
    await mkdir(root, { recursive: true }).catch((error: unknown) => {
      throw diskError(error);
    });
    await writeDurably(real.absolute, bytes, { scratch, mode: 0o600 });
    return saved;
  });
}

/** Gives a scratchpad another name. Throws FORBIDDEN, NOT_FOUND, CONFLICT when the name is taken. */
export async function renameScratchpad(actor: Actor, input: Place & { newName: string }): Promise<void> {
  const { root, lock } = await placeOf(actor, input.workspaceId);
  await withWorkspaceLock(lock, async () => {
    const source = await realPath(root, `${input.name}${extension}`);
    const target = await realPath(root, `${input.newName}${extension}`);
    if (!source.stats?.isFile()) throw missing(input.name);
    if (target.stats !== null && input.newName !== input.name)
      throw new AppError("CONFLICT", `There is a scratchpad named ${input.newName} already.`, {
        hint: "Choose another name.",
      });
    await renameEntry(source.absolute, target.absolute);
    await syncFolder(root);
  });
}

/** Removes a scratchpad. Throws FORBIDDEN, NOT_FOUND. */
export async function removeScratchpad(actor: Actor, input: Place): Promise<void> {
  const { root, lock } = await placeOf(actor, input.workspaceId);
  await withWorkspaceLock(lock, async () => {
    const real = await realPath(root, `${input.name}${extension}`);
    if (!real.stats?.isFile()) throw missing(input.name);
    await rm(real.absolute);
    await syncFolder(root);
  });
}
