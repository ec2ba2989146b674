import type { IndexMacro, IndexNode, IndexParts, ProjectIndex } from "@/server/contract";

/** The shared part as it is packed: nodes without what is usual, columns as tuples, relations as [prefix, rest]. */
interface PackedIndex extends Omit<ProjectIndex, "nodes"> {
  readonly nodes: readonly PackedNode[];
  readonly defaults: Partial<IndexNode>;
  readonly prefixes: readonly string[];
}
interface PackedNode extends Omit<Partial<IndexNode>, "columns" | "relation"> {
  readonly uniqueId: string;
  readonly relation?: string | readonly [prefix: number, rest: string];
  readonly columns?: readonly (readonly [name: string, type: string | null, description: string])[];
}

/**
 * Puts the project index together from what everyone at a commit shares, which is fetched and unpacked once, and what is
 * this person's. Call `ask` with the key that is at hand.
 */
export class IndexAssembler {
  private key: string | null = null;
  private packed: PackedIndex | null = null;

  async index(ask: (known: string | null) => Promise<IndexParts>): Promise<ProjectIndex> {
    let parts = await ask(this.key);
    if (parts.base?.packed === null && parts.base.key !== this.key) {
      // Another answer came in between.
      parts = await ask(null);
    }
    if (parts.whole !== null) {
      return parts.whole;
    }
    if (parts.base === null || parts.changes === null) {
      throw new Error("The project index came without its parts.");
    }
    if (parts.base.packed !== null) {
      this.packed = await unpacked(parts.base.packed);
      this.key = parts.base.key;
    }
    if (this.packed === null) {
      throw new Error("The project index came without its shared part.");
    }
    return assembled(this.packed, parts, parts.changes);
  }
}

async function unpacked(packed: string): Promise<PackedIndex> {
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return (await new Response(stream).json()) as PackedIndex;
}

function assembled(
  packed: PackedIndex,
  { prefixes, version }: IndexParts,
  changes: NonNullable<IndexParts["changes"]>,
): ProjectIndex {
  const nodes = new Map<string, IndexNode>();
  for (const node of packed.nodes) {
    nodes.set(node.uniqueId, whole(node, packed.defaults, prefixes));
  }
  const macros = new Map<string, IndexMacro>(packed.macros.map((macro) => [macro.uniqueId, macro]));
  for (const uniqueId of changes.gone) {
    nodes.delete(uniqueId);
    macros.delete(uniqueId);
  }
  for (const node of changes.nodes) {
    nodes.set(node.uniqueId, node);
  }
  for (const macro of changes.macros) {
    macros.set(macro.uniqueId, macro);
  }
  const { projectName, adapter, vars } = packed;
  const docs = changes.docs ?? packed.docs;
  return { projectName, adapter, vars, version, docs, nodes: [...nodes.values()], macros: [...macros.values()] };
}

function whole(node: PackedNode, defaults: Partial<IndexNode>, prefixes: readonly string[]): IndexNode {
  const { relation, columns } = node;
  return {
    ...defaults,
    ...node,
    relation: Array.isArray(relation) ? `${prefixes[relation[0]] ?? ""}${relation[1]}` : (relation ?? null),
    columns: (columns ?? []).map(([name, type, description]) => ({ name, type, description })),
  } as IndexNode;
}
