"use client";
import { Columns2, X } from "lucide-react";
import { type DragEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { afterPaint, keysOf, useStore } from "@/components/shell";
import { ContextMenu, classNames, IconButton, MenuItem, MenuSeparator } from "@/components/ui";
import { isDirty } from "../model/buffers";
import type { EditorController } from "../model/controller";
import { keepTab, moveTab, showTab, splitGroup, type Tab, type TabGroup, tabKey } from "../model/tabs";

const dragType = "application/x-millrace-tab";

/** The name of a tab: the file's, with its folder when two open files share it. */
export function tabTitle(tab: Tab, tabs: readonly Tab[]): { name: string; folder: string | null } {
  const parts = tab.path.split("/");
  const name = parts.at(-1) ?? tab.path;
  const twins = tabs.some((other) => other.path !== tab.path && other.path.split("/").at(-1) === name);
  return { name, folder: twins ? (parts.at(-2) ?? null) : null };
}

function nameOf(path: string): string {
  return path.split("/").at(-1) ?? path;
}

export interface TabBarProps {
  controller: EditorController;
  group: TabGroup;
  focused: boolean;
  /** Closes tabs after asking about unsaved text. */
  onClose: (tabs: readonly Tab[], groupId: number) => void;
}

/** The tabs of one group. Arrow keys walk, Delete closes, dragging reorders and moves between groups. */
export function TabBar({ controller, group, focused, onClose }: TabBarProps) {
  // One text for all of them: it changes when a file becomes unsaved or saved, and not with each key.
  const unsaved = useStore(controller.buffers.store, (buffers) =>
    [...buffers.values()]
      .filter(isDirty)
      .map(({ path }) => path)
      .join("\n"),
  ).split("\n");
  const [dropAt, setDropAt] = useState<number | null>(null);
  const update = controller.tabs.update.bind(controller.tabs);

  function onKeyDown(event: KeyboardEvent, index: number) {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      const next = group.tabs[(index + step + group.tabs.length) % group.tabs.length];
      const list = event.currentTarget.closest('[role="tablist"]');
      if (next) {
        update((state) => showTab(state, group.id, tabKey(next)));
        requestAnimationFrame(() => list?.querySelector<HTMLElement>('[role="tab"][aria-selected="true"]')?.focus());
      }
    } else if (event.key === "Delete") {
      const tab = group.tabs[index];
      if (tab) {
        onClose([tab], group.id);
      }
    }
  }

  function onDrop(event: DragEvent, index: number) {
    event.preventDefault();
    setDropAt(null);
    const [from, key] = event.dataTransfer.getData(dragType).split("|", 2);
    if (from && key) {
      update((state) => moveTab(state, key, { from: Number(from), to: group.id, index }));
    }
  }

  const list = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another active tab is to be seen.
  useEffect(() => {
    // Scrolling has the browser lay everything out, which it does for the text in a moment anyway.
    return afterPaint(() =>
      list.current
        ?.querySelector('[role="tab"][aria-selected="true"]')
        ?.scrollIntoView({ block: "nearest", inline: "nearest" }),
    );
  }, [group.active]);

  return (
    <div className="flex h-[34px] shrink-0 items-stretch border-b border-line bg-panel">
      <div
        ref={list}
        role="tablist"
        aria-label="Open files"
        className="flex min-w-0 flex-1 items-stretch overflow-x-auto [scrollbar-width:none]"
        onDragOver={(event) => event.dataTransfer.types.includes(dragType) && event.preventDefault()}
        onDrop={(event) => onDrop(event, group.tabs.length)}
      >
        {group.tabs.map((tab, index) => {
          const key = tabKey(tab);
          const selected = key === group.active;
          const dirty = tab.kind === "file" && unsaved.includes(tab.path);
          const { name, folder } = tabTitle(tab, group.tabs);
          const title = tab.against
            ? `${nameOf(tab.against)} ↔ ${name}`
            : tab.kind === "diff"
              ? `${name} (changes)`
              : name;
          return (
            <ContextMenu
              key={key}
              trigger={
                // biome-ignore lint/a11y/noStaticElementInteractions: dragging and the middle button are extras; the tab inside has keys for all of it.
                <div
                  className={classNames(
                    "group relative flex shrink-0 items-center border-r border-line",
                    selected ? "bg-canvas text-ink" : "text-muted hover:text-ink",
                    selected && focused && "after:absolute after:inset-x-0 after:top-0 after:h-0.5 after:bg-accent",
                    dropAt === index && "before:absolute before:inset-y-0 before:left-0 before:w-0.5 before:bg-accent",
                  )}
                  draggable
                  onDragStart={(event) => {
                    event.dataTransfer.setData(dragType, `${group.id}|${key}`);
                    event.dataTransfer.effectAllowed = "move";
                  }}
                  onDragOver={(event) => {
                    if (event.dataTransfer.types.includes(dragType)) {
                      event.preventDefault();
                      setDropAt(index);
                    }
                  }}
                  onDragLeave={() => setDropAt(null)}
                  onDrop={(event) => {
                    event.stopPropagation();
                    onDrop(event, index);
                  }}
                  onAuxClick={(event) => event.button === 1 && onClose([tab], group.id)}
                >
                  <button
                    type="button"
                    role="tab"
                    aria-selected={selected}
                    aria-label={dirty ? `${title}, unsaved` : title}
                    title={tab.path}
                    tabIndex={selected ? 0 : -1}
                    onClick={() => update((state) => showTab(state, group.id, key))}
                    onDoubleClick={() => update((state) => keepTab(state, tab.path))}
                    onKeyDown={(event) => onKeyDown(event, index)}
                    className={classNames(
                      "flex h-full items-center gap-1.5 pr-7 pl-3 whitespace-nowrap",
                      tab.preview && "italic",
                    )}
                  >
                    {title}
                    {folder && <span className="text-xs text-faint">{folder}</span>}
                  </button>
                  {dirty && (
                    <span aria-hidden className="absolute right-2.5 size-2 rounded-full bg-accent group-hover:hidden" />
                  )}
                  <button
                    type="button"
                    tabIndex={-1}
                    // A list of tabs may hold nothing but tabs; by keyboard it is Delete, or the command.
                    aria-hidden
                    title={`Close ${title}`}
                    onClick={() => onClose([tab], group.id)}
                    className={classNames(
                      "absolute right-1.5 flex size-5 items-center justify-center rounded-[4px] text-faint hover:bg-hover hover:text-ink",
                      (dirty || !selected) && "opacity-0 group-hover:opacity-100",
                    )}
                  >
                    <X aria-hidden className="size-3.5" />
                  </button>
                </div>
              }
            >
              <MenuItem keys={keysOf("closeTab")} onSelect={() => onClose([tab], group.id)}>
                Close
              </MenuItem>
              <MenuItem
                disabled={group.tabs.length < 2}
                onSelect={() =>
                  onClose(
                    group.tabs.filter((other) => other !== tab),
                    group.id,
                  )
                }
              >
                Close others
              </MenuItem>
              <MenuItem
                disabled={index === group.tabs.length - 1}
                onSelect={() => onClose(group.tabs.slice(index + 1), group.id)}
              >
                Close to the right
              </MenuItem>
              <MenuItem
                keys={keysOf("reopenTab")}
                disabled={controller.tabs.get().closed.length === 0}
                onSelect={() => controller.reopenTab()}
              >
                Reopen closed tab
              </MenuItem>
              <MenuSeparator />
              {tab.preview && (
                <MenuItem onSelect={() => update((state) => keepTab(state, tab.path))}>Keep open</MenuItem>
              )}
              <MenuItem
                keys={keysOf("split")}
                onSelect={() => update((state) => splitGroup(showTab(state, group.id, key)))}
              >
                Split to the right
              </MenuItem>
              <MenuItem onSelect={() => void navigator.clipboard.writeText(tab.path)}>Copy path</MenuItem>
            </ContextMenu>
          );
        })}
      </div>
      <div className="flex items-center px-1.5">
        <IconButton
          label="Split editor"
          keys={keysOf("split") ?? ""}
          icon={<Columns2 />}
          disabled={group.active === null}
          onClick={() => update((state) => splitGroup({ ...state, activeGroup: group.id }))}
        />
      </div>
    </div>
  );
}
