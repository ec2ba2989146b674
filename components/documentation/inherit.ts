import type { IndexNode } from "@/server/contract";

/** A description that an upstream column of the same name has. */
export interface Inherited {
  readonly column: string;
  readonly description: string;
  /** Whose it is. */
  readonly from: string;
}

/**
 * For each of `columns`, the description of the nearest upstream column of that name that has one: the node's own parents
 * first, then theirs. Columns that nobody upstream describes are left out.
 */
export function inheritedDescriptions(
  node: IndexNode,
  columns: readonly string[],
  find: (uniqueId: string) => IndexNode | null,
): Inherited[] {
  const missing = new Map(columns.map((name) => [name.toLowerCase(), name]));
  const found: Inherited[] = [];
  const seen = new Set([node.uniqueId]);
  let generation = node.dependsOn;
  while (generation.length > 0 && missing.size > 0) {
    const parents = [...new Set(generation)].filter((id) => !seen.has(id)).flatMap((id) => find(id) ?? []);
    for (const parent of parents) {
      seen.add(parent.uniqueId);
      for (const { name, description } of parent.columns) {
        const column = missing.get(name.toLowerCase());
        if (column === undefined || description === "") continue;
        missing.delete(name.toLowerCase());
        found.push({
          column,
          description,
          from: parent.sourceName ? `${parent.sourceName}.${parent.name}` : parent.name,
        });
      }
    }
    generation = parents.flatMap((parent) => parent.dependsOn);
  }
  return found;
}
