"use client";
import { BookOpen, ChevronRight, Eye, FileText, PanelRight, Play, Save, Sheet } from "lucide-react";
import { keysOf, useStore } from "@/components/shell";
import { Button, IconButton } from "@/components/ui";
import { isDirty } from "../model/buffers";
import type { EditorController } from "../model/controller";
import { otherViewOf } from "../model/file-views";
import { useOutline } from "./outline-pane";

export interface BreadcrumbsProps {
  controller: EditorController;
  path: string;
  readOnly: boolean;
  canPreview: boolean;
  /** Only the group with the focus has buttons. */
  focused: boolean;
  onPreview: () => void;
  onShowCompiled: () => void;
  onToggleSidePane: () => void;
}

/** Where the cursor is: folders, file and the parts of the file; and what can be done with the file. */
export function Breadcrumbs({ controller, path, readOnly, canPreview, focused, ...act }: BreadcrumbsProps) {
  const dirty = useStore(controller.buffers.store, (buffers) => {
    const buffer = buffers.get(path);
    return buffer !== undefined && isDirty(buffer);
  });
  const saving = useStore(controller.buffers.store, (buffers) => buffers.get(path)?.saving ?? false);
  const { items, here } = useOutline(controller, path);
  // The only part of a file says nothing about where in it one is.
  const inside = items.length === 1 && items[0]?.kind === "select" ? here.slice(1) : here;
  const parts = path.split("/");
  const compiled = controller.isCompiled(path);
  return (
    <div className="flex h-8 shrink-0 items-center gap-1 border-b border-line px-3 text-xs text-muted">
      <nav aria-label="Path" className="flex min-w-0 flex-1 items-center gap-0.5 overflow-hidden whitespace-nowrap">
        {parts.map((part, index) => (
          <span
            key={parts.slice(0, index + 1).join("/")}
            // Folders give way first: in a narrow group it is the file's name that tells where one is.
            className={`flex items-center gap-0.5 ${index === parts.length - 1 ? "min-w-0 shrink" : "min-w-0 shrink-[99]"}`}
          >
            {index > 0 && <ChevronRight aria-hidden className="size-3 shrink-0 text-faint" />}
            <span title={part} className={`truncate ${index === parts.length - 1 ? "text-ink" : ""}`}>
              {part}
            </span>
          </span>
        ))}
        {inside.map((item) => (
          <span key={`${item.line} ${item.name}`} className="flex min-w-0 items-center gap-0.5">
            <ChevronRight aria-hidden className="size-3 shrink-0 text-faint" />
            <button
              type="button"
              className="min-h-6 min-w-6 truncate rounded-[3px] px-0.5 hover:bg-hover hover:text-ink"
              onClick={() => controller.open(path, { place: { line: item.line } })}
            >
              {item.name}
            </button>
          </span>
        ))}
        {readOnly && <span className="ml-2">Read only</span>}
      </nav>
      {focused && (
        <>
          {dirty && !readOnly && (
            <IconButton
              label="Save"
              keys={keysOf("save") ?? ""}
              icon={<Save />}
              disabled={saving}
              onClick={() => void controller.saveAsked(path)}
            />
          )}
          <ViewButton controller={controller} path={path} />
          {compiled && canPreview && (
            <Button size="small" variant="primary" onClick={act.onPreview} title={keysOf("preview")}>
              <Play aria-hidden className="size-3" />
              Preview
            </Button>
          )}
          {compiled && (
            <Button size="small" variant="ghost" title={keysOf("showCompiled")} onClick={act.onShowCompiled}>
              <Eye aria-hidden className="size-3.5" />
              Compiled
            </Button>
          )}
          <IconButton
            label="Toggle side pane"
            keys={keysOf("toggleSidePane") ?? ""}
            icon={<PanelRight />}
            onClick={act.onToggleSidePane}
          />
        </>
      )}
    </div>
  );
}

/** Switches between the text and the file's other view. */
function ViewButton({ controller, path }: { controller: EditorController; path: string }) {
  const shown = useStore(controller.views.store, (flipped) => controller.views.isOther(path, flipped));
  const view = otherViewOf(path);
  if (view === null) {
    return null;
  }
  const [icon, label] =
    view === "preview"
      ? [<BookOpen key="preview" aria-hidden className="size-3.5" />, shown ? "Hide preview" : "Show preview"]
      : shown
        ? [<FileText key="text" aria-hidden className="size-3.5" />, "Edit as text"]
        : [<Sheet key="table" aria-hidden className="size-3.5" />, "Edit as table"];
  return (
    <Button size="small" variant="ghost" onClick={() => controller.views.flip(path)}>
      {icon}
      {label}
    </Button>
  );
}
