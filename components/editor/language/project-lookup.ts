import type { IndexMacro, IndexNode, ProjectIndex } from "@/server/contract";
import { NameIndex } from "./name-index";

/** Node kinds that `ref` finds. */
const refable = new Set(["model", "seed", "snapshot"]);
export type IndexDoc = ProjectIndex["docs"][number];

/** The project index, arranged for the questions that the editor asks. Built once per index; every question is a map look-up. */
export class ProjectLookup {
  /** One of each name, as `ref` finds it. */
  readonly refNames: NameIndex<IndexNode>;
  readonly sourceNames: NameIndex<IndexNode>;
  readonly refs: readonly IndexNode[];
  /** Packages that have something to refer to, without the project itself. */
  readonly otherPackages: readonly string[];
  readonly sources: readonly IndexNode[];
  private readonly nodesById = new Map<string, IndexNode>();
  private readonly refsByName = new Map<string, IndexNode[]>();
  private readonly sourcesByName = new Map<string, IndexNode[]>();
  private readonly nodesByPath = new Map<string, IndexNode[]>();
  private readonly nodesByRelation = new Map<string, IndexNode>();
  private readonly macrosByName = new Map<string, IndexMacro[]>();
  private readonly usersById = new Map<string, string[]>();
  private readonly checksById = new Map<string, IndexNode[]>();
  private readonly macroPaths = new Set<string>();

  constructor(readonly index: ProjectIndex) {
    for (const node of index.nodes) {
      this.nodesById.set(node.uniqueId, node);
      add(this.nodesByPath, node.path, node);
      if (refable.has(node.resourceType)) {
        add(this.refsByName, node.name, node);
      } else if (node.resourceType === "source") {
        add(this.sourcesByName, `${node.sourceName ?? ""}\0${node.name}`, node);
      }
      if (node.relation !== null && (refable.has(node.resourceType) || node.resourceType === "source")) {
        const plain = plainRelation(node.relation);
        this.nodesByRelation.set(plain, node);
        const short = plain.split(".").slice(-2).join(".");
        if (!this.nodesByRelation.has(short)) {
          this.nodesByRelation.set(short, node);
        }
      }
      for (const parent of node.dependsOn) {
        add(this.usersById, parent, node.uniqueId);
      }
      if (node.checks?.node) {
        add(this.checksById, node.checks.node, node);
      } else if (node.checks) {
        for (const parent of node.dependsOn) {
          add(this.checksById, parent, node);
        }
      }
    }
    for (const macro of index.macros) {
      add(this.macrosByName, macro.name, macro);
      if (macro.packageName === index.projectName) {
        this.macroPaths.add(macro.path);
      }
    }
    this.refs = index.nodes.filter((node) => refable.has(node.resourceType));
    const packages = new Set(this.refs.map((node) => node.packageName));
    packages.delete(index.projectName);
    this.otherPackages = [...packages];
    this.sources = index.nodes.filter((node) => node.resourceType === "source");
    this.refNames = new NameIndex(
      this.refs.filter((node) => this.ref(node.name, null) === node),
      (node) => node.name,
    );
    this.sourceNames = new NameIndex(this.sources, (node) => `${node.sourceName ?? ""}.${node.name}`);
  }

  node(uniqueId: string): IndexNode | null {
    return this.nodesById.get(uniqueId) ?? null;
  }

  /** What `ref(name)` or `ref(package, name)` means; the project's own node before a package's, the latest version first. */
  ref(name: string, packageName: string | null, version: string | null = null): IndexNode | null {
    const found = this.refsByName.get(name) ?? [];
    const inPackage = packageName === null ? found : found.filter((node) => node.packageName === packageName);
    const own = inPackage.filter((node) => node.packageName === this.index.projectName);
    const candidates = own.length > 0 ? own : inPackage;
    if (version !== null) {
      return candidates.find((node) => node.version === version) ?? null;
    }
    return candidates.reduce<IndexNode | null>(
      (latest, node) => (latest === null || compareVersions(node.version, latest.version) > 0 ? node : latest),
      null,
    );
  }

  /** Every version of a model, in the project first. */
  versions(name: string): readonly IndexNode[] {
    return (this.refsByName.get(name) ?? []).filter((node) => node.version !== null);
  }

  source(sourceName: string, table: string): IndexNode | null {
    return this.sourcesByName.get(`${sourceName}\0${table}`)?.[0] ?? null;
  }

  /** The node that is built as, or read from, this relation; `name` has its schema and, if wanted, its database, in any case and quoting. */
  relation(name: string): IndexNode | null {
    return this.nodesByRelation.get(plainRelation(name)) ?? null;
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

  /** The macro behind a generic test. */
  test(name: string, packageName: string | null): IndexMacro | null {
    return this.macro(`test_${name}`, packageName);
  }

  doc(name: string, packageName: string | null): IndexDoc | null {
    const found = this.index.docs.filter(
      (doc) => doc.name === name && (packageName === null || doc.packageName === packageName),
    );
    return found.find((doc) => doc.packageName === this.index.projectName) ?? found[0] ?? null;
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

  /** The generic tests of a node; of one of its columns when it is named. */
  checksOf(uniqueId: string, column: string | null = null): readonly IndexNode[] {
    const all = this.checksById.get(uniqueId) ?? [];
    return column === null ? all : all.filter((node) => node.checks?.column?.toLowerCase() === column.toLowerCase());
  }
}

/** Later versions are greater; numbers compare as numbers. */
function compareVersions(left: string | null, right: string | null): number {
  return (left ?? "").localeCompare(right ?? "", undefined, { numeric: true });
}

/** `"db"."schema"."name"` without quotes and in lower case. */
function plainRelation(relation: string): string {
  return relation.replace(/["`[\]]/g, "").toLowerCase();
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
