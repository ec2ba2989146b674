import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";

/**
 * One hash of the names and contents of files and folders under `base`. Missing ones count as missing.
 * @param {string} base
 * @param {string[]} entries paths relative to base
 * @param {{ accept?: (path: string) => boolean, salt?: string }} options `accept` filters files found in folders
 */
export function hashOf(base, entries, { accept = () => true, salt = "" } = {}) {
  const hash = createHash("sha256").update(salt);
  for (const file of entries.flatMap((entry) => filesBelow(join(base, entry), accept)).sort()) {
    hash.update(`\0${relative(base, file).split(sep).join("/")}\0`).update(readFileSync(file));
  }
  return hash.digest("hex");
}

/** True when the stamp file says that exactly this was finished. A set-up that broke off has no stamp. */
export function isStamped(stampFile, hash) {
  return existsSync(stampFile) && readFileSync(stampFile, "utf8").trim() === hash;
}

/** Removed before the work starts, so that half-finished work is never taken for finished. */
export function removeStamp(stampFile) {
  rmSync(stampFile, { force: true });
}

/** Written as the last act of the work. */
export function writeStamp(stampFile, hash) {
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, `${hash}\n`);
}

function filesBelow(path, accept) {
  if (!existsSync(path)) return [];
  const entries = readEntries(path);
  if (entries === null) return [path];
  return entries
    .filter((entry) => entry.name !== "node_modules" && entry.name !== "__pycache__")
    .flatMap((entry) => {
      const child = join(path, entry.name);
      if (entry.isDirectory()) return filesBelow(child, accept);
      return entry.isFile() && accept(child) ? [child] : [];
    });
}

function readEntries(path) {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (error) {
    if (error.code === "ENOTDIR") return null;
    throw error;
  }
}
