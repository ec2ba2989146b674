import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../core";
import { diskError, syncFolder } from "./durable-write";
import { lstatOrNull } from "./real-path";

/** Makes a folder of the project and those above it, readable by the unprivileged workers whatever the umask says. */
export async function makeFolders(root: string, folder: string): Promise<void> {
  let at = root;
  for (const part of folder === "." ? [] : folder.split("/")) {
    const parent = at;
    at = join(at, part);
    const stats = await lstatOrNull(at);
    if (stats?.isDirectory()) continue;
    if (stats) throw new AppError("CONFLICT", `${part} is a file, not a folder.`);
    try {
      await mkdir(at);
      await chmod(at, 0o755);
      await syncFolder(parent);
    } catch (error) {
      throw diskError(error);
    }
  }
}
