import type { WarehouseColumn } from "@/components/documentation";
import { readRows } from "@/components/results";
import type { IndexNode } from "@/server/contract";

/**
 * Asks the warehouse for the columns of a node: of a model as its SQL is now, of anything else as it is built. It is a preview of
 * one row, under the same policy, and that row is dropped unread.
 * @throws an ErrorBody when it is refused or fails
 */
export async function warehouseColumns(
  place: { workspaceId: string; environmentId: string },
  node: IndexNode,
): Promise<readonly WarehouseColumn[]> {
  const isModel = node.resourceType === "model";
  const { columns } = await readRows({
    ...place,
    path: isModel ? node.path : null,
    text: null,
    sql: null,
    what: isModel ? null : { kind: "relation", uniqueId: node.uniqueId },
    rows: 1,
  });
  return columns;
}
