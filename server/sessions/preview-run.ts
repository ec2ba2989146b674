import type { QueryRun } from "../contract/dbt";
import type { ErrorBody } from "../contract/errors";
import type { WorkerEvent } from "../contract/worker";
import type { Actor } from "../core";
import type { LiveSession } from "./live-session";
import type { QueryConnection } from "./query-connection";

type QueryEnded = Extract<WorkerEvent, { type: "queryEnded" }>;
type Outcome = QueryRun["outcome"];

export interface PreviewRunOptions {
  readonly queryId: string;
  readonly actor: Actor;
  readonly session: LiveSession;
  readonly subject: string;
  /** Called once, when nothing more can change. */
  readonly onFinished: (run: PreviewRun) => Promise<void>;
}

/** How long the worker may take to count what it sent after its socket has closed. */
const reportMilliseconds = 2_000;

/**
 * One preview of this process, from the question to the last count. It knows who may end it and how it ended; the bytes pass
 * by elsewhere. It is over when its socket has closed and its worker has reported, or has had time to.
 */
export class PreviewRun {
  readonly queryId: string;
  readonly actor: Actor;
  readonly session: LiveSession;
  readonly subject: string;
  readonly startedAt = new Date();
  /** Resolves when the outcome is final and written. */
  readonly finished: Promise<void>;
  #outcome: Outcome = "running";
  #message: string | null = null;
  #report: QueryEnded | null = null;
  #connection: QueryConnection | null = null;
  #socketClosed = false;
  #over = false;
  #milliseconds: number | null = null;
  #timer: NodeJS.Timeout | null = null;
  #backstop: NodeJS.Timeout | null = null;
  readonly #options: PreviewRunOptions;
  #resolveFinished!: () => void;
  #rejectFinished!: (error: unknown) => void;

  constructor(options: PreviewRunOptions) {
    this.#options = options;
    this.queryId = options.queryId;
    this.actor = options.actor;
    this.session = options.session;
    this.subject = options.subject;
    this.finished = new Promise((resolve, reject) => {
      this.#resolveFinished = resolve;
      this.#rejectFinished = reject;
    });
  }

  get outcome(): Outcome {
    return this.#outcome;
  }
  get message(): string | null {
    return this.#message;
  }
  get rows(): number | null {
    return this.#report?.rows ?? null;
  }
  get bytes(): number | null {
    return this.#report?.bytes ?? null;
  }
  get milliseconds(): number | null {
    return this.#milliseconds;
  }
  get writeBytes(): number | null {
    return this.#report?.writeBytes ?? null;
  }
  /** Rows may still reach the browser. */
  get live(): boolean {
    return !this.#over;
  }

  /** Takes over the query's socket; when the run was ended meanwhile, closes it at once. */
  attach(connection: QueryConnection, seconds: number): void {
    this.#connection = connection;
    connection.closed.then(({ error }) => this.#closed(error?.message ?? null));
    if (this.#outcome !== "running") {
      connection.destroy();
      return;
    }
    // The worker counts the seconds; this is for a worker that does not.
    this.#backstop = setTimeout(
      () => this.end("failed", `The preview was ended after its limit of ${seconds} seconds.`),
      (seconds + 15) * 1000,
    );
    this.#backstop.unref();
  }

  /** The worker's own count, which is the last word unless a person decided before. */
  report(event: QueryEnded): void {
    if (this.#over) return;
    this.#report = event;
    const completed = event.outcome === "complete" || event.outcome === "limited";
    // A browser that closes the stream right after its last byte has not cancelled anything.
    if (this.#outcome === "running" || (this.#outcome === "cancelled" && completed)) {
      this.#outcome = event.outcome === "lost" ? "failed" : event.outcome;
      this.#message = event.error === null ? null : inWords(event.error);
    }
    this.#finishWhenKnown();
  }

  /**
   * Ends it now: nothing more is read from the warehouse or handed on. The first decision stays, but an administrator's that
   * ends rows which are still on their way to a slow browser replaces the worker's "complete".
   */
  end(outcome: "ended" | "cancelled" | "failed", message: string): void {
    if (this.#over) return;
    if (this.#outcome === "running" || (this.#report !== null && outcome === "ended")) {
      this.#outcome = outcome;
      this.#message = message;
    }
    if (this.#connection === null) {
      this.#closed(null);
      return;
    }
    this.session.cancelQuery(this.queryId);
    this.#connection.destroy();
  }

  #closed(message: string | null): void {
    if (this.#socketClosed) return;
    this.#socketClosed = true;
    this.#milliseconds = Date.now() - this.startedAt.getTime();
    if (this.#connection === null || this.#report !== null || !this.session.running) {
      this.#finish(message);
      return;
    }
    this.#timer = setTimeout(() => this.#finish(message), reportMilliseconds);
    this.#finishWhenKnown();
  }

  #finishWhenKnown(): void {
    if (this.#socketClosed && this.#report !== null) this.#finish(null);
  }

  #finish(message: string | null): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#timer) clearTimeout(this.#timer);
    if (this.#backstop) clearTimeout(this.#backstop);
    if (this.#outcome === "running") {
      this.#outcome = "failed";
      this.#message = message ?? "The query's process ended without a word.";
    }
    this.#options.onFinished(this).then(this.#resolveFinished, this.#rejectFinished);
  }
}

/** What a person is told of a query that ended without a tail. A limit is told with its setting, which is in the hint. */
function inWords({ code, message, hint }: ErrorBody): string {
  return code === "LIMIT_REACHED" && hint !== null ? `${message} ${hint}` : message;
}
