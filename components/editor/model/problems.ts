import { Store } from "@/components/shell";
import type { ErrorBody } from "@/server/contract";

export interface Problem {
  /** Who found it: at most one set of problems per source and path. */
  readonly source: "compile" | "preview" | "project";
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number | null;
  readonly endColumn: number | null;
  readonly message: string;
  readonly hint: string | null;
}

/** An error as a problem of the file it names, else of `fallbackPath`. */
export function problemOf(source: Problem["source"], error: ErrorBody, fallbackPath: string): Problem {
  const location = error.location;
  return {
    source,
    path: location?.path ?? fallbackPath,
    line: location?.line ?? 1,
    column: location?.column ?? 1,
    endLine: location?.endLine ?? null,
    endColumn: location?.endColumn ?? null,
    message: error.message,
    hint: error.hint,
  };
}

/** Everything that is wrong, in the order of files and lines. */
export class ProblemStore {
  readonly store = new Store<readonly Problem[]>([]);

  /** Replaces what `source` said about `subject` (the file that was looked at, which may differ from where the problem is). */
  set(source: Problem["source"], subject: string, problem: Problem | null): void {
    const key = `${source} ${subject}`;
    const known = this.bySubject.get(key);
    if (problem === null ? known === undefined : JSON.stringify(known) === JSON.stringify(problem)) {
      return;
    }
    if (problem === null) {
      this.bySubject.delete(key);
    } else {
      this.bySubject.set(key, problem);
    }
    const all = new Map<string, Problem>();
    for (const item of this.bySubject.values()) {
      all.set(`${item.path}:${item.line}:${item.column} ${item.message}`, item);
    }
    this.store.set(
      [...all.values()].sort((left, right) => left.path.localeCompare(right.path) || left.line - right.line),
    );
  }

  private readonly bySubject = new Map<string, Problem>();
}
