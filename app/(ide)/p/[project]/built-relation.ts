import type { PreviewRequest } from "@/components/results";
import type { IndexNode } from "@/server/contract";

const buildable = new Set(["model", "seed", "snapshot"]);

/**
 * The preview of a model's relation as it was last built, to compare the model's own rows with. Null for what has no relation: SQL
 * without a file, a part or a measure of a file, an ephemeral model.
 */
export function builtRelationOf(request: PreviewRequest, nodes: readonly IndexNode[]): PreviewRequest | null {
  const whole = request.sql === null && (request.what === null || request.what.kind === "statement");
  const node = whole
    ? nodes.find(
        ({ path, resourceType, materialized }) =>
          path === request.path && buildable.has(resourceType) && materialized !== "ephemeral",
      )
    : undefined;
  if (node === undefined) {
    return null;
  }
  return {
    ...request,
    text: null,
    what: { kind: "relation", uniqueId: node.uniqueId },
    subject: `${node.name} as built`,
  };
}
