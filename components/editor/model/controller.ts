import { errorText, toErrorBody } from "@/components/api";
import { Store, scratchpadName } from "@/components/shell";
import { languageOf } from "../language/language-of";
import { type ProjectSymbol, symbolsOf } from "../language/symbols";
import type { LanguagePort } from "../monaco/language-host";
import { Autosave } from "./autosave";
import { Bookmarks } from "./bookmarks";
import { type Buffer, BufferStore, isDirty, movedPath } from "./buffers";
import { Compiler } from "./compiler";
import { DraftStore, identifyTab } from "./drafts";
import { EarlyReads } from "./early-reads";
import type { CursorState, OpenOptions, Place, RefactoringRequest, TextEditorPort } from "./editor-port";
import { FileOpener } from "./file-opener";
import { FileViews } from "./file-views";
import { type OtherTabs, openOtherTabs } from "./other-tabs";
import { ProblemStore, problemOf } from "./problems";
import { ProjectEdits } from "./project-edits";
import { ProjectKnowledge } from "./project-knowledge";
import { Saver } from "./saver";
import type { EditorServices } from "./services";
import { SessionOverlay } from "./session-overlay";
import { TabMemory } from "./tab-memory";
import { activeTab, closeTabs, keepTab, openTab, renameTabs, shownPaths, type TabsState } from "./tabs";

export interface ControllerOptions {
  services: EditorServices;
  tell: { info(message: string): void; error(title: string, detail: string): void };
  autosave: (path: string) => { on: boolean; milliseconds: number };
}

/** Everything that the editor of one workspace knows and can do, outside of React. */
export class EditorController {
  readonly buffers = new BufferStore();
  readonly tabs: Store<TabsState>;
  readonly problems = new ProblemStore();
  readonly compiler: Compiler;
  readonly saver: Saver;
  /** Changes of several files as one step. */
  readonly edits: ProjectEdits;
  readonly project = new ProjectKnowledge(
    (early) => this.options.services.index(early),
    () => {
      this.followActive();
      this.compiler.graphChanged();
    },
    () => this.language?.columnsChanged(),
  );
  readonly lookup = this.project.lookup;
  readonly cursor = new Store<CursorState | null>(null);
  readonly files = new FileOpener(this.buffers, (path) => this.reads.read(path));
  /** Files that another browser tab is editing. */
  readonly editedElsewhere = new Store<ReadonlySet<string>>(new Set());
  port: TextEditorPort | null = null;
  /** What a file needs before a save that somebody asked for (it is formatted); set by the screen. */
  beforeSave: ((path: string) => Promise<void>) | null = null;
  /** What the dbt language knows of the project; there while the text editor is. */
  language: LanguagePort | null = null;
  readonly refactoring = new Store<RefactoringRequest | null>(null);
  readonly bookmarks: Bookmarks;
  readonly views = new FileViews();

  private drafts: DraftStore | null = null;
  private otherTabs: OtherTabs | null = null;
  private readonly autosave: Autosave;
  private readonly overlay: SessionOverlay;
  private quiet: string | null = null;
  private pendingPlace: { path: string; place: Place } | null = null;
  private readonly stops: (() => void)[] = [];
  private readonly memory: TabMemory;
  private readonly reads = new EarlyReads((path) => this.options.services.read(path));

  constructor(private readonly options: ControllerOptions) {
    const { services } = options;
    this.memory = new TabMemory(services.workspaceId);
    this.tabs = new Store(this.memory.tabs);
    this.bookmarks = new Bookmarks(services.workspaceId);
    this.autosave = new Autosave(options.autosave, (path) => void this.save(path));
    this.overlay = new SessionOverlay({
      send: (changes) => services.overlay(changes),
      versionOf: (path) => this.buffers.get(path)?.version ?? 0,
      onSent: () => this.compiler.graphChanged(),
    });
    this.edits = new ProjectEdits({
      buffers: this.buffers,
      editFiles: (files) => services.edit(files),
      save: (path) => this.save(path),
    });
    this.saver = new Saver({
      buffers: this.buffers,
      write: (input) => services.save(input),
      onSaved: (path) => this.otherTabs?.announceSaved(path),
      tell: options.tell.error,
    });
    this.compiler = new Compiler({
      compile: (input) => services.compile(input),
      unsavedText: (path) => {
        const buffer = this.buffers.get(path);
        // A scratchpad is no file that dbt could read.
        const sent = buffer !== null && (isDirty(buffer) || scratchpadName(path) !== null);
        return buffer ? (sent ? buffer.text : null) : undefined;
      },
    });
  }

