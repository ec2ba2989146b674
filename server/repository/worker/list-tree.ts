import * as fs from "node:fs";
import { join } from "node:path";
import type { Operations } from "../operations";

/** Folders that tools fill: nobody edits them, and they can be very large. `dbt_packages` is shown, because people read it. */
const hiddenFolders = new Set([".git", "target", "logs", "node_modules", ".venv", "venv", "__pycache__"]);
const most = 50_000;

/** Every file and folder beneath a dbt project, by path. Symlinks are left out. */
export async function listTree(input: Operations["listTree"]["input"]): Promise<Operations["listTree"]["output"]> {
  const entries: Operations["listTree"]["output"]["entries"] = [];
  let truncated = false;
  function visit(folder: string): void {
    for (const item of fs.readdirSync(join(input.root, folder), { withFileTypes: true })) {
      if (entries.length >= most) {
        truncated = true;
        return;
      }
      const path = `${folder}${item.name}`;
      if (item.isDirectory()) {
        if (hiddenFolders.has(item.name.toLowerCase())) continue;
        entries.push({ path, kind: "folder", size: 0 });
        visit(`${path}/`);
      } else if (item.isFile()) {
        const stats = fs.lstatSync(`${input.root}/${path}`, { throwIfNoEntry: false });
        if (stats) entries.push({ path, kind: "file", size: stats.size });
      }
    }
  }
  visit("");
  entries.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { entries, truncated };
}
