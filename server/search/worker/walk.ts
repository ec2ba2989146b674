import * as fs from "node:fs";
import { join } from "node:path";
import { isSafeName } from "../../core/safe-name";

/** Folders that tools fill: nobody edits them, and they can be very large. */
const generated = new Set([".git", "target", "logs", "node_modules", ".venv", "venv", "__pycache__"]);
const largestFile = 5_000_000;

/**
 * The plain files of a dbt project by path, folder by folder, models first. Symlinks and names that are unsafe are left out, as is
 * what dbt generates, wherever the project puts it.
 */
export function* walk(root: string, packages: boolean): Generator<string, void, void> {
  const isLeftOut = leftOut(root, packages);
  function* visit(folder: string): Generator<string, void, void> {
    const items = entriesOf(join(root, folder)).sort((one, other) => compare(folder, one.name, other.name));
    for (const item of items) {
      const path = `${folder}${item.name}`;
      if (!isSafeName(item.name)) continue;
      if (item.isFile()) yield path;
      else if (item.isDirectory() && !isLeftOut(path)) yield* visit(`${path}/`);
    }
  }
  yield* visit("");
}

/** Whether a file stands in none of the folders that `walk` leaves out. */
export function isSearched(root: string, packages: boolean): (path: string) => boolean {
  const isLeftOut = leftOut(root, packages);
  return (path) => {
    const parts = path.split("/");
    return parts.slice(1).every((_, index) => !isLeftOut(parts.slice(0, index + 1).join("/")));
  };
}

/** Which folders are passed by: each by its path, once those above it were not. */
function leftOut(root: string, packages: boolean): (folder: string) => boolean {
  const { generatedPaths, packagesPath } = foldersOf(root);
  const skipped = new Set([...generatedPaths, ...(packages ? [] : [packagesPath])]);
  return (folder) => generated.has(folder.slice(folder.lastIndexOf("/") + 1).toLowerCase()) || skipped.has(folder);
}

/** A folder that went away meanwhile has no entries. */
function entriesOf(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

function compare(folder: string, one: string, other: string): number {
  if (folder === "" && (one === "models") !== (other === "models")) return one === "models" ? -1 : 1;
  return one < other ? -1 : 1;
}

/** Where the project says that dbt writes and installs. What Jinja decides is not looked at. */
function foldersOf(root: string): { generatedPaths: string[]; packagesPath: string } {
  const bytes = readBytes(root, "dbt_project.yml");
  const text = Buffer.isBuffer(bytes) ? bytes.toString("utf8") : "";
  const value = (key: string) => {
    const found = new RegExp(`^${key}:[ \\t]*["']?([^"'#\\r\\n{]+)`, "m").exec(text)?.[1]?.trim();
    return found?.replace(/^\.\//, "").replace(/\/+$/, "") || null;
  };
  const generatedPaths = ["target-path", "log-path"].flatMap((key) => value(key) ?? []);
  return { generatedPaths, packagesPath: value("packages-install-path") ?? "dbt_packages" };
}

let scratch = Buffer.allocUnsafe(256 * 1024);

/** The bytes of a file, or null when it is gone, no plain file or binary. They are valid until the next call. */
export function readBytes(root: string, path: string): Buffer | "too large" | null {
  let file: number;
  try {
    file = fs.openSync(`${root}/${path}`, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
  try {
    let length = 0;
    for (;;) {
      const read = fs.readSync(file, scratch, length, scratch.length - length, length);
      length += read;
      if (scratch.subarray(0, Math.min(length, 8_000)).includes(0)) return null;
      if (read === 0 || length < scratch.length) break;
      if (length > largestFile) return "too large";
      scratch = Buffer.concat([scratch, Buffer.allocUnsafe(scratch.length)]);
    }
    return length > largestFile ? "too large" : scratch.subarray(0, length);
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  } finally {
    fs.closeSync(file);
  }
}

/** Removed or replaced since it was listed (a link now, a folder now), or not readable. */
function isGone(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return ["ENOENT", "ENOTDIR", "EISDIR", "ELOOP", "EACCES", "ENXIO"].includes(code);
}
