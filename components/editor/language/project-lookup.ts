import type { IndexMacro, IndexNode, ProjectIndex } from "@/server/contract";
import { NameIndex } from "./name-index";
import { type BriefNode, type NodeTable, tableOf } from "./node-table";

/** Node kinds that `ref` finds. */
const refable = new Set(["model", "seed", "snapshot"]);
export type IndexDoc = ProjectIndex["docs"][number];

/** Names of nodes to choose from; those that are found are laid out. */
export interface NodeNames {
  search(typed: string, limit: number, usage?: (name: string) => number): { items: IndexNode[]; more: boolean };
}

/**
 * The project index, arranged for the questions that the editor asks. Made once per index; every question is a map look-up. The maps are
 * of places in the index, and each is made when it is first asked: the first completion does not wait for what lineage will need.
 */
export class ProjectLookup {
  private readonly table: NodeTable;
  private readonly maps = new Map<string, unknown>();

  constructor(readonly index: ProjectIndex) {
    this.table = tableOf(index);
  }

  /** One of each name, as `ref` finds it. */
  get refNames(): NodeNames {
    return this.made("refNames", () =>
      this.names(
        [...this.refsByName.values()].flatMap((places) => this.latest(places, null) ?? []),
        ({ name }) => name,
      ),
    );
  }

  get sourceNames(): NodeNames {
    return this.made("sourceNames", () =>
      this.names([...this.sourcesByName.values()].flat(), ({ sourceName, name }) => `${sourceName ?? ""}.${name}`),
    );
  }

  get refs(): readonly IndexNode[] {
    return this.made("refs", () => this.laidOut(this.placesOf(({ resourceType }) => refable.has(resourceType))));
  }

  get sources(): readonly IndexNode[] {
    return this.made("sources", () => this.laidOut(this.placesOf(({ resourceType }) => resourceType === "source")));
  }

  /** Packages that have something to refer to, without the project itself. */
  get otherPackages(): readonly string[] {
    return this.made("otherPackages", () => {
      const packages = new Set<string>();
      for (const { resourceType, packageName } of this.table.briefs) {
        if (refable.has(resourceType)) {
          packages.add(packageName);
        }
      }
      packages.delete(this.index.projectName);
      return [...packages];
    });
  }

  private get placesById(): ReadonlyMap<string, number> {
    return this.made("placesById", () => new Map(this.table.briefs.map(({ uniqueId }, place) => [uniqueId, place])));
  }

  private get refsByName(): ReadonlyMap<string, number[]> {
    return this.made("refsByName", () =>
      this.grouped((brief) => (refable.has(brief.resourceType) ? [brief.name] : [])),
    );
  }

  private get sourcesByName(): ReadonlyMap<string, number[]> {
    return this.made("sourcesByName", () =>
      this.grouped((brief) => (brief.resourceType === "source" ? [sourceKey(brief.sourceName ?? "", brief.name)] : [])),
    );
  }

  private get placesByPath(): ReadonlyMap<string, number[]> {
    return this.made("placesByPath", () => this.grouped(({ path }) => [path]));
  }

  private get placesByPatch(): ReadonlyMap<string, number[]> {
    return this.made("placesByPatch", () => this.grouped(({ patchPath }) => (patchPath ? [patchPath] : [])));
  }

  private get placesByName(): ReadonlyMap<string, number[]> {
    return this.made("placesByName", () => this.grouped(({ resourceType, name }) => [`${resourceType} ${name}`]));
  }

  private get checksByTest(): ReadonlyMap<string, number[]> {
    return this.made("checksByTest", () =>
      this.grouped(({ checks }) => (checks ? [`${checks.test} ${checks.column}`] : [])),
    );
  }

  private get usersById(): ReadonlyMap<string, number[]> {
    return this.made("usersById", () => this.grouped(({ dependsOn }) => dependsOn ?? []));
  }

  private get checksById(): ReadonlyMap<string, number[]> {
    return this.made("checksById", () =>
      this.grouped(({ checks, dependsOn }) => (checks ? (checks.node ? [checks.node] : (dependsOn ?? [])) : [])),
    );
  }

  private get nodesByRelation(): ReadonlyMap<string, IndexNode> {
    return this.made("nodesByRelation", () => {
      const found = new Map<string, IndexNode>();
      for (const node of this.index.nodes) {
        if (node.relation !== null && (refable.has(node.resourceType) || node.resourceType === "source")) {
          const plain = plainRelation(node.relation);
          found.set(plain, node);
          const short = plain.split(".").slice(-2).join(".");
          if (!found.has(short)) {
            found.set(short, node);
          }
        }
      }
      return found;
    });
  }

  private get macrosByName(): ReadonlyMap<string, IndexMacro[]> {
    return this.made("macrosByName", () => {
      const found = new Map<string, IndexMacro[]>();
      for (const macro of this.index.macros) {
        add(found, macro.name, macro);
      }
      return found;
    });
  }

  private get macroPaths(): ReadonlySet<string> {
    return this.made("macroPaths", () => {
      const own = this.index.macros.filter(({ packageName }) => packageName === this.index.projectName);
      return new Set(own.map(({ path }) => path));
    });
  }

  private made<Value>(name: string, make: () => Value): Value {
    const known = this.maps.get(name);
    if (known !== undefined) {
      return known as Value;
    }
    const value = make();
    this.maps.set(name, value);
    return value;
  }

