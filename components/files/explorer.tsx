"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ChevronsDownUp, FilePlus2, FileText, FolderPlus, ListFilter, RefreshCw } from "lucide-react";
import { type DragEvent, type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { errorText, useTRPC } from "@/components/api";
import { readJson, type Store, writeJson } from "@/components/shell";
import {
  Button,
  ContextMenu,
  classNames,
  EmptyState,
  ErrorState,
  IconButton,
  Input,
  MenuItem,
  MenuSeparator,
  Skeleton,
  Turning,
  toast,
  treeStep,
} from "@/components/ui";
import type { GitStatus } from "@/server/contract";
import { type FileDialog, moveTarget } from "./file-dialogs";
import { buildTree, copyName, foldersAbove, parentOf, type TreeNode, type TreeRow, visibleRows } from "./tree";
import { rowHeight, TreeRowView } from "./tree-row";

export interface ExplorerProps {
  workspaceId: string;
  projectName: string;
  activePath: string | null;
  changes: GitStatus["changes"];
  readOnly: boolean;
  dialogs: Store<FileDialog | null>;
  onOpen: (path: string, options: { preview: boolean }) => void;
  /** The pointer is down on a file: it will be opened in a moment, unless it is dragged. */
  onSoon: (path: string) => void;
  onRenamed: (from: string, to: string) => void;
  /** Shows a file's rows; null where this person may not. */
  onPreview?: ((path: string) => void) | null;
}

const dragType = "application/x-millrace-path";

/** The project's files as a tree: keyboard, drag, menu, Git letters, filter. */
export function Explorer(props: ExplorerProps) {
  const { workspaceId, activePath, changes, readOnly, dialogs, onOpen } = props;
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const tree = useQuery(trpc.files.tree.queryOptions({ workspaceId }));
  const memory = `millrace:explorer:${workspaceId}`;
  const [expanded, setExpandedState] = useState<ReadonlySet<string>>(() => {
    const stored = readJson(memory);
    return new Set(Array.isArray(stored) ? stored.filter((path) => typeof path === "string") : ["models"]);
  });
  const [filter, setFilter] = useState("");
  const [filtering, setFiltering] = useState(false);
  const [current, setCurrent] = useState<string | null>(null);
  const [dropFolder, setDropFolder] = useState<string | null>(null);
  const [menuNode, setMenuNode] = useState<TreeNode | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const typed = useRef({ text: "", at: 0 });

  const nodes = useMemo(() => buildTree(tree.data ?? []), [tree.data]);
  const taken = useMemo(() => new Set((tree.data ?? []).map((entry) => entry.path)), [tree.data]);
  const rows = useMemo(() => visibleRows(nodes, expanded, filter), [nodes, expanded, filter]);
  const status = useMemo(() => {
    const byPath = new Map(changes.map((change) => [change.path, change.kind]));
    const folders = new Set(changes.flatMap((change) => foldersAbove(change.path)));
    return { byPath, folders };
  }, [changes]);

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });

  function setExpanded(next: ReadonlySet<string>) {
    setExpandedState(next);
    writeJson(memory, [...next]);
  }
  function toggle(path: string, open: boolean) {
    const next = new Set(expanded);
    if (open) next.add(path);
    else next.delete(path);
    setExpanded(next);
  }

  // The open file is shown in the tree, wherever it is.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new active file moves the tree.
  useEffect(() => {
    if (activePath === null) {
      return;
    }
    setCurrent(activePath);
    const missing = foldersAbove(activePath).filter((folder) => !expanded.has(folder));
    if (missing.length > 0) {
      setExpanded(new Set([...expanded, ...missing]));
    }
  }, [activePath]);
  const currentIndex = rows.findIndex((row) => row.node.path === current);
  // biome-ignore lint/correctness/useExhaustiveDependencies: scrolls when another row becomes current, not on every render.
  useEffect(() => {
    if (currentIndex >= 0) {
      virtual.scrollToIndex(currentIndex, { align: "auto" });
    }
  }, [currentIndex]);

  const refresh = () => {
    void queryClient.invalidateQueries(trpc.files.tree.queryFilter({ workspaceId }));
    void queryClient.invalidateQueries(trpc.git.status.queryFilter({ workspaceId }));
  };
  const move = useMutation(
    trpc.files.rename.mutationOptions({
      onSuccess: (_result, input) => {
        refresh();
        props.onRenamed(input.path, input.newPath);
        toast(`Moved to ${parentOf(input.newPath) || "the top folder"}.`, {
          action: {
            label: "Undo",
            onClick: () => move.mutate({ workspaceId, path: input.newPath, newPath: input.path }),
          },
        });
      },
      onError: (error) => toast.error("It was not moved", { description: errorText(error) }),
    }),
  );
  const duplicate = useMutation(
    trpc.files.duplicate.mutationOptions({
      onSuccess: (_result, input) => {
        refresh();
        onOpen(input.newPath, { preview: false });
      },
      onError: (error) => toast.error("It was not duplicated", { description: errorText(error) }),
    }),
  );

  function activate(row: TreeRow, preview: boolean) {
    const { path, kind } = row.node;
    // A file that is opened becomes the current line when the screen has it.
    if (kind === "folder" || path === activePath) setCurrent(path);
    if (kind === "folder") {
      toggle(path, !row.expanded);
    } else {
      onOpen(path, { preview });
    }
  }

  function onKeyDown(event: KeyboardEvent) {
    const row = rows[currentIndex];
    const step = treeStep(event.key, rows, currentIndex, ({ node, level, expanded }) => ({
      level,
      open: node.kind === "folder" ? expanded : null,
    }));
    if (step) {
      event.preventDefault();
      if (step.kind === "toggle" && row) toggle(row.node.path, !row.expanded);
      else if (step.kind === "go") setCurrent(rows[step.to]?.node.path ?? null);
      return;
    }
    switch (event.key) {
      case "Enter":
        if (row) activate(row, false);
        break;
      case " ":
        if (row) activate(row, true);
        break;
      case "F2":
        if (row && !readOnly) dialogs.set({ type: "rename", path: row.node.path, kind: row.node.kind });
        break;
      case "Delete":
        if (row && !readOnly) dialogs.set({ type: "remove", path: row.node.path, kind: row.node.kind });
        break;
      default:
        if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) {
          const text = event.timeStamp - typed.current.at < 700 ? typed.current.text + event.key : event.key;
          typed.current = { text, at: event.timeStamp };
          const order = [...rows.slice(currentIndex + (text.length > 1 ? 0 : 1)), ...rows.slice(0, currentIndex + 1)];
          const found = order.find((candidate) => candidate.node.name.toLowerCase().startsWith(text.toLowerCase()));
          if (found) setCurrent(found.node.path);
          break;
        }
        return;
    }
    event.preventDefault();
  }

  /** The line that an event is about; undefined beside the lines. */
  function rowOf({ target }: { target: EventTarget }): TreeRow | undefined {
    const path = target instanceof Element ? target.closest<HTMLElement>("[data-path]")?.dataset.path : undefined;
    return path === undefined ? undefined : rows.find((row) => row.node.path === path);
  }

  function onDrop(event: DragEvent) {
    const folder = folderFor(rowOf(event)?.node ?? null);
    event.preventDefault();
    setDropFolder(null);
    const path = event.dataTransfer.getData(dragType);
    const target = path ? moveTarget(path, folder) : null;
    if (!target) {
      return;
    }
    if (taken.has(target)) {
      toast.error("It was not moved", { description: `There is already a ${target}.` });
      return;
    }
    move.mutate({ workspaceId, path, newPath: target });
  }
  const onDragOver = (event: DragEvent) => {
    if (!readOnly && event.dataTransfer.types.includes(dragType)) {
      event.preventDefault();
      setDropFolder(folderFor(rowOf(event)?.node ?? null));
    }
  };
  const folderFor = (node: TreeNode | null) =>
    node === null ? "" : node.kind === "folder" ? node.path : parentOf(node.path);
  const selectedFolder = folderFor(rows[currentIndex]?.node ?? null);

  return (
    <div className="flex h-full flex-col">
      <div className="flex h-8 shrink-0 items-center gap-0.5 pr-1.5 pl-3">
        <h2 className="min-w-0 flex-1 truncate text-xs font-semibold tracking-wide text-muted uppercase">
          {props.projectName}
        </h2>
        {!readOnly && (
          <IconButton
            label="New file"
            icon={<FilePlus2 />}
            onClick={() => dialogs.set({ type: "create", kind: "file", folder: selectedFolder })}
          />
        )}
        {!readOnly && (
          <IconButton
            label="New folder"
            icon={<FolderPlus />}
            onClick={() => dialogs.set({ type: "create", kind: "folder", folder: selectedFolder })}
          />
        )}
        <IconButton
          label="Filter files"
          icon={<ListFilter />}
          pressed={filtering}
          onClick={() => {
            setFiltering(!filtering);
            setFilter("");
          }}
        />
        <IconButton label="Collapse all" icon={<ChevronsDownUp />} onClick={() => setExpanded(new Set())} />
        <IconButton label="Refresh" icon={<Turning icon={RefreshCw} on={tree.isFetching} />} onClick={refresh} />
      </div>
      {filtering && (
        <div className="px-2 pb-1.5">
          <Input
            autoFocus
            aria-label="Filter files"
            placeholder="Filter by name or folder"
            className="h-7"
            value={filter}
            onChange={(event) => setFilter(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === "Escape") {
                setFilter("");
                setFiltering(false);
              }
            }}
          />
        </div>
      )}
      {tree.isPending ? (
        <Skeleton lines={9} label="Loading files" />
      ) : tree.error ? (
        <ErrorState
          title="The files could not be listed"
          message={errorText(tree.error)}
          actions={<Button onClick={() => void tree.refetch()}>Try again</Button>}
        />
      ) : rows.length === 0 ? (
        <EmptyState
          icon={<FileText />}
          title={filter ? `No file matches “${filter}”` : "This project has no files yet"}
          actions={
            filter ? (
              <Button onClick={() => setFilter("")}>Clear the filter</Button>
            ) : (
              !readOnly && (
                <Button onClick={() => dialogs.set({ type: "create", kind: "file", folder: "" })}>New file</Button>
              )
            )
          }
        />
      ) : (
        <ContextMenu
          trigger={
            <div
              ref={scroller}
              role="tree"
              data-own-keys="rename"
              aria-label="Files"
              tabIndex={0}
              aria-activedescendant={currentIndex >= 0 ? `tree-${currentIndex}` : undefined}
              onKeyDown={onKeyDown}
              onPointerDown={(event) => {
                const node = rowOf(event)?.node;
                if (node?.kind === "file" && event.button === 0) props.onSoon(node.path);
              }}
              onClick={(event) => {
                const row = rowOf(event);
                if (row) activate(row, true);
              }}
              onDoubleClick={(event) => {
                const node = rowOf(event)?.node;
                if (node?.kind === "file") onOpen(node.path, { preview: false });
              }}
              onDragStart={(event) => {
                const row = rowOf(event);
                if (row) {
                  event.dataTransfer.setData(dragType, row.node.path);
                  event.dataTransfer.effectAllowed = "move";
                }
              }}
              onDragEnd={() => setDropFolder(null)}
              onDragOver={onDragOver}
              onDrop={onDrop}
              onContextMenu={(event) => {
                const node = rowOf(event)?.node ?? rows[currentIndex]?.node ?? null;
                setMenuNode(node);
                if (node) setCurrent(node.path);
              }}
              className={classNames("group min-h-0 flex-1 overflow-auto pb-6", dropFolder === "" && "bg-accent-soft")}
            >
              <div role="presentation" className="relative" style={{ height: virtual.getTotalSize() }}>
                {virtual.getVirtualItems().map((item) => {
                  const row = rows[item.index];
                  if (!row) return null;
                  const { path, kind } = row.node;
                  return (
                    <TreeRowView
                      key={path}
                      row={row}
                      index={item.index}
                      open={path === activePath}
                      current={path === current}
                      change={status.byPath.get(path) ?? null}
                      changedInside={kind === "folder" && status.folders.has(path)}
                      dropping={dropFolder !== null && dropFolder !== "" && folderFor(row.node) === dropFolder}
                      draggable={!readOnly}
                    />
                  );
                })}
              </div>
            </div>
          }
        >
          {menuNode?.kind === "file" && (
            <MenuItem onSelect={() => onOpen(menuNode.path, { preview: false })}>Open</MenuItem>
          )}
          {menuNode?.kind === "file" && props.onPreview && /\.(sql|csv)$/.test(menuNode.path) && (
            <MenuItem onSelect={() => props.onPreview?.(menuNode.path)}>Preview</MenuItem>
          )}
          {!readOnly && (
            <>
              <MenuItem onSelect={() => dialogs.set({ type: "create", kind: "file", folder: folderFor(menuNode) })}>
                New file…
              </MenuItem>
              <MenuItem onSelect={() => dialogs.set({ type: "create", kind: "folder", folder: folderFor(menuNode) })}>
                New folder…
              </MenuItem>
            </>
          )}
          {menuNode && (
            <>
              <MenuSeparator />
              <MenuItem onSelect={() => void navigator.clipboard.writeText(menuNode.path)}>Copy path</MenuItem>
              {!readOnly && (
                <>
                  <MenuItem
                    onSelect={() =>
                      duplicate.mutate({ workspaceId, path: menuNode.path, newPath: copyName(menuNode.path, taken) })
                    }
                  >
                    Duplicate
                  </MenuItem>
                  <MenuItem
                    keys="F2"
                    onSelect={() => dialogs.set({ type: "rename", path: menuNode.path, kind: menuNode.kind })}
                  >
                    Rename or move…
                  </MenuItem>
                  <MenuItem
                    danger
                    keys="Delete"
                    onSelect={() => dialogs.set({ type: "remove", path: menuNode.path, kind: menuNode.kind })}
                  >
                    Delete…
                  </MenuItem>
                </>
              )}
            </>
          )}
        </ContextMenu>
      )}
    </div>
  );
}