  /** Starts listening, restores unsaved text and the files of the remembered tabs. Returns the way to stop. */
  start(): () => void {
    this.compiler.start();
    let before = this.buffers.store.get();
    this.stops.push(
      this.buffers.store.subscribe(() => {
        const now = this.buffers.store.get();
        const earlier = before;
        before = now;
        for (const [path, buffer] of now) {
          if (earlier.get(path) !== buffer) {
            this.bufferChanged(buffer, earlier.get(path) ?? null);
          }
        }
      }),
      this.tabs.subscribe(() => {
        this.remember();
        this.followActive();
        this.closeUnshown();
      }),
      this.compiler.store.subscribe(() => this.noteCompileProblems()),
    );
    const onHide = () => {
      this.remember();
      void this.drafts?.flush();
    };
    const onLeave = (event: BeforeUnloadEvent) => {
      onHide();
      if (this.buffers.dirty().some((buffer) => buffer.saving)) {
        event.preventDefault();
      }
    };
    document.addEventListener("visibilitychange", onHide);
    window.addEventListener("pagehide", onHide);
    window.addEventListener("beforeunload", onLeave);
    this.stops.push(() => {
      document.removeEventListener("visibilitychange", onHide);
      window.removeEventListener("pagehide", onHide);
      window.removeEventListener("beforeunload", onLeave);
    });
    this.otherTabs = openOtherTabs(this.options.services.workspaceId, {
      saved: (path) => void this.checkDisk([path]),
      editing: (paths) => this.editedElsewhere.set(new Set(paths)),
    });
    this.restore().catch((error: unknown) =>
      this.options.tell.error("Your last state could not be restored", errorText(error)),
    );
    return () => this.stop();
  }

  private stop(): void {
    for (const stop of this.stops.splice(0)) {
      stop();
    }
    this.compiler.stop();
    this.files.stop();
    this.otherTabs?.close();
    void this.drafts?.flush();
    this.autosave.stop();
    this.overlay.stop();
    this.project.stop();
  }

  private async restore(): Promise<void> {
    const { workspaceId } = this.options.services;
    this.reads.begin(shownPaths(this.tabs.get()));
    const { tabId, living } = await identifyTab();
    if (this.drafts) {
      return;
    }
    this.drafts = new DraftStore(workspaceId, tabId, (error) =>
      this.options.tell.error("Unsaved text cannot be kept in this browser", errorText(error)),
    );
    const drafts = await this.drafts.abandoned(living);
    for (const draft of drafts) {
      await this.drafts.adopt(draft);
      const disk = await this.readOrNull(draft.path);
      if (disk?.text === draft.text) {
        this.drafts.forget(draft.path);
        continue;
      }
      this.buffers.restore(draft.path, draft, disk);
      if (!shownPaths(this.tabs.get()).has(draft.path)) {
        this.tabs.update((state) => openTab(state, { kind: "file", path: draft.path, preview: false }));
      }
    }
    const restored = drafts.filter((draft) => this.buffers.get(draft.path)).length;
    if (restored > 0) {
      this.options.tell.info(
        restored === 1
          ? "Your unsaved changes to one file are back."
          : `Your unsaved changes to ${restored} files are back.`,
      );
    }
    for (const path of shownPaths(this.tabs.get())) {
      if (!this.buffers.get(path)) void this.files.load(path);
    }
    this.reads.end();
    this.followActive();
  }

  /** Everything with a name in the project, for the palette. */
  symbols(): ProjectSymbol[] {
    return symbolsOf(this.lookup.get());
  }

  private async readOrNull(path: string) {
    try {
      return await this.reads.read(path);
    } catch (error) {
      if (toErrorBody(error).code === "NOT_FOUND") {
        return null;
      }
      throw error;
    }
  }

