import { toErrorBody } from "@/components/api";
import { Store } from "@/components/shell";
import type { ErrorBody, SearchEvent, SearchFile, SearchMatch, SearchQuery, TextEdit } from "@/server/contract";
import { mergeFiles, withoutMatch } from "./rows";

/** Edits of one file, for what is on disk as `version` or for the unsaved `text`. */
interface FileEdits {
  readonly path: string;
  readonly version: string | null;
  readonly text: string | null;
  readonly edits: readonly TextEdit[];
}
interface Applied {
  readonly changed: readonly string[];
  readonly refused: readonly { readonly path: string; readonly message: string }[];
  readonly undo: readonly FileEdits[];
}

/** What the search asks of the rest of the screen. */
export interface SearchTarget {
  find(
    input: { query: SearchQuery; unsaved: { path: string; text: string }[] },
    signal: AbortSignal,
  ): Promise<AsyncIterable<SearchEvent>>;
  unsaved(): { path: string; text: string }[];
  apply(files: readonly FileEdits[]): Promise<Applied>;
  tell(message: string, detail?: { undo?: () => void; description?: string }): void;
}

export interface SearchState {
  readonly query: SearchQuery;
  readonly replacing: boolean;
  readonly status: "idle" | "searching" | "done" | "failed";
  readonly files: readonly SearchFile[];
  /** Files whose matches are folded away. */
  readonly closed: ReadonlySet<string>;
  readonly searched: number;
  /** Text files that were left out because of their size. */
  readonly tooLarge: number;
  readonly limited: boolean;
  readonly milliseconds: number;
  readonly error: ErrorBody | null;
  /** A replacement is being written. */
  readonly busy: boolean;
  /** What leads back from the replacements that were made, the latest last. */
  readonly undos: readonly (readonly FileEdits[])[];
}

const emptyQuery: SearchQuery = {
  ...{ text: "", regex: false, caseSensitive: false, wholeWord: false },
  ...{ include: "", exclude: "", packages: false, replacement: null },
};
const typingPause = 180;

/** The search of one workspace: what is asked, what was found, and the way to replace it. */
export class SearchStore {
  readonly store = new Store<SearchState>({
    ...{ query: emptyQuery, replacing: false, status: "idle", files: [], closed: new Set() },
    ...{ searched: 0, tooLarge: 0, limited: false, milliseconds: 0, error: null, busy: false, undos: [] },
  });
  /** Grows when the person asks for the search, so that its field takes the focus. */
  readonly focus = new Store(0);
  private running: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  /** Unsaved texts as they were searched. */
  private texts = new Map<string, string>();

  constructor(private readonly target: SearchTarget) {}

  /** Shows the search for `text` (a selection), or for what was asked last. */
  ask(text: string | null): void {
    if (text !== null && text !== "" && !/[\r\n]/.test(text)) {
      this.change({ text, regex: false }, 0);
    }
    this.focus.update((count) => count + 1);
  }

  /** Asks something else. The search follows after a pause in typing, or at once with a `pause` of 0. */
  change(part: Partial<SearchQuery>, pause = typingPause): void {
    this.store.update((state) => ({ ...state, query: { ...state.query, ...part } }));
    if (this.timer) {
      clearTimeout(this.timer);
    }
    this.timer = setTimeout(() => void this.run(), pause);
  }

  /** Shows or hides the replacement. */
  setReplacing(replacing: boolean): void {
    this.store.update((state) => ({ ...state, replacing }));
    this.change({ replacement: replacing ? (this.store.get().query.replacement ?? "") : null }, 0);
  }

  toggle(path: string): void {
    this.store.update((state) => {
      const closed = new Set(state.closed);
      if (!closed.delete(path)) closed.add(path);
      return { ...state, closed };
    });
  }

  setAllClosed(closed: boolean): void {
    this.store.update((state) => ({ ...state, closed: new Set(closed ? state.files.map((file) => file.path) : []) }));
  }

  /** Takes a match, or a whole file, out of the list: it is not replaced with the others. */
  dismiss(path: string, match: SearchMatch | null): void {
    this.store.update((state) => ({ ...state, files: withoutMatch(state.files, path, match) }));
  }

  clear(): void {
    this.cancel();
    const { replacing, query } = this.store.get();
    this.store.update((state) => ({
      ...state,
      ...{ query: { ...emptyQuery, replacement: replacing ? "" : null, packages: query.packages } },
      ...{ status: "idle" as const, files: [], error: null },
    }));
  }

  cancel(): void {
    if (this.timer) {
      clearTimeout(this.timer);
      this.timer = null;
    }
    this.running?.abort();
    this.running = null;
  }

