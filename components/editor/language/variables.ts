import { yamlEntries } from "./yaml-entries";

/** A variable as `dbt_project.yml` sets it. */
export interface ProjectVariable {
  readonly name: string;
  /** As it is written; null for lists and mappings. */
  readonly value: string | null;
  /** The package that it is set for alone, or null. */
  readonly packageName: string | null;
  /** The comment above it. */
  readonly about: string;
}

/** Where dbt reads a project's variables from. */
export const variablesPath = "dbt_project.yml";

/** The variables that the text of a `dbt_project.yml` sets. `packages` are the names under which variables of one package stand. */
export function variablesIn(text: string, packages: ReadonlySet<string>): ProjectVariable[] {
  const lines = text.split("\n");
  const found = new Map<string, ProjectVariable>();
  for (const { path, value, line } of yamlEntries(text)) {
    const isOfPackage = packages.has(String(path[1]));
    const depth = isOfPackage ? 2 : 1;
    const name = path[depth];
    if (path[0] !== "vars" || typeof name !== "string" || found.has(path.slice(0, depth + 1).join("\0"))) {
      continue;
    }
    const isWhole = path.length === depth + 1;
    found.set(path.slice(0, depth + 1).join("\0"), {
      name,
      value: isWhole ? (value?.text ?? null) : null,
      packageName: isOfPackage ? String(path[1]) : null,
      about: isWhole ? commentAbove(lines, line - 1) : "",
    });
  }
  return [...found.values()];
}

function commentAbove(lines: readonly string[], index: number): string {
  const words: string[] = [];
  for (let at = index - 1; /^\s*#/.test(lines[at] ?? ""); at -= 1) {
    words.unshift((lines[at] ?? "").replace(/^\s*#+\s?/, "").trim());
  }
  return words.join(" ").trim();
}
