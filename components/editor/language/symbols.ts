import type { ProjectLookup } from "./project-lookup";

export interface ProjectSymbol {
  id: string;
  name: string;
  kind: "model" | "source" | "macro" | "column" | "other";
  detail: string;
  path: string;
  line: number | null;
}

const hidden = new Set(["test", "unit_test", "operation"]);
const remembered = new WeakMap<ProjectLookup, ProjectSymbol[]>();

/** Models, sources, macros and columns of the project itself (packages are not files one may open). Computed once per index. */
export function symbolsOf(lookup: ProjectLookup): ProjectSymbol[] {
  const known = remembered.get(lookup);
  if (known) {
    return known;
  }
  const { index } = lookup;
  const symbols: ProjectSymbol[] = [];
  const columns: ProjectSymbol[] = [];
  for (const node of index.nodes) {
    if (node.packageName !== index.projectName || hidden.has(node.resourceType)) {
      continue;
    }
    const name = node.sourceName ? `${node.sourceName}.${node.name}` : node.name;
    const kind = node.resourceType === "source" ? "source" : node.resourceType === "model" ? "model" : "other";
    symbols.push({
      id: node.uniqueId,
      name,
      kind,
      detail: `${node.resourceType} · ${node.path}`,
      path: node.path,
      line: node.line,
    });
    for (const column of node.columns) {
      columns.push({
        id: `${node.uniqueId}.${column.name}`,
        name: column.name,
        kind: "column",
        detail: `column of ${name}`,
        path: node.path,
        line: node.line,
      });
    }
  }
  for (const macro of index.macros) {
    if (macro.packageName === index.projectName) {
      symbols.push({
        id: macro.uniqueId,
        name: macro.name,
        kind: "macro",
        detail: `macro · ${macro.path}`,
        path: macro.path,
        line: macro.line,
      });
    }
  }
  const all = [...symbols, ...columns];
  remembered.set(lookup, all);
  return all;
}
