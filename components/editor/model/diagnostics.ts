import type { Diagnostic, Diagnostics } from "@/server/contract";
import { type Buffer, type BufferStore, isDirty } from "./buffers";
import { Pause } from "./pause";
import type { Problem, ProblemStore } from "./problems";

const mostFiles = 50;

interface AskedFile {
  readonly path: string;
  readonly text: string | null;
  readonly version: number;
}

export interface DiagnosticsOptions {
  readonly ask: (files: AskedFile[]) => Promise<Diagnostics>;
  readonly buffers: BufferStore;
  readonly problems: ProblemStore;
}

/**
 * Keeps what the session finds wrong without running anything in step with the open files: references and columns that do not
 * exist, names that are taken, cycles. One request at a time; an answer about an older text waits for the next one.
 */
export class DiagnosticsFollower {
  private readonly waiting = new Set<string>();
  private readonly told = new Set<string>();
  private before: ReadonlyMap<string, Buffer> = new Map();
  private readonly pause = new Pause(() => void this.askNext());
  private asking = false;
  private active = false;

  constructor(private readonly options: DiagnosticsOptions) {}

  /** Begins to ask. Returns the way to stop. */
  start(): () => void {
    this.active = true;
    const stop = this.options.buffers.store.subscribe(() => this.buffersChanged());
    this.buffersChanged();
    return () => {
      stop();
      this.active = false;
      this.before = new Map();
      this.pause.stop();
    };
  }

  /** The graph, or what is known of columns, changed: every open file may have other problems. */
  refresh(): void {
    for (const path of this.options.buffers.store.get().keys()) this.want(path);
  }

  private buffersChanged(): void {
    const now = this.options.buffers.store.get();
    for (const [path, buffer] of now) {
      if (this.before.get(path)?.text !== buffer.text) this.want(path);
    }
    for (const path of this.told) {
      if (!now.has(path)) {
        this.told.delete(path);
        this.options.problems.set("diagnostics", path, null);
      }
    }
    this.before = now;
  }

  private want(path: string): void {
    if (!/\.(sql|ya?ml|py)$/i.test(path)) return;
    this.waiting.add(path);
    this.pause.await();
  }

  private async askNext(): Promise<void> {
    if (this.asking || !this.active || this.waiting.size === 0) return;
    const files: AskedFile[] = [];
    for (const path of this.waiting) {
      if (files.length === mostFiles) break;
      this.waiting.delete(path);
      const buffer = this.options.buffers.get(path);
      if (buffer) files.push({ path, text: isDirty(buffer) ? buffer.text : null, version: buffer.version });
    }
    if (files.length === 0) return;
    this.asking = true;
    try {
      this.show(files, await this.options.ask(files));
    } catch (error) {
      // The session is away; when it is back, everything is asked again.
      console.warn("The session did not look for problems.", error);
    } finally {
      this.asking = false;
    }
    if (this.waiting.size > 0 && !this.pause.waiting) await this.askNext();
  }

  private show(asked: readonly AskedFile[], found: Diagnostics): void {
    const versions = new Map(asked.map(({ path, version }) => [path, version]));
    for (const { path, problems } of found.files) {
      const version = versions.get(path);
      const buffer = this.options.buffers.get(path);
      if (!this.active || version === undefined || !buffer || this.waiting.has(path)) continue;
      this.told.add(path);
      this.options.problems.set(
        "diagnostics",
        path,
        problems.map((problem) => problemOfDiagnostic(path, problem, version)),
      );
    }
  }
}

/** What the session found in a file; offered with fixes where the file is open, in the text of `version`. */
export function problemOfDiagnostic(path: string, diagnostic: Diagnostic, version: number | null): Problem {
  const { line, column, endLine, endColumn } = diagnostic;
  return {
    source: version === null ? "check" : "diagnostics",
    severity: diagnostic.severity,
    path,
    line,
    column,
    endLine,
    endColumn,
    message: diagnostic.message,
    hint:
      diagnostic.readAt === undefined
        ? null
        : `The warehouse was read at ${new Date(diagnostic.readAt).toLocaleTimeString(undefined, { timeStyle: "short" })}.`,
    code: diagnostic.code,
    fixes:
      version === null
        ? []
        : diagnostic.suggestions.map((text, index) => ({
            title: `Replace by ${text}`,
            version,
            preferred: index === 0,
            edits: [{ line, column, endLine, endColumn, text }],
          })),
  };
}
