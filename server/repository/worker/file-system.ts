import * as fs from "node:fs";
import { checkPack } from "./pack-check";

/** Keeps git's folder to the web process: nobody else on the machine needs to read it. */
const privateFolder = 0o700;
const openFolder = 0o755;

/** The file system that isomorphic-git sees: packs are checked before they are stored, and symlinks cannot be made. */
export const gitFileSystem = {
  promises: {
    readFile: fs.promises.readFile,
    writeFile: async (path: string, data: Uint8Array | string, options?: fs.WriteFileOptions) => {
      if (path.endsWith(".pack") && typeof data !== "string") checkPack(data);
      await fs.promises.writeFile(path, data, options);
    },
    mkdir: fs.promises.mkdir,
    rmdir: fs.promises.rmdir,
    unlink: fs.promises.unlink,
    rm: fs.promises.rm,
    stat: fs.promises.stat,
    lstat: fs.promises.lstat,
    readdir: fs.promises.readdir,
    readlink: fs.promises.readlink,
    symlink: async () => {
      throw new Error("Symlinks are not written.");
    },
    chmod: fs.promises.chmod,
  },
};

/** Makes a folder that only this process may enter, and its parents so that workers can pass through. */
export function makePrivateFolder(path: string, parent: string): void {
  makeOpenFolder(parent);
  fs.mkdirSync(path, { recursive: true });
  fs.chmodSync(path, privateFolder);
}

/** Makes a folder, and what is missing above it, that unprivileged workers can read, whatever the umask says. */
export function makeOpenFolder(path: string): void {
  const first = fs.mkdirSync(path, { recursive: true });
  if (first === undefined) return;
  for (let folder = path; folder.length >= first.length; folder = folder.slice(0, folder.lastIndexOf("/"))) {
    fs.chmodSync(folder, openFolder);
  }
}

/** Writes a file through a neighbour and a rename, so that a reader (or a crash) meets the old or the new content, never half. */
export function replaceFile(
  path: string,
  content: Uint8Array | string,
  options: { mode: number; temporary: string },
): void {
  const descriptor = fs.openSync(options.temporary, "w", options.mode);
  try {
    fs.writeFileSync(descriptor, content);
    fs.fchmodSync(descriptor, options.mode);
  } finally {
    fs.closeSync(descriptor);
  }
  fs.renameSync(options.temporary, path);
}

export function fsyncPath(path: string): void {
  const descriptor = fs.openSync(path, "r");
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** What a file holds, or null when there is none. Other errors are thrown. */
export function readOrNull(path: string): Buffer | null {
  try {
    return fs.readFileSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw error;
  }
}
