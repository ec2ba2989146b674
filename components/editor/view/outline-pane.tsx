"use client";
import { Braces, Columns3, Hash, ListTree, Table2, TableProperties, Workflow } from "lucide-react";
import { type ReactNode, useEffect, useMemo, useState } from "react";
import { useStore } from "@/components/shell";
import { classNames, EmptyState } from "@/components/ui";
import { languageOf } from "../language/language-of";
import { type OutlineItem, outlineOf, partsAt } from "../language/outline";
import type { EditorController } from "../model/controller";
import { Pause } from "../model/pause";

/** The text of an open file once typing has paused; a file that was just opened has its text at once. */
function useSettledText(controller: EditorController, path: string | null): string | null {
  const [settled, setSettled] = useState<{ path: string | null; text: string | null }>({ path: null, text: null });
  useEffect(() => {
    const read = () => (path === null ? null : (controller.buffers.get(path)?.text ?? null));
    let shown = read();
    const show = () => {
      shown = read();
      setSettled({ path, text: shown });
    };
    const pause = new Pause(show);
    const stop = controller.buffers.store.subscribe(() => {
      if (read() === shown) {
        pause.stop();
      } else if (shown === null) {
        show();
      } else {
        pause.await();
      }
    });
    show();
    return () => {
      stop();
      pause.stop();
    };
  }, [controller, path]);
  return settled.path === path ? settled.text : null;
}

/** The named parts of the open file, and those that the cursor is in. Typing does not wait for either. */
export function useOutline(
  controller: EditorController,
  path: string | null,
): { items: readonly OutlineItem[]; here: readonly OutlineItem[] } {
  const settled = useSettledText(controller, path);
  const line = useStore(controller.cursor, (cursor) => (cursor && cursor.path === path ? cursor.line : null));
  const items = useMemo(
    () => (path === null || settled === null ? [] : outlineOf(languageOf(path), settled)),
    [path, settled],
  );
  const here = useMemo(() => (line === null ? [] : partsAt(items, line)), [items, line]);
  return { items, here };
}

const icons: Record<OutlineItem["kind"], ReactNode> = {
  cte: <Table2 />,
  select: <TableProperties />,
  block: <Braces />,
  macro: <Workflow />,
  heading: <Hash />,
  key: <ListTree />,
  column: <Columns3 />,
};

/** The parts of the open file; choosing one puts the cursor there. */
export function OutlinePane({ controller, path }: { controller: EditorController; path: string | null }) {
  const { items, here } = useOutline(controller, path);
  if (path === null || items.length === 0) {
    return (
      <EmptyState icon={<ListTree />} title={path === null ? "No file is open" : "Nothing to list here"}>
        CTEs, columns, Jinja blocks, macros and the entries of YAML files appear here.
      </EmptyState>
    );
  }
  return (
    <nav aria-label="Outline" className="h-full overflow-auto py-1">
      <Items controller={controller} path={path} items={items} here={here} depth={0} />
    </nav>
  );
}

function Items({
  controller,
  path,
  items,
  here,
  depth,
}: {
  controller: EditorController;
  path: string;
  items: readonly OutlineItem[];
  here: readonly OutlineItem[];
  depth: number;
}) {
  return (
    <ul>
      {items.map((item) => {
        const current = here.at(-1) === item;
        return (
          <li key={`${item.kind} ${item.line} ${item.name}`}>
            <button
              type="button"
              aria-current={current ? "location" : undefined}
              style={{ paddingLeft: 10 + depth * 14 }}
              className={classNames(
                "flex h-row w-full items-center gap-1.5 pr-2 text-left hover:bg-hover [&_svg]:size-3.5 [&_svg]:shrink-0 [&_svg]:text-faint",
                current && "bg-selected",
              )}
              onClick={() => controller.open(path, { place: { line: item.line } })}
            >
              {icons[item.kind]}
              <span className="truncate">{item.name}</span>
              {item.detail && <span className="truncate text-xs text-faint">{item.detail}</span>}
              <span className="ml-auto text-xs text-faint">{item.line}</span>
            </button>
            {item.children.length > 0 && (
              <Items controller={controller} path={path} items={item.children} here={here} depth={depth + 1} />
            )}
          </li>
        );
      })}
    </ul>
  );
}
