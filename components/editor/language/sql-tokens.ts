import { callsIn, type JinjaCall } from "./jinja-calls";
import { type JinjaPiece, jinjaPieces } from "./jinja-pieces";

/** A token of SQL with Jinja. `text` of a word is in lower case, of a quoted name without its quotes. */
export interface SqlToken {
  /** `break` stands where a Jinja block begins or ends that holds a statement of its own. */
  readonly kind: "word" | "quoted" | "string" | "number" | "sign" | "jinja" | "break";
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Of Jinja: its outermost first call, like `ref('orders')`; or null. */
  readonly call: JinjaCall | null;
}

const ownStatement =
  /^\s*(?:set\s+[\w.,\s]+$|(?:endset|call|endcall|macro|endmacro|test|endtest|snapshot|endsnapshot|docs|enddocs|materialization|endmaterialization)\b)/;
const pattern =
  /\s+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^'\\]|''|\\.)*(?:'|$)|\$\$[\s\S]*?(?:\$\$|$)|"((?:[^"]|"")*)(?:"|$)|`([^`]*)(?:`|$)|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)?|::|->>?|=>|:=|<>|<=|>=|!=|\|\||[\s\S]/y;

/** The tokens of SQL with Jinja; white space, comments, `config(…)` and most Jinja statements are left out. */
export function sqlTokens(text: string, pieces: readonly JinjaPiece[] = jinjaPieces(text)): SqlToken[] {
  const tokens: SqlToken[] = [];
  let next = 0;
  let at = 0;
  while (at < text.length) {
    while ((pieces[next]?.start ?? Number.POSITIVE_INFINITY) < at) {
      next += 1;
    }
    const piece = pieces[next];
    if (piece?.start === at) {
      pushPiece(tokens, text, piece);
      at = piece.kind === "raw" ? piece.end : Math.max(piece.end, at + 1);
      continue;
    }
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) {
      break;
    }
    let end = at + match[0].length;
    const first = match[0][0] ?? "";
    // Jinja may stand in a comment of a line and go on after it; in strings and names it is part of them.
    if (first === "-" && match[0].startsWith("--") && piece && piece.start < end && piece.end > end) {
      end = piece.start;
    }
    if (/\s/.test(first) || match[0].startsWith("--") || match[0].startsWith("/*")) {
      at = end;
      continue;
    }
    tokens.push(token(match, at, end));
    at = end;
  }
  return tokens;
}

function token(match: RegExpExecArray, start: number, end: number): SqlToken {
  const raw = match[0];
  const first = raw[0] ?? "";
  const quoted = match[1] ?? match[2];
  if (quoted !== undefined) {
    return { kind: "quoted", text: quoted.replaceAll('""', '"'), start, end, call: null };
  }
  if (first === "'" || raw.startsWith("$$")) {
    return { kind: "string", text: raw, start, end, call: null };
  }
  if (/[A-Za-z_\u0080-\uffff]/.test(first)) {
    return { kind: "word", text: raw.toLowerCase(), start, end, call: null };
  }
  return { kind: /\d/.test(first) ? "number" : "sign", text: raw, start, end, call: null };
}

function pushPiece(tokens: SqlToken[], text: string, piece: JinjaPiece): void {
  const { start, end } = piece;
  if (piece.kind === "expression") {
    const call = callsIn(text, piece.codeStart, piece.codeEnd)[0] ?? null;
    if (call?.name !== "config") {
      tokens.push({ kind: "jinja", text: text.slice(piece.codeStart, piece.codeEnd).trim(), start, end, call });
    }
  } else if (piece.kind === "statement" && ownStatement.test(text.slice(piece.codeStart, piece.codeEnd))) {
    tokens.push({ kind: "break", text: ";", start, end, call: null });
  } else if (piece.kind === "raw") {
    tokens.push({ kind: "string", text: "", start, end, call: null });
  }
}
