import { errorText } from "@/components/api";
import { Store } from "@/components/shell";
import type { Diagnostics } from "@/server/contract";
import type { BufferStore } from "./buffers";
import { problemOfDiagnostic } from "./diagnostics";
import type { ProblemStore } from "./problems";

function looksAt(path: string): boolean {
  return /\.(sql|ya?ml|py)$/i.test(path);
}

/** So many files are asked about at once: what the session takes in one request. */
const slice = 50;

/** How far the look at the whole project is. `outdated`: the project has changed since. */
export interface CheckState {
  readonly status: "idle" | "running" | "done" | "stopped" | "failed";
  readonly done: number;
  readonly total: number;
  readonly outdated: boolean;
  /** Why it could not go on. */
  readonly message: string | null;
}

export interface ProjectCheckOptions {
  readonly ask: (files: { path: string; text: null; version: number }[]) => Promise<Diagnostics>;
  readonly buffers: BufferStore;
  readonly problems: ProblemStore;
}

/**
 * Looks for problems in every file of the project when the person asks for it, slice by slice. Open files are left to
 * `DiagnosticsFollower`, which knows their unsaved texts.
 */
export class ProjectCheck {
  readonly state = new Store<CheckState>({ status: "idle", done: 0, total: 0, outdated: false, message: null });
  private readonly told = new Set<string>();
  private open: ReadonlySet<string> = new Set();
  private run = 0;

  constructor(private readonly options: ProjectCheckOptions) {}

  /** Follows which files are open. Returns the way to stop. */
  start(): () => void {
    const stop = this.options.buffers.store.subscribe(() => this.buffersChanged());
    return () => {
      stop();
      this.stop();
    };
  }

  /** Looks at these files, forgetting what was found before. */
  async check(paths: readonly string[]): Promise<void> {
    this.run += 1;
    const mine = this.run;
    const files = paths.filter(looksAt);
    for (const path of this.told) this.options.problems.set("check", path, null);
    this.told.clear();
    this.state.set({ status: "running", done: 0, total: files.length, outdated: false, message: null });
    try {
      for (let from = 0; from < files.length; from += slice) {
        const asked = files.slice(from, from + slice).filter((path) => !this.options.buffers.get(path));
        const found =
          asked.length === 0 ? null : await this.options.ask(asked.map((path) => ({ path, text: null, version: 0 })));
        if (this.run !== mine) return;
        if (found !== null) this.show(found);
        this.state.update((state) => ({ ...state, done: Math.min(files.length, from + slice) }));
      }
      this.state.update((state) => ({ ...state, status: "done" }));
    } catch (error) {
      if (this.run !== mine) return;
      this.state.update((state) => ({ ...state, status: "failed", message: errorText(error) }));
    }
  }

  /** Looks no further; what was found stays. */
  stop(): void {
    this.run += 1;
    this.state.update((state) => (state.status === "running" ? { ...state, status: "stopped" } : state));
  }

  /** The project changed: what was found may be wrong now. */
  changed(): void {
    this.state.update((state) => (state.status === "idle" || state.outdated ? state : { ...state, outdated: true }));
  }

  private show(found: Diagnostics): void {
    for (const { path, problems } of found.files) {
      if (problems.length === 0 || this.options.buffers.get(path)) continue;
      this.told.add(path);
      this.options.problems.set(
        "check",
        path,
        problems.map((problem) => problemOfDiagnostic(path, problem, null)),
      );
    }
  }

  private buffersChanged(): void {
    const before = this.open;
    const buffers = this.options.buffers.store.get();
    // Each key press changes a buffer, and none of this.
    if (buffers.size === before.size && [...before].every((path) => buffers.has(path))) return;
    this.open = new Set(buffers.keys());
    for (const path of this.open) {
      if (this.told.delete(path)) this.options.problems.set("check", path, null);
    }
    if (this.state.get().status !== "done") return;
    const closed = [...before].filter((path) => !this.open.has(path) && looksAt(path)).slice(0, slice);
    if (closed.length > 0) void this.lookAgain(closed);
  }

  /** Files that were open while the rest was looked at. */
  private async lookAgain(paths: readonly string[]): Promise<void> {
    const mine = this.run;
    try {
      const found = await this.options.ask(paths.map((path) => ({ path, text: null, version: 0 })));
      if (this.run === mine) this.show(found);
    } catch (error) {
      console.warn("Closed files were not looked at again.", error);
      this.changed();
    }
  }
}
