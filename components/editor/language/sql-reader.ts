import type { SqlToken } from "./sql-tokens";
import type { Name } from "./sql-tree";

/** Words that are never a column, a table or an alias. */
const reserved = new Set(
  "all and any as asc at between by case cast collate cross current_date current_time current_timestamp desc distinct else end escape except exclude exists false fetch filter following for from full group grouping having ilike in inner intersect interval into is isnull join lateral left like limit minus natural not notnull null nulls offset on or order outer over partition preceding qualify respect right rows select similar some tablesample then true unbounded union unpivot using when where window with within without pivot asof positional semi anti rlike regexp values".split(
    " ",
  ),
);
export const notAliases = new Set([...reserved, "sample", "match_recognize", "option", "range"]);

/** Tokens with their brackets matched, and the questions that reading SQL asks of them. */
export class TokenReader {
  /** For each opening bracket the index of its closing one. */
  protected readonly closing = new Map<number, number>();
  /** How many brackets are open at once, at most. */
  readonly depth: number;

  constructor(
    protected readonly tokens: readonly SqlToken[],
    protected readonly length: number,
  ) {
    const open: number[] = [];
    let depth = 0;
    tokens.forEach((token, index) => {
      if (token.kind === "break") {
        for (const bracket of open.splice(0)) {
          this.closing.set(bracket, index);
        }
      } else if (token.kind === "sign" && token.text === "(") {
        open.push(index);
        depth = Math.max(depth, open.length);
      } else if (token.kind === "sign" && token.text === ")") {
        const bracket = open.pop();
        if (bracket !== undefined) {
          this.closing.set(bracket, index);
        }
      }
    });
    for (const bracket of open) {
      this.closing.set(bracket, tokens.length);
    }
    this.depth = depth;
  }

  protected word(at: number): string | null {
    const token = this.tokens[at];
    return token?.kind === "word" ? token.text : null;
  }

  protected isSign(at: number, sign: string): boolean {
    const token = this.tokens[at];
    return token?.kind === "sign" && token.text === sign;
  }

  /** Offset where token `at` begins, or the end of the text. */
  protected offset(at: number): number {
    return this.tokens[at]?.start ?? this.length;
  }

  protected nameAt(at: number): Name | null {
    const token = this.tokens[at];
    return token?.kind === "word" || token?.kind === "quoted"
      ? { text: token.text, start: token.start, end: token.end, quoted: token.kind === "quoted" }
      : null;
  }

  /** Whether what comes after an opening bracket is a query. */
  protected startsQuery(at: number): boolean {
    const word = this.word(at);
    return (
      word === "select" ||
      word === "with" ||
      word === "from" ||
      word === "values" ||
      (this.isSign(at, "(") && this.startsQuery(at + 1))
    );
  }

  protected names(from: number, to: number): Name[] {
    const names: Name[] = [];
    for (let at = from; at < to; at += 1) {
      const name = this.nameAt(at);
      if (name) {
        names.push(name);
      }
    }
    return names;
  }

  protected isReserved(at: number): boolean {
    const word = this.word(at);
    return word !== null && reserved.has(word);
  }

  /** Whether an operand may end with this token, so that a name after it is an alias. */
  protected endsOperand(at: number): boolean {
    const token = this.tokens[at];
    if (!token || (token.kind === "jinja" && this.tokens[at + 1]?.start === token.end)) {
      return false;
    }
    if (token.kind === "sign") {
      return token.text === ")" || token.text === "]";
    }
    return token.kind !== "word" || !reserved.has(token.text) || /^(?:end|null|true|false)$/.test(token.text);
  }

  protected isChain(from: number, to: number): boolean {
    for (let at = from; at < to; at += 1) {
      if ((at - from) % 2 === 0 ? this.nameAt(at) === null : !this.isSign(at, ".")) {
        return false;
      }
    }
    return to > from;
  }

  /** Words that look like a column and are none. */
  protected isNoColumn(at: number): boolean {
    const token = this.tokens[at];
    if (token?.kind === "quoted") {
      return false;
    }
    const before = this.tokens[at - 1];
    const after = this.tokens[at + 1];
    return (
      (this.isReserved(at) && !(before?.text === "." && before.end === token?.start)) ||
      after?.kind === "string" ||
      (after?.kind === "sign" && (after.text === "=>" || after.text === ":=" || after.text === "(")) ||
      (before?.kind === "sign" && (before.text === "::" || (before.text === ":" && before.end === token?.start))) ||
      before?.text === "over" ||
      (after?.kind === "word" &&
        after.text === "from" &&
        this.isSign(at - 1, "(") &&
        this.word(at - 2) === "extract") ||
      (before?.kind === "jinja" && before.end === token?.start) ||
      (after?.kind === "jinja" && after.start === token?.end)
    );
  }

  /** The word at `at`, unless it is the function `left(…)` or `right(…)`. */
  protected callOrWord(at: number): string {
    const word = this.word(at) ?? "";
    return word !== "join" && this.isSign(at + 1, "(") ? "" : word;
  }
}