  /** Shows a file (or its comparison with the last commit) in the active group, when its text has been read. */
  open(path: string, { preview = false, kind = "file", place = null, against }: OpenOptions = {}): void {
    const tab = against === undefined ? { kind, path, preview } : { kind, path, preview, against };
    const show = () => {
      this.tabs.update((state) => openTab(state, tab));
      if (place) {
        this.pendingPlace = { path, place };
        this.port?.reveal(path, place);
      } else if (preview) {
        this.quiet = path;
      } else {
        this.port?.focus();
      }
    };
    this.files.open(path, { passing: preview, show });
  }

  /** Somebody is about to open a file: it is read meanwhile. */
  openSoon(path: string): void {
    if (!this.buffers.get(path)) {
      this.reads.expect(path);
    }
  }

  /** Opens the tab that was closed last. */
  reopenTab(): void {
    const last = this.tabs.get().closed[0];
    if (last) {
      const { path, kind, against } = last;
      this.open(path, { kind, against });
    }
  }

  /** Whether `path` was opened to be looked at, so that the focus stays where it is; answered once. */
  takeQuiet(path: string): boolean {
    const quiet = this.quiet === path;
    this.quiet = null;
    return quiet;
  }

  /** The place that a text editor should go to when it shows `path`; answered once. */
  takePlace(path: string): Place | null {
    if (this.pendingPlace?.path !== path) {
      return null;
    }
    const { place } = this.pendingPlace;
    this.pendingPlace = null;
    return place;
  }

  /** The file of the active tab, or null. */
  activePath(): string | null {
    return activeTab(this.tabs.get())?.path ?? null;
  }

  /** Saves one file. Resolves to false when it could not be saved; the person has been told why. */
  save(path: string, overwrite = false): Promise<boolean> {
    return this.saver.save(path, overwrite);
  }

  /** Saves a file because somebody asked for it, formatted where that is wanted. Resolves as `save` does. */
  async saveAsked(path: string): Promise<boolean> {
    await this.beforeSave?.(path);
    return this.save(path);
  }

  /** Saves files, all that are unsaved unless they are named, as if each were asked for; false when one could not be. */
  async saveAll(paths = this.buffers.dirty().map(({ path }) => path)): Promise<boolean> {
    let whole = true;
    // One after the other, because a session formats one file at a time.
    for (const path of paths) {
      whole = (await this.saveAsked(path)) && whole;
    }
    return whole;
  }

  /** Gives up the unsaved text of a file; it becomes what is on disk. */
  async revert(path: string): Promise<void> {
    const disk = await this.readOrNull(path);
    this.drafts?.forget(path);
    this.buffers.close(path);
    if (disk?.text != null) {
      this.buffers.open(disk);
      this.buffers.replaceText(path, disk.text);
    }
    this.overlay.change(path, null);
  }

  /** Files changed on disk by another tab, Git or a job: clean buffers follow, dirty ones ask. */
  async checkDisk(paths: readonly string[]): Promise<void> {
    const concerned = [...this.buffers.store.get().keys()].filter(
      (open) => paths.length === 0 || paths.some((path) => open === path || open.startsWith(`${path}/`)),
    );
    this.reads.end();
    await Promise.all(
      concerned.map(async (path) => {
        await this.saver.settled(path);
        const disk = await this.readOrNull(path).catch((error: unknown) => {
          console.warn(`${path} could not be compared with the disk.`, error);
          return undefined;
        });
        const buffer = this.buffers.get(path);
        if (disk === undefined || !buffer) {
          return;
        }
        if (disk === null && !isDirty(buffer)) {
          this.removed(path);
          return;
        }
        this.buffers.diskChanged(path, { version: disk?.version ?? null, text: disk?.text ?? null });
      }),
    );
    this.compiler.graphChanged();
  }

  /** A file or folder was renamed: tabs, buffers and unsaved text follow. */
  renamed(from: string, to: string): void {
    for (const move of this.buffers.rename(from, to)) {
      this.drafts?.forget(move.from);
      this.overlay.change(move.from, null);
    }
    this.bookmarks.renamed(from, to);
    this.tabs.update((state) => renameTabs(state, (path) => movedPath(path, from, to)));
    for (const buffer of this.buffers.dirty()) {
      this.drafts?.keep(buffer.path, buffer.text, buffer.baseVersion);
    }
  }

