import { randomBytes } from "node:crypto";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A text that occurs nowhere unless something wrote it down. */
export function newCanary(): string {
  return `canary${randomBytes(16).toString("hex")}`;
}

/** The ways in which a text may lie in a file. */
function spellings(canary: string): Buffer[] {
  return [
    Buffer.from(canary, "utf8"),
    Buffer.from(canary, "utf16le"),
    Buffer.from(canary.split("").reverse().join(""), "utf8"),
    Buffer.from(Buffer.from(canary).toString("base64").replace(/=+$/, "").slice(0, -1), "utf8"),
  ];
}

/**
 * Every file below the folders that holds the canary, as plain text, UTF-16, reversed or base64. Sockets and links are not
 * files; a file that vanishes while it is looked for left no trace.
 */
export function findCanary(canary: string, folders: string[]): string[] {
  const needles = spellings(canary);
  return folders.flatMap((folder) => search(folder, needles));
}

function search(path: string, needles: Buffer[]): string[] {
  try {
    const status = lstatSync(path);
    if (status.isDirectory()) return readdirSync(path).flatMap((name) => search(join(path, name), needles));
    if (!status.isFile()) return [];
    const content = readFileSync(path);
    return needles.some((needle) => content.includes(needle)) ? [path] : [];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
