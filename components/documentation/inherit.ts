import type { IndexNode } from "@/server/contract";
import { readEntry } from "./schema-file";
import { YamlEditError } from "./yaml-edit";

/** A description that an upstream column of the same name has; `column` is null for that of the node itself. */
export interface Inherited {
  readonly column: string | null;
  /** As dbt renders it. */
  readonly description: string;
  /** As it is written here: the upstream's own text where that calls `doc()`, so that the block stays the one place of it. */
  readonly written: string;
  /** Whose it is. */
  readonly from: string;
  readonly upstream: IndexNode;
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
        found.push({ column, description, written: description, ...nameOf(parent) });
      }
    }
    generation = parents.flatMap((parent) => parent.dependsOn);
  }
  return found;
}

/**
 * The description of the nearest described node above, through nodes that have one parent only: what several are joined
 * into is something else. Null where there is none.
 */
export function inheritedDescription(node: IndexNode, find: (uniqueId: string) => IndexNode | null): Inherited | null {
  const seen = new Set([node.uniqueId]);
  for (let below = node; ; ) {
    const [only, ...others] = new Set(below.dependsOn);
    const parent = only === undefined || others.length > 0 || seen.has(only) ? null : find(only);
    if (parent === null) return null;
    const { description } = parent;
    if (description !== "") return { column: null, description, written: description, ...nameOf(parent) };
    seen.add(parent.uniqueId);
    below = parent;
  }
}

/**
 * What was found, with `written` as the upstreams' YAML has it where that calls `doc()`: dbt's own index knows the rendered
 * text alone. `read` gives the text of a file, null where there is none. What cannot be found in the YAML stays as rendered.
 */
export async function withDocCalls(
  found: readonly Inherited[],
  read: (path: string) => Promise<string | null>,
): Promise<Inherited[]> {
  const texts = new Map<string, Promise<string | null>>();
  return Promise.all(
    found.map(async (one) => {
      const path = one.upstream.resourceType === "source" ? one.upstream.path : one.upstream.patchPath;
      if (path === null) return one;
      const reading = texts.get(path) ?? read(path);
      texts.set(path, reading);
      const said = writtenIn((await reading) ?? "", one);
      return /\{\{-?\s*doc\s*\(/.test(said) ? { ...one, written: said } : one;
    }),
  );
}

function writtenIn(text: string, { upstream, column }: Inherited): string {
  try {
    const entry = readEntry(text, upstream);
    const named = entry?.columns.find(({ name }) => name.toLowerCase() === column?.toLowerCase());
    return (column === null ? entry : named)?.description ?? "";
  } catch (error) {
    // A file that is being edited: what dbt read of it last is what there is.
    if (error instanceof YamlEditError) return "";
    throw error;
  }
}

function nameOf(upstream: IndexNode): Pick<Inherited, "from" | "upstream"> {
  const { name, sourceName } = upstream;
  return { from: sourceName ? `${sourceName}.${name}` : name, upstream };
}
