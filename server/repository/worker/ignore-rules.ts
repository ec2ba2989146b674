import { join } from "node:path";
import ignore, { type Ignore } from "ignore";
import { readOrNull } from "./file-system";

/** The .gitignore files of a working tree, read as they are needed. The repository's own config and excludes are not consulted. */
export interface IgnoreRules {
  /** `path` is relative to the repository; its parent is known not to be ignored. */
  isIgnored(path: string, isFolder: boolean): boolean;
}

export function loadIgnoreRules(root: string): IgnoreRules {
  const byFolder = new Map<string, Ignore | null>();
  function rulesOf(folder: string): Ignore | null {
    const known = byFolder.get(folder);
    if (known !== undefined) return known;
    const text = readOrNull(join(root, folder, ".gitignore"))?.toString("utf8");
    const rules = text === undefined ? null : ignore().add(text);
    byFolder.set(folder, rules);
    return rules;
  }
  return {
    isIgnored(path, isFolder) {
      let verdict = false;
      for (let at = -1; at !== -2; at = path.indexOf("/", at + 1) === -1 ? -2 : path.indexOf("/", at + 1)) {
        const rules = rulesOf(path.slice(0, at + 1));
        if (!rules) continue;
        const { ignored, unignored } = rules.test(path.slice(at + 1) + (isFolder ? "/" : ""));
        if (ignored) verdict = true;
        else if (unignored) verdict = false;
      }
      return verdict;
    },
  };
}
