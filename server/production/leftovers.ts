import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { config, isId } from "../core";
import { database, schema } from "../db";

/** No upload takes longer. */
const uploadMilliseconds = 24 * 3600 * 1000;

/** Removes manifests of environments that are no more, and uploads that an earlier process left behind. */
export async function removeLeftovers(): Promise<void> {
  const root = join(config().dataFolder, "production");
  const folders = new Map<string, string>();
  for (const organisation of await names(root)) {
    for (const project of await names(join(root, organisation))) {
      for (const environment of await names(join(root, organisation, project))) {
        folders.set(environment, join(root, organisation, project, environment));
      }
    }
  }
  // Asked after the folders, so that one which has just been made is not taken for a leftover.
  const rows = await database().select({ id: schema.environments.id }).from(schema.environments);
  const living = new Set(rows.map(({ id }) => id));
  for (const [environment, folder] of folders) {
    if (!living.has(environment)) await rm(folder, { recursive: true, force: true });
    else await removeOldUploads(folder);
  }
}

async function removeOldUploads(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(".")) continue;
    const path = join(folder, name);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > uploadMilliseconds) await rm(path, { force: true });
  }
}

async function names(folder: string): Promise<string[]> {
  const found = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return found.filter(isId);
}
