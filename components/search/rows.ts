import type { SearchFile, SearchMatch } from "@/server/contract";

/** One line of the list of results. */
export type SearchRow =
  | { readonly kind: "file"; readonly file: SearchFile; readonly open: boolean; readonly position: number }
  | { readonly kind: "match"; readonly file: SearchFile; readonly match: SearchMatch; readonly position: number };

/** The rows to show: each file and, unless it is closed, its matches. */
export function rowsOf(files: readonly SearchFile[], closed: ReadonlySet<string>): SearchRow[] {
  return files.flatMap((file, index) => {
    const open = !closed.has(file.path);
    const head: SearchRow = { kind: "file", file, open, position: index + 1 };
    const matches = open
      ? file.matches.map((match, at): SearchRow => ({ kind: "match", file, match, position: at + 1 }))
      : [];
    return [head, ...matches];
  });
}

export function keyOfRow(row: SearchRow): string {
  return row.kind === "file" ? row.file.path : `${row.file.path}:${row.match.start}`;
}

/** Files in the order of their paths, with newly found ones put in. */
export function mergeFiles(known: readonly SearchFile[], found: readonly SearchFile[]): SearchFile[] {
  return [...known, ...found].sort((left, right) => (left.path < right.path ? -1 : 1));
}

/** The files without one match, or without a whole file. */
export function withoutMatch(files: readonly SearchFile[], path: string, match: SearchMatch | null): SearchFile[] {
  return files.flatMap((file) => {
    if (file.path !== path) {
      return [file];
    }
    const matches = match === null ? [] : file.matches.filter((other) => other.start !== match.start);
    return matches.length === 0 ? [] : [{ ...file, matches }];
  });
}

export function countMatches(files: readonly SearchFile[]): number {
  return files.reduce((sum, file) => sum + file.matches.length, 0);
}