  /** A file or folder was deleted by this person: its tabs close. */
  removed(path: string): void {
    const isInside = (candidate: string) => candidate === path || candidate.startsWith(`${path}/`);
    for (const open of [...this.buffers.store.get().keys()].filter(isInside)) {
      this.drafts?.forget(open);
      this.buffers.close(open);
      this.overlay.change(open, null);
    }
    this.tabs.update((state) => closeTabs(state, (tab) => isInside(tab.path)));
  }

  /** The session is (again) there: it must hear of the unsaved texts, and the shown SQL is asked for again. */
  sessionReady(): void {
    this.overlay.reset();
    for (const buffer of this.buffers.dirty()) {
      this.overlay.change(buffer.path, buffer.text);
    }
    this.compiler.graphChanged();
    void this.refreshIndex();
  }

  /** The session is gone. Nothing that can wait makes a new one: the person is told first, and what is asked for next has it. */
  sessionGone(): void {
    this.project.stop();
  }

  /** Fetches the project index when it is newer than the one at hand. */
  refreshIndex(version: number | null = null): Promise<void> {
    return this.project.refresh(version);
  }

  /** The SQL files that have compiled SQL of their own. */
  isCompiled(path: string): boolean {
    return languageOf(path) === "dbt-sql" && !this.lookup.get().isMacroFile(path) && !/^macros\//.test(path);
  }

  private followActive(): void {
    const path = this.activePath();
    this.compiler.follow(path !== null && this.buffers.get(path) && this.isCompiled(path) ? path : null);
  }

  private bufferChanged(buffer: Buffer, earlier: Buffer | null): void {
    const { path } = buffer;
    const dirty = isDirty(buffer);
    const wasDirty = earlier !== null && isDirty(earlier);
    if (dirty && (buffer.text !== earlier?.text || buffer.baseVersion !== earlier.baseVersion)) {
      this.drafts?.keep(path, buffer.text, buffer.baseVersion);
    }
    if (earlier === null) {
      this.followActive();
    }
    if (wasDirty && !dirty) {
      this.drafts?.forget(path);
    }
    if (dirty !== wasDirty) {
      this.otherTabs?.announceEditing(this.buffers.dirty().map((other) => other.path));
    }
    if (earlier && buffer.text !== earlier.text) {
      this.tabs.update((state) => keepTab(state, path));
      // What the warehouse said was about another text.
      this.problems.set("preview", path, null);
      this.project.typed();
    }
    if (buffer.text !== earlier?.text || dirty !== wasDirty) {
      this.tellSession(buffer, dirty, wasDirty);
      this.autosave.schedule(path, dirty && buffer.changedUnderneath === null);
    }
  }

  private tellSession(buffer: Buffer, dirty: boolean, wasDirty: boolean): void {
    const { path } = buffer;
    if (!dirty) {
      if (wasDirty || this.overlay.has(path)) {
        this.overlay.change(path, null);
      } else {
        this.compiler.textChanged(path);
      }
    } else if (this.isCompiled(path) && path === this.activePath()) {
      // The compile carries the text and makes it the overlay.
      this.overlay.noteSent(path);
      this.compiler.textChanged(path);
    } else {
      this.overlay.change(path, buffer.text);
    }
  }

  private noteCompileProblems(): void {
    for (const [path, compiled] of this.compiler.store.get()) {
      const shown =
        compiled.error && compiled.error.code === "DBT_ERROR" ? problemOf("compile", compiled.error, path) : null;
      this.problems.set("compile", path, shown);
    }
  }

  private closeUnshown(): void {
    const shown = shownPaths(this.tabs.get());
    for (const buffer of this.buffers.store.get().values()) {
      if (!shown.has(buffer.path) && !isDirty(buffer)) {
        this.buffers.close(buffer.path);
        this.problems.set("compile", buffer.path, null);
      }
    }
  }

  /** Writes tabs, cursors and scroll positions where a reload finds them. */
  remember(): void {
    this.memory.write(this.tabs.get());
  }

  /** View states of text editors by `group|tab key`, as Monaco gives them. */
  get viewStates(): Map<string, unknown> {
    return this.memory.views;
  }
}
