"use client";
import { FileMinus2, FilePen, FilePlus2 } from "lucide-react";
import { useState } from "react";
import { Button, Checkbox } from "@/components/ui";
import type { Plan, PlannedEdit, PlannedFile } from "./plan";

/** A change with the line it is in, before and after. */
interface ShownEdit {
  readonly edit: PlannedEdit;
  readonly line: number;
  readonly before: { readonly start: string; readonly changed: string; readonly end: string };
}

const context = 90;
/** Further changes of a file are drawn when the person asks for them. */
const mostShown = 200;

function shownEdit(text: string, edit: PlannedEdit): ShownEdit {
  const lineStart = text.lastIndexOf("\n", edit.start - 1) + 1;
  const lineEnd = text.indexOf("\n", edit.end);
  const start = text.slice(Math.max(lineStart, edit.start - context), edit.start).trimStart();
  const end = text.slice(edit.end, Math.min(lineEnd < 0 ? text.length : lineEnd, edit.end + context));
  return {
    edit,
    line: text.slice(0, edit.start).split("\n").length,
    before: { start, changed: text.slice(edit.start, edit.end), end },
  };
}

function short(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.length > 6 ? [...lines.slice(0, 6), `… ${lines.length - 6} more lines`].join("\n") : lines.join("\n");
}

/** Every change of a plan by file, each with a check box. */
export function PlanPreview({
  plan,
  isChosen,
  onChoose,
}: {
  plan: Plan;
  isChosen: (edit: PlannedEdit) => boolean;
  onChoose: (edits: readonly PlannedEdit[], chosen: boolean) => void;
}) {
  const [whole, setWhole] = useState<ReadonlySet<string>>(new Set());
  const byPath = new Map<string, PlannedEdit[]>();
  for (const edit of plan.edits) {
    byPath.set(edit.path, [...(byPath.get(edit.path) ?? []), edit]);
  }
  if (plan.edits.length === 0 && plan.files.length === 0) {
    return <p className="text-muted">Nothing would change.</p>;
  }
  return (
    <section aria-label="Changes" className="flex flex-col gap-3">
      {plan.files.map((file) => (
        <FileChange key={`${file.kind} ${file.path}`} file={file} />
      ))}
      {[...byPath].map(([path, edits]) => {
        const chosen = edits.filter(isChosen).length;
        const text = plan.texts.get(path)?.text ?? "";
        return (
          <div key={path} className="rounded-[4px] border border-line">
            <h3 className="flex items-center gap-2 border-b border-line bg-panel px-2 py-1 font-mono text-xs">
              <Checkbox
                label={`All changes in ${path}`}
                checked={chosen === edits.length}
                indeterminate={chosen > 0 && chosen < edits.length}
                onCheckedChange={(to) => onChoose(edits, to)}
              />
              {path}
              <span className="ml-auto font-sans text-muted">
                {chosen} of {edits.length}
              </span>
            </h3>
            <ul className="py-1">
              {(whole.has(path) ? edits : edits.slice(0, mostShown)).map((edit) => (
                <EditLine
                  key={`${edit.start} ${edit.end}`}
                  shown={shownEdit(text, edit)}
                  chosen={isChosen(edit)}
                  onChoose={(to) => onChoose([edit], to)}
                />
              ))}
            </ul>
            {edits.length > mostShown && !whole.has(path) && (
              <div className="border-t border-line px-2 py-1">
                <Button size="small" variant="ghost" onClick={() => setWhole((shown) => new Set([...shown, path]))}>
                  Show {(edits.length - mostShown).toLocaleString()} more changes in {path}
                </Button>
              </div>
            )}
          </div>
        );
      })}
    </section>
  );
}

function EditLine({
  shown: { edit, line, before },
  chosen,
  onChoose,
}: {
  shown: ShownEdit;
  chosen: boolean;
  onChoose: (chosen: boolean) => void;
}) {
  return (
    <li className="flex items-start gap-2 px-2 py-0.5">
      <span className="pt-0.5">
        <Checkbox label={`Line ${line}: ${edit.text.trim() || "remove"}`} checked={chosen} onCheckedChange={onChoose} />
      </span>
      <span className="w-8 shrink-0 pt-0.5 text-right font-mono text-xs text-muted">{line}</span>
      <span className="min-w-0 flex-1">
        <code className="block text-xs break-words whitespace-pre-wrap">
          {before.start}
          {before.changed && <del className="rounded-[2px] bg-danger-soft">{short(before.changed)}</del>}
          {edit.text && <ins className="rounded-[2px] bg-success-soft no-underline">{short(edit.text)}</ins>}
          {before.end}
        </code>
        {edit.note && <span className="block text-xs break-words text-muted">{edit.note}</span>}
      </span>
    </li>
  );
}

function FileChange({ file }: { file: PlannedFile }) {
  const icons = { create: <FilePlus2 />, rename: <FilePen />, remove: <FileMinus2 /> };
  return (
    <div className="rounded-[4px] border border-line">
      <h3 className="flex items-center gap-2 bg-panel px-2 py-1 font-mono text-xs [&_svg]:size-3.5">
        <span aria-hidden>{icons[file.kind]}</span>
        {file.kind === "create" && `New file ${file.path}`}
        {file.kind === "rename" && `${file.path} → ${file.newPath}`}
        {file.kind === "remove" && `Delete ${file.path}`}
      </h3>
      {file.kind === "create" && (
        <pre className="max-h-48 overflow-auto border-t border-line px-2 py-1 font-mono text-xs">{file.text}</pre>
      )}
    </div>
  );
}
