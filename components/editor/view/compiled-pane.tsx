"use client";
import { Check, CircleAlert, Copy, FileCode2 } from "lucide-react";
import { useState } from "react";
import { useStore } from "@/components/shell";
import { Badge, Button, classNames, EmptyState, Spinner, toast } from "@/components/ui";
import type { EditorController } from "../model/controller";
import { CodeViewer } from "./diff-viewer";

/** Compiled SQL of the shown file, from its unsaved text, as it is typed. A broken file keeps its last good SQL, greyed. */
export function CompiledPane({ controller, path }: { controller: EditorController; path: string | null }) {
  const compiled = useStore(controller.compiler.store, (all) => (path === null ? undefined : all.get(path)));
  const lookup = useStore(controller.lookup);
  const [copied, setCopied] = useState(false);
  const sql = compiled?.sql ?? compiled?.lastGoodSql ?? null;
  // The text editor of the SQL stays while the next file compiles: making one anew takes longer than that.
  const [viewer, setViewer] = useState(false);
  if (sql !== null && !viewer) {
    setViewer(true);
  }
  if (path === null || !controller.isCompiled(path)) {
    const isMacro = path !== null && lookup.isMacroFile(path);
    return (
      <EmptyState icon={<FileCode2 />} title="No compiled SQL for this file">
        {isMacro
          ? "A macro compiles as part of the models that use it. Open one of them."
          : "Open a model, a test, an analysis or a snapshot to see its SQL."}
      </EmptyState>
    );
  }
  async function copy(text: string) {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => setCopied(false), 1500);
    } catch (error) {
      toast.error("The SQL was not copied", {
        description: error instanceof Error ? error.message : "The browser refused.",
      });
    }
  }
  return (
    <div className="flex h-full flex-col">
      <div className="flex h-8 shrink-0 items-center gap-2 border-b border-line px-2 text-xs text-muted">
        <span className="flex min-w-0 flex-1 items-center gap-2 truncate" aria-live="polite">
          {compiled?.error ? (
            <Badge tone="danger">Does not compile</Badge>
          ) : sql === null ? (
            <>
              <Spinner className="size-3.5" /> Compiling
            </>
          ) : (
            <span>Up to date{compiled?.milliseconds != null && ` · ${Math.round(compiled.milliseconds)} ms`}</span>
          )}
          {compiled?.stale && <Badge tone="warning">Project is being parsed again</Badge>}
          {compiled?.introspective && <Badge>Asked the warehouse</Badge>}
        </span>
        <Button size="small" variant="ghost" disabled={sql === null} onClick={() => sql !== null && void copy(sql)}>
          {copied ? <Check className="size-3.5" /> : <Copy className="size-3.5" />}
          {copied ? "Copied" : "Copy"}
        </Button>
      </div>
      {compiled?.error && (
        <div role="alert" className="max-h-[45%] shrink-0 overflow-auto border-b border-line bg-danger-soft px-3 py-2">
          <p className="flex gap-2">
            <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-danger" />
            <span className="min-w-0 flex-1 font-mono text-xs whitespace-pre-wrap break-words">
              {compiled.error.message}
            </span>
          </p>
          {compiled.error.hint && <p className="mt-1 pl-6 text-muted">{compiled.error.hint}</p>}
          <div className="mt-1 flex flex-wrap items-center gap-x-3 pl-6 text-xs text-muted">
            {compiled.error.location && (
              <button
                type="button"
                className="max-w-full text-left break-words text-accent underline-offset-2 hover:underline"
                onClick={() =>
                  compiled.error?.location &&
                  controller.open(compiled.error.location.path, { place: compiled.error.location })
                }
              >
                {compiled.error.location.path}, line {compiled.error.location.line}
              </button>
            )}
            {sql !== null && <span>Below is the last SQL that compiled.</span>}
          </div>
        </div>
      )}
      <div className="min-h-0 flex-1" data-testid="compiled-sql" data-stale={compiled?.error ? "true" : "false"}>
        {sql === null && compiled?.error ? (
          <EmptyState title="Nothing has compiled yet">The SQL appears here once the error above is mended.</EmptyState>
        ) : (
          viewer && (
            <div className={classNames("h-full", sql === null && "invisible")}>
              <CodeViewer
                language="dbt-sql"
                text={sql ?? ""}
                label={`Compiled SQL of ${path}`}
                dimmed={compiled?.error != null}
              />
            </div>
          )
        )}
      </div>
    </div>
  );
}
