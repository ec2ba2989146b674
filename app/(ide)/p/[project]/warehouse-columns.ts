import { toErrorBody } from "@/components/api";
import type { WarehouseColumn } from "@/components/documentation";
import { FrameReader } from "@/components/results";
import { errorBodySchema, type IndexNode, type PreviewInput, rowsMessageSchema } from "@/server/contract";

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
