import { Store } from "@/components/shell";
import type { ErrorBody } from "@/server/contract";

export type ProblemSeverity = "error" | "warning" | "info";

/** Who found a problem: at most one set of problems per source and subject. */
export type ProblemSource = "compile" | "preview" | "project" | "diagnostics" | "check" | "lint" | "schema";

/** A stretch of the problem's file, 1-based, and what stands there after the fix; the end is the place after the last character. */
export interface ProblemEdit {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly text: string;
}

/** What would put a problem right, offered by its title while the file's text is the `version` that was looked at. */
export interface ProblemFix {
  readonly title: string;
  readonly version: number;
  readonly preferred?: boolean;
  readonly edits: readonly ProblemEdit[];
}

export interface Problem {
  readonly source: ProblemSource;
  readonly severity: ProblemSeverity;
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number | null;
  readonly endColumn: number | null;
  readonly message: string;
  readonly hint: string | null;
  /** The rule or kind of problem, as its source calls it. */
  readonly code: string | null;
  /** The best one first. */
  readonly fixes: readonly ProblemFix[];
}

/** An error as a problem of the file it names, else of `fallbackPath`. */
export function problemOf(source: ProblemSource, error: ErrorBody, fallbackPath: string): Problem {
  const location = error.location;
  return {
    source,
    severity: "error",
    path: location?.path ?? fallbackPath,
    line: location?.line ?? 1,
    column: location?.column ?? 1,
    endLine: location?.endLine ?? null,
    endColumn: location?.endColumn ?? null,
    message: error.message,
    hint: error.hint,
    code: null,
    fixes: [],
  };
}

/** The text after a fix. The fix was made for this text: its places are not looked at again. */
export function withFix(text: string, fix: ProblemFix): string {
  const starts = [0, ...[...text.matchAll(/\r\n|\r|\n/g)].map((end) => end.index + end[0].length)];
  const offset = (line: number, column: number) => (starts[line - 1] ?? text.length) + column - 1;
  return fix.edits
    .map(({ line, column, endLine, endColumn, text: written }) => ({
      start: offset(line, column),
      end: offset(endLine, endColumn),
      written,
    }))
    .sort((left, right) => right.start - left.start)
    .reduce((changed, edit) => changed.slice(0, edit.start) + edit.written + changed.slice(edit.end), text);
}

/** How many problems there are of each severity. */
export function countProblems(problems: readonly Problem[]): Record<ProblemSeverity, number> {
  const counts = { error: 0, warning: 0, info: 0 };
  for (const problem of problems) {
    counts[problem.severity] += 1;
  }
  return counts;
}

/** dbt's own words for a reference that names nothing, which diagnostics place exactly and say better. */
const notFound = /depends on a (node|source) named .* which (was not found|is disabled)/s;
const names: ReadonlySet<string> = new Set(["missing-ref", "missing-source", "disabled"]);

/** Everything that is wrong, in the order of files and lines. */
export class ProblemStore {
  readonly store = new Store<readonly Problem[]>([]);
  private readonly bySubject = new Map<string, readonly Problem[]>();

  /** Replaces what `source` said about `subject` (the file that was looked at, which may differ from where the problems are). */
  set(source: ProblemSource, subject: string, found: Problem | readonly Problem[] | null): void {
    const problems = found === null ? [] : ([found].flat() as readonly Problem[]);
    const key = `${source} ${subject}`;
    if (JSON.stringify(this.bySubject.get(key) ?? []) === JSON.stringify(problems)) {
      return;
    }
    if (problems.length === 0) {
      this.bySubject.delete(key);
    } else {
      this.bySubject.set(key, problems);
    }
    this.publish();
  }

  private publish(): void {
    const all = new Map<string, Problem>();
    const said = [...this.bySubject.values()].flat();
    const missing = new Set(said.filter(({ code }) => code !== null && names.has(code)).map(({ path }) => path));
    for (const item of said.filter((problem) => !(notFound.test(problem.message) && missing.has(problem.path)))) {
      const key = `${item.path}:${item.line}:${item.column} ${item.message}`;
      const known = all.get(key);
      if (!known || known.fixes.length < item.fixes.length) {
        all.set(key, item);
      }
    }
    this.store.set(
      [...all.values()].sort(
        (left, right) => left.path.localeCompare(right.path) || left.line - right.line || left.column - right.column,
      ),
    );
  }
}
