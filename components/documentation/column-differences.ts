import type { ColumnEntry } from "./schema-file";

/** A column as the warehouse has it. */
export interface WarehouseColumn {
  readonly name: string;
  readonly type: string;
}
/** What the YAML lacks, has too much, and calls by another type. */
export interface ColumnDifferences {
  readonly added: readonly WarehouseColumn[];
  readonly removed: readonly string[];
  readonly retyped: readonly { readonly name: string; readonly before: string; readonly after: string }[];
}

/** Compares what the YAML names with what the warehouse has; names differ by more than their case, types too. */
export function differences(
  documented: readonly Pick<ColumnEntry, "name" | "type">[],
  found: readonly WarehouseColumn[],
): ColumnDifferences {
  const known = new Map(documented.map((column) => [column.name.toLowerCase(), column]));
  const there = new Map(found.map((column) => [column.name.toLowerCase(), column]));
  // A warehouse that folds names to upper case reads them in any; people write them in lower case.
  const isFolded =
    found.every(({ name }) => name === name.toUpperCase()) && !documented.some(({ name }) => isUpper(name));
  const spelled = (name: string) => (isFolded ? name.toLowerCase() : name);
  return {
    added: found
      .filter((column) => !known.has(column.name.toLowerCase()))
      .map(({ name, type }) => ({ name: spelled(name), type })),
    removed: documented.filter((column) => !there.has(column.name.toLowerCase())).map((column) => column.name),
    retyped: documented.flatMap((column) => {
      const after = there.get(column.name.toLowerCase())?.type;
      const same = after === undefined || after.toLowerCase() === column.type.toLowerCase();
      return same ? [] : [{ name: column.name, before: column.type, after }];
    }),
  };
}

function isUpper(name: string): boolean {
  return name === name.toUpperCase() && name !== name.toLowerCase();
}
