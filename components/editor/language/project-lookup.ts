import type { IndexMacro, IndexNode, ProjectIndex } from "@/server/contract";

/** Node kinds that `ref` finds. */
const refable = new Set(["model", "seed", "snapshot"]);

/** The project index, arranged for the questions that the editor asks. Built once per index; every question is a map look-up. */
export class ProjectLookup {
  readonly refs: readonly IndexNode[];
  readonly sources: readonly IndexNode[];
  private readonly nodesById = new Map<string, IndexNode>();
  private readonly refsByName = new Map<string, IndexNode[]>();
  private readonly nodesByPath = new Map<string, IndexNode[]>();
  private readonly macrosByName = new Map<string, IndexMacro[]>();
  private readonly usersById = new Map<string, string[]>();
  private readonly macroPaths = new Set<string>();

  constructor(readonly index: ProjectIndex) {
    for (const node of index.nodes) {
      this.nodesById.set(node.uniqueId, node);
      add(this.nodesByPath, node.path, node);
      if (refable.has(node.resourceType)) {
        add(this.refsByName, node.name, node);
      }
      for (const parent of node.dependsOn) {
        add(this.usersById, parent, node.uniqueId);
      }
    }
    for (const macro of index.macros) {
      add(this.macrosByName, macro.name, macro);
      if (macro.packageName === index.projectName) {
        this.macroPaths.add(macro.path);
      }
    }
    this.refs = index.nodes.filter((node) => refable.has(node.resourceType));
    this.sources = index.nodes.filter((node) => node.resourceType === "source");
  }

  node(uniqueId: string): IndexNode | null {
    return this.nodesById.get(uniqueId) ?? null;
  }

  /** What `ref(name)` or `ref(package, name)` means; the project's own node before a package's, the latest version first. */
  ref(name: string, packageName: string | null): IndexNode | null {
    const found = this.refsByName.get(name) ?? [];
    const inPackage = packageName === null ? found : found.filter((node) => node.packageName === packageName);
    return inPackage.find((node) => node.packageName === this.index.projectName) ?? inPackage[0] ?? null;
  }

  source(sourceName: string, table: string): IndexNode | null {
    return this.sources.find((node) => node.sourceName === sourceName && node.name === table) ?? null;
  }

  /** What a call of `name` or `package.name` means. */
  macro(name: string, packageName: string | null): IndexMacro | null {
    const found = this.macrosByName.get(name) ?? [];
    const order = packageName === null ? [this.index.projectName, "dbt"] : [packageName];
    for (const wanted of order) {
      const macro = found.find((candidate) => candidate.packageName === wanted);
      if (macro) {
        return macro;
      }
    }
    return packageName === null ? (found[0] ?? null) : null;
  }

  /** Everything that is defined in a file of the project itself. */
  nodesIn(path: string): readonly IndexNode[] {
    return (this.nodesByPath.get(path) ?? []).filter((node) => node.packageName === this.index.projectName);
  }

  /** The one node whose SQL (or CSV) this file is, if there is one. */
  nodeOfFile(path: string): IndexNode | null {
    return (
      this.nodesIn(path).find((node) => node.resourceType !== "source" && node.resourceType !== "exposure") ?? null
    );
  }

  isMacroFile(path: string): boolean {
    return this.macroPaths.has(path);
  }

  usedBy(uniqueId: string): readonly IndexNode[] {
    return (this.usersById.get(uniqueId) ?? []).flatMap((id) => this.node(id) ?? []);
  }
}

function add<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const list = map.get(key);
  if (list) {
    list.push(value);
  } else {
    map.set(key, [value]);
  }
}

/** Before the first index has arrived. */
export const emptyLookup = new ProjectLookup({
  projectName: "",
  adapter: "",
  version: 0,
  nodes: [],
  macros: [],
  docs: [],
  vars: [],
});
