import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTRPC, useTRPCClient } from "@/components/api";
import type { CatalogStore } from "@/components/catalog";
import { activeTab, type EditorController } from "@/components/editor";
import type { ScratchpadDialog } from "@/components/files";
import type { ResultStore } from "@/components/results";
import {
  type CommandHandlers,
  type PaletteEntry,
  type PaletteList,
  preferences,
  Store,
  scratchpadPath,
  setTheme,
  themes,
} from "@/components/shell";
import { toast } from "@/components/ui";
import type { Me, Project } from "@/server/contract";
import { editorCommands, resultCommands } from "./more-commands";

export interface SurfaceOptions {
  project: Project;
  workspaceId: string;
  me: Me | undefined;
  controller: EditorController;
  results: ResultStore;
  environmentId: string | null;
  /** Paths of the project's files. */
  files: readonly string[];
  chooseEnvironment: (id: string) => void;
  showBottom: (tab: "results" | "history") => void;
  showOnboarding: () => void;
  showSide: (view: "data") => void;
  catalog: CatalogStore;
}

export type SurfaceCommands = Pick<
  CommandHandlers,
  | "zenMode"
  | "toggleBookmark"
  | "nextBookmark"
  | "previousBookmark"
  | "showBookmarks"
  | "recentFiles"
  | "newScratchpad"
  | "openScratchpad"
  | "toggleFileView"
  | "compareFiles"
  | "toggleKeyMap"
  | "toggleMinimap"
  | "addCursorAbove"
  | "addCursorBelow"
  | "selectNextOccurrence"
  | "selectAllOccurrences"
  | "pinResult"
  | "showResults"
  | "showHistory"
  | "onboarding"
>;

