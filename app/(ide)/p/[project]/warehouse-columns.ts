import type { WarehouseColumn } from "@/components/documentation";
import { readRows } from "@/components/results";
import type { IndexNode } from "@/server/contract";

/**
 * Asks the warehouse for the columns of a node: of a model as its SQL is now (`textOf` has what is not saved of a path), of anything
 * else as it is built. It is a preview of one row, under the same policy, and that row is dropped unread.
 * @throws an ErrorBody when it is refused or fails
 */
export async function warehouseColumns(
  place: { workspaceId: string; environmentId: string },
  node: IndexNode,
  textOf: (path: string) => string | null = () => null,
): Promise<readonly WarehouseColumn[]> {
  const isModel = node.resourceType === "model";
  const { columns } = await readRows({
    ...place,
    path: isModel ? node.path : null,
    text: isModel ? textOf(node.path) : null,
    sql: null,
    what: isModel ? null : { kind: "relation", uniqueId: node.uniqueId },
    rows: 1,
  });
  return columns;
}
