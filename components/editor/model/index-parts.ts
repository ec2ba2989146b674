import type { IndexNode, IndexParts, ProjectIndex } from "@/server/contract";
import { indexOver } from "../language/node-table";

/** The shared part as it is packed: nodes without what is usual, columns as tuples, relations as [prefix, rest]. */
interface PackedIndex extends Omit<ProjectIndex, "nodes"> {
  readonly nodes: readonly PackedNode[];
}
type Always = "uniqueId" | "name" | "resourceType" | "packageName" | "path";
interface PackedNode extends Pick<IndexNode, Always>, Partial<Omit<IndexNode, Always | "columns" | "relation">> {
  readonly relation?: string | readonly [prefix: number, rest: string];
  readonly columns?: readonly (readonly [name: string, type: string | null, description: string])[];
}

/**
 * Puts the project index together from what everyone at a commit shares, which is fetched and unpacked once, and what is this
 * person's. A node is laid out when it is asked for: a project may have tens of thousands, of which few are looked at.
 */
export class IndexAssembler {
  private key: string | null = null;
  private packed: PackedIndex | null = null;
  /** Nodes of the shared part that were laid out with these prefixes. */
  private laid = new Map<PackedNode, IndexNode>();
  private prefixes: readonly string[] | null = null;

  /** `ask` is given the key of the shared part that is at hand. */
  async index(ask: (known: string | null) => Promise<IndexParts>): Promise<ProjectIndex> {
    let parts = await ask(this.key);
    if (parts.base?.packed === null && parts.base.key !== this.key) {
      // Another answer came in between.
      parts = await ask(null);
    }
    const { base, changes, prefixes, whole, version } = parts;
    if (whole !== null) {
      return whole;
    }
    if (base === null || changes === null) {
      throw new Error("The project index came without its parts.");
    }
    if (base.packed !== null) {
      this.packed = await unpacked(base.packed);
      this.key = base.key;
      this.prefixes = null;
    }
    if (this.packed === null) {
      throw new Error("The project index came without its shared part.");
    }
    if (this.prefixes === null || !isSame(this.prefixes, prefixes)) {
      this.laid = new Map();
      this.prefixes = prefixes;
    }
    const { projectName, adapter, vars, macros } = this.packed;
    const { laid } = this;
    const gone = new Set(changes.gone);
    const changed = new Set<PackedNode | IndexNode>(changes.nodes);
    const briefs = replaced<PackedNode | IndexNode>(this.packed.nodes, changes.nodes, gone);
    const at = (place: number): IndexNode => {
      const node = briefs[place];
      if (node === undefined) {
        throw new RangeError(`The index has no node ${place}.`);
      }
      if (changed.has(node)) {
        return node as IndexNode;
      }
      const known = laid.get(node as PackedNode);
      if (known) {
        return known;
      }
      const made = laidOut(node as PackedNode, prefixes);
      laid.set(node as PackedNode, made);
      return made;
    };
    return indexOver(
      { briefs, at },
      {
        ...{ projectName, adapter, vars, version, docs: changes.docs ?? this.packed.docs },
        macros: replaced(macros, changes.macros, gone),
      },
    );
  }
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}

/** What there was, less what is gone, with what changed in its place and what is new behind. */
function replaced<Thing extends { uniqueId: string }>(
  things: readonly Thing[],
  changed: readonly Thing[],
  gone: ReadonlySet<string>,
): Thing[] {
  if (changed.length === 0 && gone.size === 0) {
    return [...things];
  }
  const now = new Map(changed.map((thing) => [thing.uniqueId, thing]));
  const result: Thing[] = [];
  for (const thing of things) {
    const { uniqueId } = thing;
    if (!gone.has(uniqueId)) {
      result.push(now.get(uniqueId) ?? thing);
    }
    now.delete(uniqueId);
  }
  result.push(...now.values());
  return result;
}

async function unpacked(packed: string): Promise<PackedIndex> {
  const binary = atob(packed);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index++) {
    bytes[index] = binary.charCodeAt(index);
  }
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return (await new Response(stream).json()) as PackedIndex;
}

/** Written out, because copies of objects with spreads take several times as long for each of tens of thousands. */
function laidOut(node: PackedNode, prefixes: readonly string[]): IndexNode {
  const { relation, columns } = node;
  return {
    uniqueId: node.uniqueId,
    name: node.name,
    resourceType: node.resourceType,
    packageName: node.packageName,
    path: node.path,
    patchPath: node.patchPath ?? null,
    line: node.line === undefined ? 1 : node.line,
    relation:
      relation === undefined
        ? null
        : typeof relation === "string"
          ? relation
          : `${prefixes[relation[0]] ?? ""}${relation[1]}`,
    materialized: node.materialized ?? null,
    description: node.description ?? "",
    tags: node.tags ?? [],
    columns: columns?.map(([name, type, description]) => ({ name, type, description })) ?? [],
    dependsOn: node.dependsOn ?? [],
    sourceName: node.sourceName ?? null,
    version: node.version ?? null,
    owner: node.owner ?? null,
    freshness: node.freshness ?? null,
    checks: node.checks ?? null,
  };
}