/** The work surface around the files: zen mode, bookmarks, scratchpads, lists to choose from, and the commands for them. */
export function useSurface(options: SurfaceOptions) {
  const { project, workspaceId, me, controller, results, environmentId } = options;
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const [zen, setZen] = useState(false);
  const [list, setList] = useState<PaletteList | null>(null);
  const [scratchpadDialogs] = useState(() => new Store<ScratchpadDialog | null>(null));
  const projects = useQuery(trpc.projects.list.queryOptions());
  const run = (action: string) => controller.port?.run(action);

  /** The line that the cursor is in, with its text. */
  function here() {
    const cursor = controller.cursor.get();
    const path = controller.activePath();
    if (!cursor || cursor.path !== path) {
      return null;
    }
    const lines = controller.buffers.get(path)?.text.split(/\r\n|\r|\n/) ?? [];
    return { path, line: cursor.line, text: (lines[cursor.line - 1] ?? "").trim().slice(0, 200) };
  }
  function goToBookmark(step: 1 | -1) {
    const mark = controller.bookmarks.from(here(), step);
    if (mark === null) {
      toast("There are no bookmarks yet. Put one on the line with the cursor.");
    } else {
      controller.open(mark.path, { place: { line: mark.line } });
    }
  }
  async function chooseScratchpad() {
    const pads = await queryClient
      .fetchQuery(trpc.scratchpads.list.queryOptions({ workspaceId }))
      .catch((error: unknown) => {
        toast.error("The scratchpads could not be listed", { description: String(error) });
        return [];
      });
    setList({
      label: "Open scratchpad",
      empty: "There are no scratchpads yet.",
      entries: pads.map(({ name }) => ({
        id: name,
        title: name,
        onSelect: () => controller.open(scratchpadPath(name)),
      })),
    });
  }
  function showRecent() {
    const { groups, closed } = controller.tabs.get();
    const open = groups.flatMap((group) => group.tabs);
    const entries = [...closed, ...open].filter(
      (tab, index, all) => tab.kind === "file" && all.findIndex((other) => other.path === tab.path) === index,
    );
    const isOpen = (path: string) => open.some((tab) => tab.path === path);
    setList({
      label: "Recently closed and open files",
      empty: "Nothing was opened yet.",
      entries: entries.map(({ path }) => ({
        id: path,
        title: path.split("/").at(-1) ?? path,
        detail: `${path.split("/").slice(0, -1).join("/")}${isOpen(path) ? " · open" : " · closed"}`,
        onSelect: () => controller.open(path),
      })),
    });
  }

  const handlers: SurfaceCommands = {
    zenMode: () => setZen(!zen),
    toggleBookmark: () => {
      const mark = here();
      if (mark) {
        controller.bookmarks.toggle(mark);
      }
    },
    nextBookmark: () => goToBookmark(1),
    previousBookmark: () => goToBookmark(-1),
    showBookmarks: () =>
      setList({
        label: "Bookmarks",
        empty: "There are no bookmarks yet.",
        entries: controller.bookmarks.store.get().map(({ path, line, text }) => ({
          id: `${path}:${line}`,
          title: text || "(empty line)",
          detail: `${path}:${line}`,
          onSelect: () => controller.open(path, { place: { line } }),
        })),
      }),
    recentFiles: showRecent,
    newScratchpad: () => scratchpadDialogs.set({ type: "create", text: controller.port?.selectedText() ?? "" }),
    openScratchpad: () => void chooseScratchpad(),
    toggleFileView: () => {
      const tab = activeTab(controller.tabs.get());
      if (tab?.kind === "file") {
        controller.views.flip(tab.path);
      }
    },
    compareFiles: () => {
      const path = controller.activePath();
      if (path === null) {
        toast("Open a file to compare it with another.");
        return;
      }
      setList({
        label: `Compare ${path.split("/").at(-1) ?? path} with`,
        empty: "There is no other file.",
        entries: options.files
          .filter((other) => other !== path)
          .map((other) => ({
            id: other,
            title: other.split("/").at(-1) ?? other,
            detail: other.split("/").slice(0, -1).join("/"),
            onSelect: () => controller.open(path, { kind: "diff", against: other }),
          })),
      });
    },
    toggleKeyMap: () =>
      preferences().update((value) => ({ ...value, keyMap: value.keyMap === "vim" ? "vscode" : "vim" })),
    toggleMinimap: () => preferences().update((value) => ({ ...value, minimap: !value.minimap })),
    addCursorAbove: () => run("editor.action.insertCursorAbove"),
    addCursorBelow: () => run("editor.action.insertCursorBelow"),
    selectNextOccurrence: () => run("editor.action.addSelectionToNextFindMatch"),
    selectAllOccurrences: () => run("editor.action.selectHighlights"),
    pinResult: () => {
      results.pin();
      options.showBottom("results");
    },
    showResults: () => options.showBottom("results"),
    showHistory: () => options.showBottom("history"),
    onboarding: options.showOnboarding,
  };

  const moreCommands = (): PaletteEntry[] => [
    ...resultCommands(results, () => options.showBottom("results")),
    {
      id: "catalog",
      title: "Data explorer: read the warehouse again",
      onSelect: () => {
        options.showSide("data");
        void options.catalog.refresh();
      },
    },
    ...project.environments
      .filter(({ id }) => id !== environmentId)
      .map(({ id, name }) => ({
        id: `environment ${id}`,
        title: `Environment: switch to ${name}`,
        onSelect: () => options.chooseEnvironment(id),
      })),
    ...(projects.data ?? [])
      .filter(({ id }) => id !== project.id)
      .map(({ id, name, slug }) => ({
        id: `project ${id}`,
        title: `Project: open ${name}`,
        onSelect: () => window.location.assign(`/p/${slug}`),
      })),
    { id: "all-projects", title: "Project: show all", onSelect: () => window.location.assign("/") },
    ...themes.map((theme) => ({
      id: `theme ${theme}`,
      title: `Theme: ${theme === "system" ? "as the system" : theme}`,
      onSelect: () => setTheme(theme),
    })),
    ...(me?.permissions.some((permission) => permission.endsWith(".manage") || permission === "audit.read")
      ? [{ id: "admin", title: "Admin console", onSelect: () => window.location.assign("/admin") }]
      : []),
    {
      id: "sign-out",
      title: "Account: sign out",
      onSelect: () =>
        void client.me.signOut
          .mutate()
          .then(() => window.location.assign("/signin?signedOut=1"))
          .catch((error: unknown) => toast.error("You are still signed in", { description: String(error) })),
    },
    ...editorCommands(controller),
  ];
  return {
    handlers,
    moreCommands,
    list,
    closeList: () => setList(null),
    scratchpadDialogs,
    zen,
    leaveZen: () => setZen(false),
  };
}