  /** Searches now. With `quiet`, what is shown stays until the new list is whole. */
  async run({ quiet = false } = {}): Promise<void> {
    this.cancel();
    const { query } = this.store.get();
    if (query.text === "") {
      this.store.update((state) => ({ ...state, status: "idle", files: [], error: null }));
      return;
    }
    const own = new AbortController();
    this.running = own;
    const unsaved = this.target.unsaved();
    this.texts = new Map(unsaved.map(({ path, text }) => [path, text]));
    this.store.update((state) => ({
      ...state,
      status: "searching",
      error: null,
      ...(quiet ? {} : { limited: false }),
    }));
    let files: SearchFile[] = [];
    let shown = quiet;
    try {
      for await (const event of await this.target.find({ query, unsaved }, own.signal)) {
        if (own.signal.aborted) {
          return;
        }
        switch (event.type) {
          case "found":
            files = mergeFiles(files, event.files);
            if (!quiet) {
              shown = true;
              this.store.update((state) => ({ ...state, files }));
            }
            break;
          case "done": {
            const { type: status, ...counts } = event;
            this.store.update((state) => ({ ...state, status, files, ...counts }));
            break;
          }
          case "failed":
            this.fail(event.error, shown && !quiet ? files : []);
            break;
        }
      }
    } catch (error) {
      if (!own.signal.aborted) {
        this.fail(toErrorBody(error), []);
      }
    } finally {
      if (this.running === own) {
        this.running = null;
      }
    }
  }

  private fail(error: ErrorBody, files: SearchFile[]): void {
    // A newer search of the same person, in another tab, ended this one.
    this.store.update((state) => ({ ...state, status: "failed", error, files }));
  }

  /** Replaces one match, one file's (no match) or all (no path) of what is listed; one undo leads back. */
  async replace(path: string | null = null, match: SearchMatch | null = null): Promise<void> {
    const state = this.store.get();
    if (state.busy || state.query.replacement === null) {
      return;
    }
    const chosen = state.files
      .filter((file) => path === null || file.path === path)
      .map((file) => (match === null ? file : { ...file, matches: [match] }));
    const edits = chosen.map((file) => ({
      path: file.path,
      version: file.version,
      text: file.version === null ? (this.texts.get(file.path) ?? null) : null,
      edits: file.matches.map(({ start, end, replacement }) => ({ start, end, text: replacement ?? "" })),
    }));
    if (edits.length > 0) {
      await this.apply(edits, { none: "Nothing was replaced.", done: replaced });
    }
  }

  /** Takes a replacement back: the latest, or the one that `edits` lead back from. */
  async undo(edits: readonly FileEdits[] | undefined = this.store.get().undos.at(-1)): Promise<void> {
    if (edits === undefined || this.store.get().busy) {
      return;
    }
    this.store.update((state) => ({ ...state, undos: state.undos.filter((other) => other !== edits) }));
    await this.apply(edits, { none: "Nothing was undone.", done: undone }, { isUndo: true });
  }

  private async apply(
    edits: readonly FileEdits[],
    words: { none: string; done: (edits: readonly FileEdits[]) => string },
    { isUndo = false } = {},
  ): Promise<void> {
    this.store.update((state) => ({ ...state, busy: true }));
    try {
      const { changed, refused, undo } = await this.target.apply(edits);
      const made = edits.filter(({ path }) => changed.includes(path));
      const left = refused.length === 0 ? {} : { description: leftAlone(refused) };
      const canUndo = undo.length > 0 && !isUndo;
      if (canUndo) this.store.update((state) => ({ ...state, undos: [...state.undos, undo] }));
      this.target.tell(made.length === 0 ? words.none : words.done(made), {
        ...left,
        ...(canUndo ? { undo: () => void this.undo(undo) } : {}),
      });
    } catch (error) {
      this.target.tell(words.none, { description: toErrorBody(error).message });
    } finally {
      this.store.update((state) => ({ ...state, busy: false }));
    }
    await this.run({ quiet: true });
  }
}

function replaced(edits: readonly FileEdits[]): string {
  const matches = edits.reduce((sum, file) => sum + file.edits.length, 0);
  return `Replaced ${counted(matches, "match", "matches")} in ${counted(edits.length, "file", "files")}.`;
}

function undone(edits: readonly FileEdits[]): string {
  return `Undid the replacement in ${counted(edits.length, "file", "files")}.`;
}

/** Why some files were not changed; a long list is cut. */
function leftAlone(refused: Applied["refused"]): string {
  const [first, ...others] = refused;
  if (others.length === 0) return `${first?.message ?? ""} It was left as it is.`;
  const named = refused.slice(0, 5).map(({ path }) => path);
  const more = refused.length > named.length ? ` and ${refused.length - named.length} more` : "";
  return `Changed meanwhile, and left as they are: ${named.join(", ")}${more}.`;
}

function counted(count: number, one: string, many: string): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}
