"use client";
import { BookOpen, Pencil } from "lucide-react";
import { type ReactNode, Suspense, useState } from "react";
import { useStore } from "@/components/shell";
import { Badge, Button, EmptyState, Skeleton } from "@/components/ui";
import type { IndexNode } from "@/server/contract";
import type { EditorController } from "../model/controller";

function Links({
  controller,
  title,
  nodes,
}: {
  controller: EditorController;
  title: string;
  nodes: readonly IndexNode[];
}) {
  if (nodes.length === 0) {
    return null;
  }
  return (
    <section>
      <h3 className="mb-1 text-xs font-semibold text-muted">{title}</h3>
      <ul className="flex flex-wrap gap-1">
        {nodes.map((node) => (
          <li key={node.uniqueId}>
            <button
              type="button"
              className="rounded-[4px] border border-line bg-panel px-1.5 py-px text-accent hover:bg-hover"
              onClick={() =>
                controller.open(node.path, { preview: true, place: node.line ? { line: node.line } : null })
              }
            >
              {node.sourceName ? `${node.sourceName}.${node.name}` : node.name}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What the project says about the shown file's node: description, columns, what it depends on and what uses it. */
export function DocsPane(props: {
  controller: EditorController;
  path: string | null;
  /** The form that edits what the YAML says of a node; null where there is none. */
  editForm: ((node: IndexNode) => ReactNode) | null;
}) {
  const { controller, path, editForm } = props;
  const [editing, setEditing] = useState<string | null>(null);
  const lookup = useStore(controller.lookup);
  const nodes =
    path === null
      ? []
      : lookup.nodesIn(path).filter((node) => node.resourceType !== "test" && node.resourceType !== "unit_test");
  if (nodes.length === 0) {
    return (
      <EmptyState icon={<BookOpen />} title="Nothing to describe here">
        Open a model, a seed, a snapshot, or the YAML that defines sources.
      </EmptyState>
    );
  }
  return (
    <div className="h-full overflow-auto">
      {nodes.map((node) => (
        <article key={node.uniqueId} className="flex flex-col gap-3 border-b border-line p-3 last:border-0">
          <header>
            <div className="flex flex-wrap items-start gap-2">
              <h2 className="min-w-0 flex-1 basis-36 text-[15px] font-semibold break-words">
                {node.sourceName ? `${node.sourceName}.${node.name}` : node.name}
              </h2>
              {editForm?.(node) && (
                <Button
                  size="small"
                  aria-pressed={editing === node.uniqueId}
                  onClick={() => setEditing(editing === node.uniqueId ? null : node.uniqueId)}
                >
                  {editing === node.uniqueId ? (
                    "Done"
                  ) : (
                    <>
                      <Pencil aria-hidden className="size-3.5" /> Edit documentation
                    </>
                  )}
                </Button>
              )}
            </div>
            <p className="mt-1 flex flex-wrap gap-1">
              <Badge>{node.resourceType}</Badge>
              {node.materialized && <Badge tone="accent">{node.materialized}</Badge>}
              {node.tags.map((tag) => (
                <Badge key={tag}>{tag}</Badge>
              ))}
            </p>
            {node.relation && <p className="mt-1 font-mono text-xs break-all text-muted">{node.relation}</p>}
          </header>
          {editing === node.uniqueId && editForm ? (
            <Suspense fallback={<Skeleton lines={6} label="Opening the form" />}>{editForm(node)}</Suspense>
          ) : (
            <Description controller={controller} node={node} />
          )}
        </article>
      ))}
    </div>
  );
}

function Description({ controller, node }: { controller: EditorController; node: IndexNode }) {
  const lookup = useStore(controller.lookup);
  return (
    <>
      <p className={node.description ? "whitespace-pre-wrap" : "text-muted"}>
        {node.description || "It has no description yet."}
      </p>
      <Links controller={controller} title="Depends on" nodes={node.dependsOn.flatMap((id) => lookup.node(id) ?? [])} />
      <Links
        controller={controller}
        title="Used by"
        nodes={lookup
          .usedBy(node.uniqueId)
          .filter((user) => user.resourceType !== "test" && user.resourceType !== "unit_test")}
      />
      {node.columns.length > 0 && (
        <table className="w-full border-collapse text-left">
          <caption className="mb-1 text-left text-xs font-semibold text-muted">Columns ({node.columns.length})</caption>
          <thead className="text-xs text-muted">
            <tr className="border-b border-line">
              <th scope="col" className="py-1 pr-3 font-medium">
                Name
              </th>
              <th scope="col" className="py-1 pr-3 font-medium">
                Type
              </th>
              <th scope="col" className="py-1 font-medium">
                Description
              </th>
            </tr>
          </thead>
          <tbody>
            {node.columns.map((column) => (
              <tr key={column.name} className="border-b border-line align-top last:border-0">
                <td className="py-1 pr-3 font-mono text-xs">{column.name}</td>
                <td className="py-1 pr-3 font-mono text-xs text-muted">{column.type ?? ""}</td>
                <td className="py-1 text-muted">{column.description}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
