import { toErrorBody } from "@/components/api";
import { Store } from "@/components/shell";
import type { CompileResult, ErrorBody } from "@/server/contract";
import { Pause } from "./pause";

/** What is known of one file's compiled SQL. */
export interface Compiled {
  readonly sql: string | null;
  /** The newest SQL that compiled, shown in grey while `error` is set. */
  readonly lastGoodSql: string | null;
  readonly error: ErrorBody | null;
  readonly stale: boolean;
  readonly introspective: boolean;
  readonly milliseconds: number | null;
}

export interface CompilerOptions {
  /** Asks the session. `text` is null when the file on disk counts. */
  compile: (input: { path: string; text: string | null; version: number }) => Promise<CompileResult>;
  /** The text to send for a path, or null when it is saved; undefined when the file is not open any more. */
  unsavedText: (path: string) => string | null | undefined;
}

/** Milliseconds without a key before a request, and those after which somebody who types on sees SQL anyway. */
const quiet = 200;
const most = 5000;

const nothing: Compiled = {
  sql: null,
  lastGoodSql: null,
  error: null,
  stale: false,
  introspective: false,
  milliseconds: null,
};

/**
 * Keeps the compiled SQL of the shown file in step with its text. Requests wait for a short pause; one is under way per file and the
 * newest text follows it; an answer that is older than one already shown is dropped. Typing never waits for any of it.
 */
export class Compiler {
  readonly store = new Store<ReadonlyMap<string, Compiled>>(new Map());
  private followed: string | null = null;
  private readonly pause = new Pause(() => this.sendFollowed(), quiet, most);
  private version = 0;
  private readonly shownVersion = new Map<string, number>();
  private readonly underWay = new Map<string, number>();
  private readonly again = new Set<string>();
  private active = false;

  constructor(private readonly options: CompilerOptions) {}

  get(path: string): Compiled {
    return this.store.get().get(path) ?? nothing;
  }

  /** Which file is shown; null for one without SQL of its own. */
  follow(path: string | null): void {
    if (path === this.followed) {
      return;
    }
    this.followed = path;
    this.pause.await(0);
  }

  /** The text of `path` changed. */
  textChanged(path: string): void {
    if (path === this.followed) {
      this.pause.await();
    }
  }

  /** Something else changed that the shown SQL may depend on. */
  graphChanged(): void {
    this.pause.await();
  }

  /** Begins to ask, also after `stop`. */
  start(): void {
    this.active = true;
    this.pause.await(0);
  }

  /** Stops asking; answers on their way are dropped. */
  stop(): void {
    this.active = false;
    this.pause.stop();
  }

  private sendFollowed(): void {
    if (this.followed !== null && this.active) {
      void this.send(this.followed);
    }
  }

  private async send(path: string): Promise<void> {
    if (this.underWay.has(path)) {
      this.again.add(path);
      return;
    }
    const text = this.options.unsavedText(path);
    if (text === undefined) {
      return;
    }
    this.version += 1;
    const version = this.version;
    this.underWay.set(path, version);
    try {
      this.show(path, version, await this.options.compile({ path, text, version }));
    } catch (error) {
      this.fail(path, version, toErrorBody(error));
    } finally {
      if (this.underWay.get(path) === version) {
        this.underWay.delete(path);
      }
      if (this.again.delete(path) && this.active) {
        void this.send(path);
      }
    }
  }

  private isNews(path: string, version: number): boolean {
    if (!this.active || version < (this.shownVersion.get(path) ?? 0)) {
      return false;
    }
    this.shownVersion.set(path, version);
    return true;
  }

  private show(path: string, version: number, result: CompileResult): void {
    if (!this.isNews(path, version)) {
      return;
    }
    this.put(path, {
      sql: result.sql,
      lastGoodSql: result.sql ?? result.lastGoodSql ?? this.get(path).lastGoodSql,
      error: result.error,
      stale: result.stale,
      introspective: result.introspective,
      milliseconds: result.milliseconds,
    });
  }

  private fail(path: string, version: number, error: ErrorBody): void {
    if (this.isNews(path, version)) {
      this.put(path, { ...this.get(path), sql: null, error, milliseconds: null });
    }
  }

  private put(path: string, compiled: Compiled): void {
    this.store.set(new Map(this.store.get()).set(path, compiled));
  }
}
