/** A common table expression of a statement; all positions are offsets in the text. */
export interface Cte {
  readonly name: string;
  /** Where its name begins. */
  readonly start: number;
  readonly nameEnd: number;
  /** Inside its brackets. */
  readonly bodyStart: number;
  readonly bodyEnd: number;
  /** After its closing bracket. */
  readonly end: number;
}
export interface SqlStructure {
  /** Offset of `with`. */
  readonly withStart: number;
  readonly recursive: boolean;
  readonly ctes: readonly Cte[];
  /** Where the statement after the CTEs begins. */
  readonly mainStart: number;
}

const opaque =
  /\{#[\s\S]*?(?:#\}|$)|\{%[\s\S]*?(?:%\}|$)|\{\{[\s\S]*?(?:\}\}|$)|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*(?:'|$)/g;

/** The text with Jinja, comments and strings as blanks of the same length, so that brackets and words can be counted on. */
export function withoutOpaque(text: string): string {
  return text.replace(opaque, (piece) => piece.replace(/[^\n]/g, " "));
}

/** Offset of the bracket that closes the one at `open`, or null while it is not written yet. */
function closing(plain: string, open: number): number | null {
  let depth = 0;
  for (let at = open; at < plain.length; at += 1) {
    const character = plain.charCodeAt(at);
    if (character === 40) {
      depth += 1;
    } else if (character === 41) {
      depth -= 1;
      if (depth === 0) {
        return at;
      }
    }
  }
  return null;
}

const head = /\s*("(?:[^"]|"")*"|[A-Za-z_][\w$]*)\s*/y;
const as = /\s*as\s+(?:not\s+materialized\s*|materialized\s*)?\(|\s*as\s*\(/iy;

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** The CTEs at the top of a statement with Jinja in it, or null when it has none. A half-written last one is left out. */
export function structureOf(text: string): SqlStructure | null {
  const plain = withoutOpaque(text);
  const opening = /^\s*with\b(\s+recursive\b)?/i.exec(plain);
  if (!opening) {
    return null;
  }
  const ctes: Cte[] = [];
  let at = opening[0].length;
  for (;;) {
    const name = matchAt(head, plain, at);
    const label = name?.[1];
    if (!name || label === undefined) {
      break;
    }
    let next = name.index + name[0].length;
    if (plain[next] === "(") {
      const columnsEnd = closing(plain, next);
      if (columnsEnd === null) {
        break;
      }
      next = columnsEnd + 1;
    }
    const brackets = matchAt(as, plain, next);
    if (!brackets) {
      break;
    }
    const open = brackets.index + brackets[0].length - 1;
    const close = closing(plain, open);
    if (close === null) {
      break;
    }
    const start = name.index + name[0].indexOf(label);
    ctes.push({
      name: label.startsWith('"') ? label.slice(1, -1).replaceAll('""', '"') : label,
      start,
      nameEnd: start + label.length,
      bodyStart: open + 1,
      bodyEnd: close,
      end: close + 1,
    });
    at = close + 1;
    const comma = /^\s*,/.exec(plain.slice(at));
    if (!comma) {
      break;
    }
    at += comma[0].length;
  }
  const withStart = opening[0].search(/\S/);
  return { withStart, recursive: opening[1] !== undefined, ctes, mainStart: at };
}
