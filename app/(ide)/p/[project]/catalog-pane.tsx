import { type CatalogActions, type CatalogStore, CatalogView, type Relation } from "@/components/catalog";
import type { EditorController } from "@/components/editor";
import { useStore } from "@/components/shell";

export interface CatalogPaneProps {
  catalog: CatalogStore;
  controller: EditorController;
  environmentId: string | null;
  /** The adapter of the session, once it is known. */
  adapter: string | null;
  /** What previews can show of a relation. */
  rows: Pick<CatalogActions, "preview" | "profile">;
}

/** The data explorer beside the editor: names go into the text, and relations that the project knows are named by its own calls. */
export function CatalogPane({ catalog, controller, environmentId, adapter, rows }: CatalogPaneProps) {
  const lookup = useStore(controller.lookup);
  function known({ database, schema, name }: Relation) {
    const parts = [database, schema, name].filter((part) => part !== null && part !== "");
    const node = lookup.relation(parts.join("."));
    if (node === null) {
      return null;
    }
    const place = node.line === null ? {} : { place: { line: node.line } };
    return {
      kind: node.resourceType,
      jinja: lookup.call(node, controller.activePath() ?? ""),
      open: () => controller.open(node.path, place),
    };
  }
  return (
    <CatalogView
      catalog={catalog}
      environmentId={environmentId}
      quote={/bigquery|databricks|spark/.test(adapter ?? "") ? "`" : '"'}
      actions={{ ...rows, known, insert: (text) => controller.port?.insert(text) ?? false }}
    />
  );
}
