import type { CatalogColumn, Relation } from "./tree";

/** A plain YAML text, quoted where it would mean something else. */
function yaml(text: string): string {
  const plain =
    /^[A-Za-z_][\w $-]*$/.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text) && !/\s$/.test(text);
  return plain ? text : JSON.stringify(text);
}

/** A `sources:` entry of a relation, with its columns where they are known. */
export function sourceYaml({ database, schema, name }: Relation, columns: readonly CatalogColumn[]): string {
  return [
    "sources:",
    `  - name: ${yaml(schema)}`,
    ...(database === null || database === "" ? [] : [`    database: ${yaml(database)}`]),
    `    schema: ${yaml(schema)}`,
    "    tables:",
    `      - name: ${yaml(name)}`,
    ...(columns.length === 0 ? [] : ["        columns:"]),
    ...columns.flatMap((column) => [
      `          - name: ${yaml(column.name)}`,
      `            data_type: ${yaml(column.type)}`,
    ]),
    "",
  ].join("\n");
}

/** The Jinja that refers to a relation as a source of its schema's name. */
export function sourceJinja({ schema, name }: Relation): string {
  const text = (value: string) => (value.includes("'") ? JSON.stringify(value) : `'${value}'`);
  return `{{ source(${text(schema)}, ${text(name)}) }}`;
}

/** The name as SQL reads it, with quotes where it needs them. */
export function sqlName({ database, schema, name }: Relation, quote: '"' | "`"): string {
  return [database, schema, name]
    .filter((part) => part !== null && part !== "")
    .map((part) => sqlIdentifier(part ?? "", quote))
    .join(".");
}

export function sqlIdentifier(name: string, quote: '"' | "`"): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `${quote}${name.replaceAll(quote, quote + quote)}${quote}`;
}
