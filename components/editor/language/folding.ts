import { jinjaBlocks } from "./jinja-blocks";
import { jinjaPieces } from "./jinja-pieces";
import { isTooLong } from "./long-texts";

/** Lines (1-based) that fold into the first of them. */
export interface FoldedLines {
  readonly start: number;
  readonly end: number;
  readonly comment: boolean;
}

/** What folds in SQL with Jinja: blocks from tag to tag, comments of several lines, brackets, and what is indented below a line. */
export function foldingOf(text: string): FoldedLines[] {
  if (isTooLong(text)) {
    return [];
  }
  const lines = text.split("\n");
  const starts: number[] = [];
  let offset = 0;
  for (const line of lines) {
    starts.push(offset);
    offset += line.length + 1;
  }
  const lineAt = (position: number): number => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= position) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low + 1;
  };
  const found: FoldedLines[] = [];
  const add = (start: number, end: number, comment = false) => {
    if (end > start) {
      found.push({ start, end, comment });
    }
  };
  for (const { tags, closed } of jinjaBlocks(text)) {
    for (const [index, tag] of tags.entries()) {
      const next = tags[index + 1];
      if (next && (closed || index + 1 < tags.length)) {
        add(lineAt(tag.start), lineAt(next.start) - 1);
      }
    }
  }
  for (const piece of jinjaPieces(text)) {
    add(lineAt(piece.start), lineAt(piece.end - 1), piece.kind === "comment");
  }
  for (const match of text.matchAll(/\/\*[\s\S]*?\*\/|(?:^[ \t]*--[^\n]*\n){2,}/gm)) {
    add(lineAt(match.index), lineAt(match.index + match[0].trimEnd().length - 1), true);
  }
  addIndented(lines, add);
  const byStart = new Map<string, FoldedLines>();
  for (const range of found) {
    const key = `${range.start}`;
    const known = byStart.get(key);
    if (!known || range.end > known.end) {
      byStart.set(key, range);
    }
  }
  return [...byStart.values()].sort((left, right) => left.start - right.start);
}

/** A line and the deeper indented ones below it, with the closing bracket's line. */
function addIndented(lines: readonly string[], add: (start: number, end: number) => void): void {
  const open: { indent: number; line: number }[] = [];
  let lastFilled = 0;
  lines.forEach((line, index) => {
    const indent = line.search(/\S/);
    if (indent < 0) {
      return;
    }
    while ((open.at(-1)?.indent ?? -1) >= indent) {
      const ended = open.pop();
      if (ended) {
        add(ended.line, lastFilled);
      }
    }
    open.push({ indent, line: index + 1 });
    lastFilled = index + 1;
  });
  for (const { line } of open) {
    add(line, lastFilled);
  }
}
