import type { IndexMacro, IndexNode, ProjectIndex } from "@/server/contract";
import type { BriefNode } from "../language/node-table";

/** Nodes in columns; a null id is `type.package.name`. */
interface PackedNames {
  readonly kinds: readonly (readonly [resourceType: string, packageName: string])[];
  readonly kind: readonly number[];
  readonly id: readonly (string | null)[];
  readonly name: readonly string[];
  readonly path: readonly string[];
  readonly sourceName: readonly (string | null)[];
  readonly version: readonly (string | null)[];
}
interface PackedEdges {
  /** Nodes that are no tests by their place, others by their id. */
  readonly dependsOn: readonly (readonly (number | string)[])[];
  readonly patchPath: readonly (string | null)[];
}
type PackedCheck = readonly [
  test: string,
  packageName: string | null,
  node: number | string | null,
  column: string | null,
];

/** The first part: what completion needs, without tests. */
interface PackedFirst extends Pick<ProjectIndex, "projectName" | "adapter" | "vars" | "modelPaths"> {
  readonly macros: readonly IndexMacro[];
  readonly nodes: PackedNames;
}
/** The first line of the rest; each further line is of one node, and says what is not usual of it. */
interface PackedRest {
  readonly docs: ProjectIndex["docs"];
  readonly nodes: PackedEdges;
  readonly tests: PackedNames & PackedEdges & { readonly checks: readonly (PackedCheck | null)[] };
}
interface PackedDetails
  extends Partial<Pick<IndexNode, "line" | "materialized" | "description" | "tags" | "owner" | "freshness">> {
  readonly relation?: string | readonly [prefix: number, rest: string];
  readonly columns?: readonly (readonly [name: string, type: string | null, description: string])[];
}

/** A node of the shared part. What stands in its line is read when it is laid out. */
export interface SharedNode extends BriefNode {
  readonly details: string;
}

/** What everyone at a commit shares of the project index. */
export interface SharedIndex extends Omit<ProjectIndex, "nodes" | "version" | "macros"> {
  readonly key: string;
  readonly macros: readonly IndexMacro[];
  readonly nodes: readonly SharedNode[];
  /** False while there are only names. */
  readonly complete: boolean;
}

/** The names of the shared part: nodes without details, no tests. */
export async function sharedNames(key: string, packed: string): Promise<SharedIndex> {
  const { nodes, ...rest } = JSON.parse(await unpacked(packed)) as PackedFirst;
  return { key, ...rest, docs: [], nodes: named(nodes), complete: false };
}

/** The whole shared part: names with their rest. */
export async function sharedWhole(names: SharedIndex, packed: string): Promise<SharedIndex> {
  const [head = "", ...lines] = (await unpacked(packed)).split("\n");
  const { docs, nodes, tests } = JSON.parse(head) as PackedRest;
  const first = names.nodes;
  const idOf = (node: number | string) => (typeof node === "number" ? (first[node]?.uniqueId ?? "") : node);
  const detailed = (
    node: SharedNode,
    place: number,
    { dependsOn, patchPath }: PackedEdges,
    line: number,
  ): SharedNode => ({
    uniqueId: node.uniqueId,
    name: node.name,
    resourceType: node.resourceType,
    packageName: node.packageName,
    path: node.path,
    sourceName: node.sourceName ?? null,
    version: node.version ?? null,
    patchPath: patchPath[place] ?? null,
    dependsOn: dependsOn[place]?.map(idOf) ?? [],
    details: lines[line] ?? "{}",
  });
  return {
    ...names,
    docs,
    nodes: [
      ...first.map((node, place) => detailed(node, place, nodes, place)),
      ...named(tests).map((node, place) => ({
        ...detailed(node, place, tests, first.length + place),
        checks: checked(tests.checks[place] ?? null, idOf),
      })),
    ],
    complete: true,
  };
}

function checked(check: PackedCheck | null, idOf: (node: number | string) => string): IndexNode["checks"] {
  if (check === null) {
    return null;
  }
  const [test, packageName, node, column] = check;
  return { test, packageName, node: node === null ? null : idOf(node), column };
}

function named({ kinds, kind, id, name, path, sourceName, version }: PackedNames): SharedNode[] {
  return name.map((own, place) => {
    const [resourceType, packageName] = kinds[kind[place] ?? 0] ?? ["", ""];
    return {
      uniqueId: id[place] ?? `${resourceType}.${packageName}.${own}`,
      name: own,
      resourceType,
      packageName,
      path: path[place] ?? "",
      sourceName: sourceName[place] ?? null,
      version: version[place] ?? null,
      details: "{}",
    };
  });
}

async function unpacked(packed: string): Promise<string> {
  const binary = atob(packed);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index++) {
    bytes[index] = binary.charCodeAt(index);
  }
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}

/** A node as everybody knows it, with this person's relations. */
export function laidOut(node: SharedNode, prefixes: readonly string[]): IndexNode {
  const { relation, columns, ...said } = JSON.parse(node.details) as PackedDetails;
  return {
    uniqueId: node.uniqueId,
    name: node.name,
    resourceType: node.resourceType,
    packageName: node.packageName,
    path: node.path,
    patchPath: node.patchPath ?? null,
    line: said.line === undefined ? 1 : said.line,
    relation:
      relation === undefined
        ? null
        : typeof relation === "string"
          ? relation
          : `${prefixes[relation[0]] ?? ""}${relation[1]}`,
    materialized: said.materialized ?? null,
    description: said.description ?? "",
    tags: said.tags ?? [],
    columns: columns?.map(([name, type, description]) => ({ name, type, description })) ?? [],
    dependsOn: [...(node.dependsOn ?? [])],
    sourceName: node.sourceName ?? null,
    version: node.version ?? null,
    owner: said.owner ?? null,
    freshness: said.freshness ?? null,
    checks: node.checks ?? null,
  };
}
