import { toErrorBody } from "@/components/api";
import { Store } from "@/components/shell";
import type { ErrorBody, ErrorCode, LintProblem, LintResult } from "@/server/contract";
import { isTooLong } from "../language/long-texts";
import { type Buffer, type BufferStore, isDirty } from "./buffers";
import { type Problem, type ProblemStore, problemOf } from "./problems";

/** Pause in typing before SQLFluff looks. */
const delay = 600;
/** A newer text has taken the place of the one that was asked for, and a person who is signed out is told so by the screen. */
const unsaid: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["CANCELLED", "UNAUTHENTICATED"]);

export interface LinterOptions {
  readonly lint: (file: { path: string; text: string | null; version: number }) => Promise<LintResult>;
  readonly buffers: BufferStore;
  readonly problems: ProblemStore;
  /** Whether SQLFluff has anything to say about a file. */
  readonly isLinted: (path: string) => boolean;
}

/** Keeps SQLFluff's problems of the shown file in step with its text, as the person pauses. */
export class Linter {
  /** Whether the project configures SQLFluff; null until it has looked at a file. */
  readonly configured = new Store<boolean | null>(null);
  private path: string | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private readonly looked = new Map<string, number>();
  private readonly told = new Set<string>();
  private active = false;

  constructor(private readonly options: LinterOptions) {}

  /** Begins to look. Returns the way to stop. */
  start(): () => void {
    this.active = true;
    const stop = this.options.buffers.store.subscribe(() => this.buffersChanged());
    return () => {
      stop();
      this.active = false;
      this.wait(null);
    };
  }

  /** From now on this file is looked at; null for none. */
  follow(path: string | null): void {
    if (path !== this.path) {
      this.path = path;
      this.buffersChanged();
    }
  }

  /** The project changed, or the session is back: what was said may be wrong now. */
  refresh(): void {
    this.looked.clear();
    this.buffersChanged();
  }

  private buffersChanged(): void {
    const { buffers, problems, isLinted } = this.options;
    for (const path of this.told) {
      if (!buffers.get(path)) {
        this.told.delete(path);
        this.looked.delete(path);
        problems.set("lint", path, null);
      }
    }
    const buffer = this.path === null ? null : buffers.get(this.path);
    if (buffer && isLinted(buffer.path) && this.looked.get(buffer.path) !== buffer.version) {
      this.wait(() => void this.look(buffer.path));
    }
  }

  private wait(then: (() => void) | null): void {
    if (this.timer) {
      clearTimeout(this.timer);
    }
    this.timer = then === null ? null : setTimeout(then, delay);
  }

  private async look(path: string): Promise<void> {
    const buffer = this.options.buffers.get(path);
    if (!buffer || !this.active) {
      return;
    }
    const { version } = buffer;
    this.looked.set(path, version);
    if (isTooLong(buffer.text)) {
      // It would take minutes, on the session that others' requests wait for. The editor says so above the text.
      this.show(buffer, []);
      return;
    }
    try {
      const { problems, configured } = await this.options.lint({
        path,
        text: isDirty(buffer) ? buffer.text : null,
        version,
      });
      this.configured.set(configured);
      this.show(
        buffer,
        problems.map((problem) => shown(path, version, problem)),
      );
    } catch (error) {
      const body = toErrorBody(error);
      // A wrong configuration stays wrong until it is changed; whatever else failed may work the next time.
      if (body.code !== "DBT_ERROR") {
        this.looked.delete(path);
      }
      if (!unsaid.has(body.code)) {
        this.show(buffer, [problemOfFailure(body, path)]);
      }
    }
  }

  private show({ path, version }: Buffer, problems: readonly Problem[]): void {
    if (this.active && this.options.buffers.get(path)?.version === version) {
      this.told.add(path);
      this.options.problems.set("lint", path, problems);
    }
  }
}

/** Why SQLFluff could not look at a file. A wrong configuration is a warning; what is not the project's doing is for information. */
function problemOfFailure(body: ErrorBody, path: string): Problem {
  const problem = problemOf("lint", body, path);
  return body.code === "DBT_ERROR"
    ? { ...problem, severity: "warning" }
    : { ...problem, severity: "info", message: `SQLFluff did not look at this file: ${body.message}` };
}

function shown(path: string, version: number, problem: LintProblem): Problem {
  const { code, rule, message, severity, line, column, endLine, endColumn, edits } = problem;
  return {
    ...{ source: "lint", path, severity, line, column, endLine, endColumn, message, code, hint: null },
    fixes: edits.length === 0 ? [] : [{ title: `Fix: ${rule}`, version, edits, preferred: true }],
  };
}
