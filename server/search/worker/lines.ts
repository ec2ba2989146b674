import type { SearchMatch } from "../../contract/search";
import type { Found } from "./matcher";

/** Characters of a line that are shown around a match, and of the match itself. */
const shownAround = 120;
const shownOfMatch = 400;

/** Adds lines, columns and the text around to matches in the order of the text. */
export function placed(text: string, found: readonly Found[]): SearchMatch[] {
  const mark = text.startsWith("\ufeff") ? 1 : 0;
  const places = new Places(text);
  return found.map(({ start, end, replacement }) => {
    const from = places.at(start);
    const lineEnd = places.endOfLine();
    const to = places.at(end);
    const shownEnd = Math.min(end, lineEnd, start + shownOfMatch);
    const lineStart = Math.max(from.lineStart, from.line === 1 ? mark : 0);
    return {
      start,
      end,
      line: from.line,
      column: start - from.lineStart + 1 - (from.line === 1 ? mark : 0),
      endLine: to.line,
      endColumn: end - to.lineStart + 1 - (to.line === 1 ? mark : 0),
      before: text.slice(Math.max(lineStart, start - shownAround), start).trimStart(),
      text: text.slice(start, shownEnd) + (shownEnd < end ? "…" : ""),
      after: end > lineEnd ? "" : text.slice(end, Math.min(lineEnd, end + shownAround)),
      replacement,
    };
  });
}

/** Finds lines in one pass; offsets must not go down. Lines end as in the text editor: \n, \r\n or \r. */
class Places {
  private line = 1;
  private lineStart = 0;
  private next: number;

  constructor(private readonly text: string) {
    this.next = this.findEnd(0);
  }

  at(offset: number): { line: number; lineStart: number } {
    while (this.next < this.text.length && offset >= this.next + this.breakLength(this.next)) {
      this.lineStart = this.next + this.breakLength(this.next);
      this.line++;
      this.next = this.findEnd(this.lineStart);
    }
    return { line: this.line, lineStart: this.lineStart };
  }

  /** Where the line of the last offset ends. */
  endOfLine(): number {
    return this.next;
  }

  private findEnd(from: number): number {
    const line = this.text.indexOf("\n", from);
    const end = line < 0 ? this.text.length : line;
    const carriage = this.text.indexOf("\r", from);
    return carriage >= 0 && carriage < end ? carriage : end;
  }

  private breakLength(at: number): number {
    return this.text.charCodeAt(at) === 13 && this.text.charCodeAt(at + 1) === 10 ? 2 : 1;
  }
}
