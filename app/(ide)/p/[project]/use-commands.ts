import type { RefObject } from "react";
import {
  activeTab,
  closeTabs,
  type EditorController,
  type Formatter,
  type SidePaneTab,
  splitGroup,
  stepTab,
  type Tab,
  tabKey,
} from "@/components/editor";
import type { FileDialog } from "@/components/files";
import type { ResultStore } from "@/components/results";
import type { SearchStore } from "@/components/search";
import type { DbtSession, DeferCommands } from "@/components/session";
import {
  type CommandHandlers,
  type PaletteMode,
  type PanelControl,
  preferences,
  type Store,
  scratchpadName,
  setTheme,
  useAppearance,
} from "@/components/shell";
import type { PreviewCommands } from "./use-previews";
import type { SurfaceCommands } from "./use-surface";

export interface CommandsOptions {
  /** Commands of the work surface around the files. */
  surface: SurfaceCommands;
  /** Commands that show rows. */
  previews: PreviewCommands;
  defer: DeferCommands;
  controller: EditorController;
  results: ResultStore;
  search: SearchStore;
  formatter: Formatter;
  session: DbtSession;
  panels: { side: PanelControl; bottom: PanelControl; pane: PanelControl };
  closeRef: RefObject<((tabs: readonly Tab[], groupId: number) => void) | null>;
  fileDialogs: Store<FileDialog | null>;
  show: {
    bottom: (tab: "results" | "lineage" | "problems" | "history") => void;
    side: (view: "files" | "search" | "git" | "data") => void;
    pane: (tab: SidePaneTab) => void;
    palette: (mode: PaletteMode) => void;
    dialog: (dialog: "coverage" | "preferences" | "keyboard") => void;
  };
}

/** Where a new file goes: beside the open one. */
function folderOf(path: string | null): string {
  return path === null || scratchpadName(path) !== null ? "models" : path.split("/").slice(0, -1).join("/");
}

/** What each command of the key map does on this screen. */
export function useCommands(options: CommandsOptions): CommandHandlers {
  const { controller, results, search, formatter, session, panels, closeRef, fileDialogs, show } = options;
  const { dark } = useAppearance();
  const run = (action: string) => controller.port?.run(action);

  function closeActive(others: boolean) {
    const state = controller.tabs.get();
    const tab = activeTab(state);
    const group = state.groups.find((candidate) => candidate.id === state.activeGroup);
    if (!tab || !group) {
      return;
    }
    const closing = others ? group.tabs.filter((other) => tabKey(other) !== tabKey(tab)) : [tab];
    if (closeRef.current) {
      closeRef.current(closing, group.id);
    } else {
      controller.tabs.update((current) =>
        closeTabs(current, (other, id) => id === group.id && closing.includes(other)),
      );
    }
  }

  const handlers: CommandHandlers = {
    showCompiled: () => {
      show.pane("compiled");
      panels.pane.open();
    },
    editDocumentation: () => {
      show.pane("docs");
      panels.pane.open();
    },
    showCoverage: () => show.dialog("coverage"),
    showOutline: () => {
      show.pane("outline");
      panels.pane.open();
    },
    cancelPreview: () => results.cancel(),
    save: () => {
      const path = controller.activePath();
      if (path !== null) {
        void controller.saveAsked(path);
      }
    },
    saveAll: () => void controller.saveAll(),
    newFile: () =>
      fileDialogs.set({
        type: "create",
        kind: "file",
        folder: folderOf(controller.activePath()),
      }),
    goToFile: () => show.palette("files"),
    palette: () => show.palette("commands"),
    goToSymbol: () => show.palette("symbols"),
    goToDefinition: () => run("editor.action.revealDefinition"),
    peekDefinition: () => run("editor.action.peekDefinition"),
    findReferences: () => run("editor.action.goToReferences"),
    goBack: () => controller.language?.places.go(-1),
    goForward: () => controller.language?.places.go(1),
    jumpToTag: () => run("millrace.jumpToTag"),
    rename: () => controller.language?.refactor("rename"),
    extractCte: () => controller.language?.refactor("extractCte"),
    extractModel: () => controller.language?.refactor("extractModel"),
    useRefs: () => controller.language?.refactor("useRefs"),
    inlineModel: () => controller.language?.refactor("inlineModel"),
    stagingModel: () => controller.language?.refactor("stagingModel"),
    sqlToModel: () => controller.language?.refactor("sqlToModel"),
    undoRefactoring: () => void controller.language?.undoRefactoring(),
    nextProblem: () => run("editor.action.marker.nextInFiles"),
    find: () => run("actions.find"),
    replace: () => run("editor.action.startFindReplaceAction"),
    blockComment: () => run("millrace.blockComment"),
    quickFix: () => run("editor.action.quickFix"),
    format: () => {
      const path = controller.activePath();
      if (path !== null) {
        void formatter.format(path, { lines: controller.port?.selectedLines() ?? null });
      }
    },
    lineComment: () => run("millrace.lineComment"),
    closeTab: () => closeActive(false),
    closeOtherTabs: () => closeActive(true),
    reopenTab: () => controller.reopenTab(),
    nextTab: () => controller.tabs.update((state) => stepTab(state, 1)),
    previousTab: () => controller.tabs.update((state) => stepTab(state, -1)),
    split: () => controller.tabs.update(splitGroup),
    toggleSideBar: () => panels.side.toggle(),
    toggleBottomPanel: () => panels.bottom.toggle(),
    toggleSidePane: () => panels.pane.toggle(),
    showDataExplorer: () => show.side("data"),
    showFiles: () => show.side("files"),
    showSearch: () => {
      show.side("search");
      search.ask(controller.port?.selectedText() ?? null);
    },
    replaceInProject: () => {
      show.side("search");
      search.setReplacing(true);
      search.ask(controller.port?.selectedText() ?? null);
    },
    showVersionControl: () => show.side("git"),
    showProblems: () => show.bottom("problems"),
    showLineage: () => show.bottom("lineage"),
    toggleWordWrap: () => preferences().update((value) => ({ ...value, wordWrap: !value.wordWrap })),
    toggleTheme: () => setTheme(dark ? "light" : "dark"),
    preferences: () => show.dialog("preferences"),
    keyboardHelp: () => show.dialog("keyboard"),
    restartSession: () => session.restart(),
    ...options.previews,
    ...options.defer,
    ...options.surface,
  };
  return handlers;
}
