import { join } from "node:path";
import { readOrNull } from "./file-system";

/** Which paths dbt may read, relative to its project: what it writes itself, and what packages bring, is not of them. */
export interface DbtReads {
  file(path: string): boolean;
  folder(path: string): boolean;
}

export const nothing: DbtReads = { file: () => false, folder: () => false };

const extensions = /\.(sql|py|ya?ml|md|csv)$/i;
/** Other tools' folders, which are large and hold nothing of dbt's. */
const foreign = new Set(["node_modules", "venv", "env", "__pycache__", "site-packages"]);
const outputs = { "target-path": "target", "log-path": "logs", "packages-install-path": "dbt_packages" };

/**
 * What dbt may read of a project beside what Git tracks. Its three output folders are looked up in dbt_project.yml by their line:
 * a value that is computed is not seen, and then its folder is read in vain.
 */
export function dbtReadsOf(projectRoot: string): DbtReads {
  const text = readOrNull(join(projectRoot, "dbt_project.yml"))?.toString("utf8") ?? "";
  const written = new Set(
    Object.entries(outputs).map(([key, usual]) => {
      const line = new RegExp(`^${key}:[ \\t]*["']?([^"'#\\n]+)`, "m").exec(text);
      return (line?.[1] ?? usual).trim().replace(/^\.\//, "").replace(/\/+$/, "");
    }),
  );
  return {
    file: (path) => extensions.test(path),
    folder: (path) => {
      const name = path.slice(path.lastIndexOf("/") + 1);
      return !name.startsWith(".") && !foreign.has(name) && !written.has(path);
    },
  };
}
