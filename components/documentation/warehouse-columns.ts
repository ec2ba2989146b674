import { toErrorBody } from "@/components/api";
import { FrameReader } from "@/components/results";
import { errorBodySchema, type IndexNode, type PreviewInput, rowsMessageSchema } from "@/server/contract";
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

/**
 * Asks the warehouse for the columns of a node: of a model as its SQL is now, of anything else as it is built. It is a preview of
 * one row, under the same policy, and that row is dropped unread.
 * @throws an ErrorBody when it is refused or fails
 */
export async function warehouseColumns(
  place: { workspaceId: string; environmentId: string },
  node: IndexNode,
): Promise<WarehouseColumn[]> {
  const isModel = node.resourceType === "model";
  const input: PreviewInput = {
    ...place,
    path: isModel ? node.path : null,
    text: null,
    sql: null,
    what: isModel ? null : { kind: "relation", uniqueId: node.uniqueId },
    rows: 1,
    queryId: crypto.randomUUID(),
  };
  const response = await fetch("/api/preview", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(input),
  });
  if (!response.ok || response.body === null) throw errorBodySchema.parse(await response.json());
  const frames = new FrameReader();
  const reader = response.body.getReader();
  let columns: WarehouseColumn[] | null = null;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    for (const { kind, payload } of frames.push(part.value)) {
      if (kind !== "json") continue;
      const message = rowsMessageSchema.parse(JSON.parse(new TextDecoder().decode(payload)));
      if (message.type === "head") columns = message.columns;
      else if (message.error) throw message.error;
    }
  }
  if (columns === null) throw toErrorBody(new Error("The warehouse's answer was cut off."));
  return columns;
}

/** Compares what the YAML names with what the warehouse has; names differ by more than their case, types too. */
export function differences(
  documented: readonly Pick<ColumnEntry, "name" | "type">[],
  found: readonly WarehouseColumn[],
): ColumnDifferences {
  const known = new Map(documented.map((column) => [column.name.toLowerCase(), column]));
  const there = new Map(found.map((column) => [column.name.toLowerCase(), column]));
  return {
    added: found.filter((column) => !known.has(column.name.toLowerCase())),
    removed: documented.filter((column) => !there.has(column.name.toLowerCase())).map((column) => column.name),
    retyped: documented.flatMap((column) => {
      const after = there.get(column.name.toLowerCase())?.type;
      const same = after === undefined || after.toLowerCase() === column.type.toLowerCase();
      return same ? [] : [{ name: column.name, before: column.type, after }];
    }),
  };
}
