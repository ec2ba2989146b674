/** A table or view of the warehouse. */
export interface Relation {
  readonly database: string | null;
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
}
export interface CatalogColumn {
  readonly name: string;
  readonly type: string;
}
/** Columns of a relation: being read, read, or why they could not be. */
export type Columns = "loading" | readonly CatalogColumn[] | { readonly failed: string };

/** One line of the tree. `key` is unique; `level` counts from 1. */
export type CatalogRow = {
  readonly key: string;
  readonly level: number;
} & (
  | { readonly kind: "database" | "schema"; readonly name: string; readonly count: number; readonly open: boolean }
  | { readonly kind: "relation"; readonly relation: Relation; readonly open: boolean }
  | { readonly kind: "column"; readonly relation: Relation; readonly column: CatalogColumn }
  | { readonly kind: "note"; readonly text: string; readonly failed: boolean }
);

const separator = "\u001f";

export function keyOfRelation({ database, schema, name }: Relation): string {
  return [database ?? "", schema, name].join(separator);
}

export interface TreeOptions {
  /** Keys of what is unfolded. While something is filtered, databases and schemas are unfolded. */
  readonly open: ReadonlySet<string>;
  readonly filter: string;
  readonly columns: ReadonlyMap<string, Columns>;
}

/** The lines to show. Relations come sorted by database, schema and name. Every word of the filter must be in the full name. */
export function catalogRows(relations: readonly Relation[], { open, filter, columns }: TreeOptions): CatalogRow[] {
  const words = filter
    .toLowerCase()
    .split(/[\s.]+/)
    .filter((word) => word !== "");
  const found =
    words.length === 0
      ? relations
      : relations.filter((relation) => {
          const name = `${relation.database ?? ""}.${relation.schema}.${relation.name}`.toLowerCase();
          return words.every((word) => name.includes(word));
        });
  const rows: CatalogRow[] = [];
  for (const [database, ofDatabase] of grouped(found, (relation) => relation.database ?? "")) {
    const isOpen = words.length > 0 || open.has(database);
    rows.push({ kind: "database", key: database, level: 1, name: database, count: ofDatabase.length, open: isOpen });
    if (!isOpen) continue;
    for (const [schema, ofSchema] of grouped(ofDatabase, (relation) => relation.schema)) {
      const key = `${database}${separator}${schema}`;
      const schemaOpen = words.length > 0 || open.has(key);
      rows.push({ kind: "schema", key, level: 2, name: schema, count: ofSchema.length, open: schemaOpen });
      if (schemaOpen) for (const relation of ofSchema) pushRelation(rows, relation, { open, columns });
    }
  }
  return rows;
}

function pushRelation(
  rows: CatalogRow[],
  relation: Relation,
  { open, columns }: Pick<TreeOptions, "open" | "columns">,
): void {
  const key = keyOfRelation(relation);
  const isOpen = open.has(key);
  rows.push({ kind: "relation", key, level: 3, relation, open: isOpen });
  if (!isOpen) return;
  const known = columns.get(key);
  const note = (text: string, failed = false) =>
    rows.push({ kind: "note", key: `${key}${separator}`, level: 4, text, failed });
  if (known === undefined || known === "loading") note("Reading columns…");
  else if ("failed" in known) note(known.failed, true);
  else if (known.length === 0) note("No columns");
  else {
    for (const column of known) {
      rows.push({ kind: "column", key: `${key}${separator}${column.name}`, level: 4, relation, column });
    }
  }
}

/** Groups of neighbours, by name. */
function grouped(relations: readonly Relation[], nameOf: (relation: Relation) => string): Map<string, Relation[]> {
  const groups = new Map<string, Relation[]>();
  for (const relation of relations) {
    const group = groups.get(nameOf(relation));
    if (group) group.push(relation);
    else groups.set(nameOf(relation), [relation]);
  }
  return groups;
}
