/** A table or view of the warehouse. */
export interface Relation {
  readonly database: string | null;
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
}
/** A schema, whether it has relations or not. */
export type Schema = Pick<Relation, "database" | "schema">;
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

/** What is listed: relations, and the schemas, of which some may have none. Both come sorted by database, schema and name. */
export interface Listed {
  readonly relations: readonly Relation[];
  readonly schemas: readonly Schema[];
}

/** The lines to show. Every word of the filter must be in the full name. */
export function catalogRows({ relations, schemas }: Listed, { open, filter, columns }: TreeOptions): CatalogRow[] {
  const words = filter
    .toLowerCase()
    .split(/[\s.]+/)
    .filter((word) => word !== "");
  const filtered = words.length > 0;
  const isFound = (database: string | null, schema: string, name: string) => {
    const full = `${database ?? ""}.${schema}.${name}`.toLowerCase();
    return words.every((word) => full.includes(word));
  };
  const found = filtered
    ? relations.filter(({ database, schema, name }) => isFound(database, schema, name))
    : relations;
  const bare = filtered ? schemas.filter(({ database, schema }) => isFound(database, schema, "")) : schemas;
  const rows: CatalogRow[] = [];
  for (const [database, ofDatabase] of inSchemas(found, bare)) {
    const isOpen = filtered || open.has(database);
    const count = [...ofDatabase.values()].reduce((sum, { length }) => sum + length, 0);
    rows.push({ kind: "database", key: database, level: 1, name: database, count, open: isOpen });
    if (!isOpen) continue;
    for (const [schema, ofSchema] of ofDatabase) {
      const key = `${database}${separator}${schema}`;
      const schemaOpen = filtered || open.has(key);
      rows.push({ kind: "schema", key, level: 2, name: schema, count: ofSchema.length, open: schemaOpen });
      if (!schemaOpen) continue;
      for (const relation of ofSchema) pushRelation(rows, relation, { open, columns });
      if (ofSchema.length === 0)
        rows.push({ kind: "note", key: `${key}${separator}`, level: 3, text: "No relations", failed: false });
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

/** Relations by database and schema, in order, with an empty list for a schema that has none. */
function inSchemas(relations: readonly Relation[], schemas: readonly Schema[]): Map<string, Map<string, Relation[]>> {
  const databases = new Map<string, Map<string, Relation[]>>();
  const listOf = ({ database, schema }: Schema): Relation[] => {
    let ofDatabase = databases.get(database ?? "");
    if (ofDatabase === undefined) {
      ofDatabase = new Map();
      databases.set(database ?? "", ofDatabase);
    }
    let list = ofDatabase.get(schema);
    if (list === undefined) {
      list = [];
      ofDatabase.set(schema, list);
    }
    return list;
  };
  // Schemas first: their order is the order, also of those without relations.
  for (const schema of schemas) listOf(schema);
  for (const relation of relations) listOf(relation).push(relation);
  return databases;
}