  private grouped(keysOf: (brief: BriefNode) => readonly string[]): Map<string, number[]> {
    const groups = new Map<string, number[]>();
    this.table.briefs.forEach((brief, place) => {
      for (const key of keysOf(brief)) {
        add(groups, key, place);
      }
    });
    return groups;
  }

  private placesOf(wanted: (brief: BriefNode) => boolean): number[] {
    return this.table.briefs.flatMap((brief, place) => (wanted(brief) ? place : []));
  }

  private names(places: readonly number[], nameOf: (brief: BriefNode) => string): NodeNames {
    const index = new NameIndex(places, (place) => nameOf(this.brief(place)));
    return {
      search: (typed, limit, usage) => {
        const { items, more } = index.search(typed, limit, usage);
        return { items: this.laidOut(items), more };
      },
    };
  }

  private brief(place: number): BriefNode {
    return this.table.briefs[place] ?? this.table.at(place);
  }

  private laidOut(places: readonly number[]): IndexNode[] {
    return places.map((place) => this.table.at(place));
  }

  node(uniqueId: string): IndexNode | null {
    const place = this.placesById.get(uniqueId);
    return place === undefined ? null : this.table.at(place);
  }

  /** What `ref(name)` or `ref(package, name)` means; the project's own node before a package's, the latest version first. */
  ref(name: string, packageName: string | null, version: string | null = null): IndexNode | null {
    const found = this.refsByName.get(name) ?? [];
    const inPackage =
      packageName === null ? found : found.filter((place) => this.brief(place).packageName === packageName);
    const chosen = this.latest(inPackage, version);
    return chosen === null ? null : this.table.at(chosen);
  }

  /** Of places of one name: the project's own before a package's, the wanted version or the latest. */
  private latest(places: readonly number[], version: string | null): number | null {
    if (places.length === 1 && version === null) {
      return places[0] ?? null;
    }
    const versionOf = (place: number) => this.brief(place).version ?? null;
    const own = places.filter((place) => this.brief(place).packageName === this.index.projectName);
    const candidates = own.length > 0 ? own : places;
    if (version !== null) {
      return candidates.find((place) => versionOf(place) === version) ?? null;
    }
    return candidates.reduce<number | null>(
      (latest, place) => (latest === null || compareVersions(versionOf(place), versionOf(latest)) > 0 ? place : latest),
      null,
    );
  }

  /** Every version of a model, in the project first. */
  versions(name: string): readonly IndexNode[] {
    return this.laidOut(this.refsByName.get(name) ?? []).filter((node) => node.version !== null);
  }

  source(sourceName: string, table: string): IndexNode | null {
    const place = this.sourcesByName.get(sourceKey(sourceName, table))?.[0];
    return place === undefined ? null : this.table.at(place);
  }

  /** The node that is built as, or read from, this relation; `name` has its schema and, if wanted, its database, in any case and quoting. */
  relation(name: string): IndexNode | null {
    return this.nodesByRelation.get(plainRelation(name)) ?? null;
  }

  /** How the SQL of a file names a node: by `source`, by `ref`, and where it is that very file by `this`. */
  call(node: IndexNode, path: string): string {
    if (node.resourceType === "source") {
      return `{{ source('${node.sourceName ?? ""}', '${node.name}') }}`;
    }
    if (node === this.nodeOfFile(path)) {
      return "{{ this }}";
    }
    const own = node.packageName === this.index.projectName;
    const version = node.version === null || this.ref(node.name, null) === node ? "" : `, v=${node.version}`;
    return own ? `{{ ref('${node.name}'${version}) }}` : `{{ ref('${node.packageName}', '${node.name}'${version}) }}`;
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
    const own = (place: number) => this.brief(place).packageName === this.index.projectName;
    return this.laidOut((this.placesByPath.get(path) ?? []).filter(own));
  }

  /** Everything that a YAML file describes and that is defined elsewhere. */
  describedIn(path: string): readonly IndexNode[] {
    return this.laidOut(this.placesByPatch.get(path) ?? []);
  }

  /** The nodes of a kind with a name, in any package. */
  named(resourceType: string, name: string): readonly IndexNode[] {
    return this.laidOut(this.placesByName.get(`${resourceType} ${name}`) ?? []);
  }

  /** The generic tests of a name on columns of a name (null: on whole nodes), in the order of the index. */
  checksNamed(test: string, column: string | null): readonly IndexNode[] {
    return this.laidOut(this.checksByTest.get(`${test} ${column}`) ?? []);
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

  /** The macros and generic tests of a file of the project itself. */
  macrosIn(path: string): readonly IndexMacro[] {
    const { macros, projectName } = this.index;
    return macros.filter((macro) => macro.path === path && macro.packageName === projectName);
  }

  usedBy(uniqueId: string): readonly IndexNode[] {
    return this.laidOut(this.usersById.get(uniqueId) ?? []);
  }

  /** The generic tests of a node; of one of its columns when it is named. */
  checksOf(uniqueId: string, column: string | null = null): readonly IndexNode[] {
    const all = this.laidOut(this.checksById.get(uniqueId) ?? []);
    return column === null ? all : all.filter((node) => node.checks?.column?.toLowerCase() === column.toLowerCase());
  }
}

function sourceKey(sourceName: string, table: string): string {
  return `${sourceName}\0${table}`;
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
  modelPaths: [],
});
