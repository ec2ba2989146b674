import { remembered } from "./remembered";

/** A stretch of Jinja in a text. `codeStart` to `codeEnd` is what stands between its marks. */
export interface JinjaPiece {
  readonly kind: "comment" | "raw" | "statement" | "expression";
  readonly start: number;
  readonly end: number;
  readonly codeStart: number;
  readonly codeEnd: number;
  /** False while its closing mark is not written yet; it then counts to the end of its line. */
  readonly closed: boolean;
}

const rawOpening = /\{%[-+]?\s*raw\s*[-+]?%\}/y;
const rawClosing = /\{%[-+]?\s*endraw\s*[-+]?%\}/g;

/** Every piece of Jinja in a text, in order. Strings, nested braces and half-written pieces are understood. */
export const jinjaPieces = remembered((text: string): readonly JinjaPiece[] => {
  const pieces: JinjaPiece[] = [];
  let at = text.indexOf("{");
  while (at >= 0) {
    const piece = pieceAt(text, at);
    if (piece) {
      pieces.push(piece);
    }
    at = text.indexOf("{", piece ? piece.end : at + 1);
  }
  return pieces;
});

function pieceAt(text: string, start: number): JinjaPiece | null {
  switch (text[start + 1]) {
    case "#": {
      const close = text.indexOf("#}", start + 2);
      const end = close < 0 ? text.length : close + 2;
      return {
        kind: "comment",
        start,
        end,
        codeStart: start + 2,
        codeEnd: close < 0 ? end : close,
        closed: close >= 0,
      };
    }
    case "%": {
      rawOpening.lastIndex = start;
      const raw = rawOpening.exec(text);
      if (raw) {
        rawClosing.lastIndex = start + raw[0].length;
        const close = rawClosing.exec(text);
        const end = close ? close.index + close[0].length : text.length;
        return {
          kind: "raw",
          start,
          end,
          codeStart: start + raw[0].length,
          codeEnd: close ? close.index : end,
          closed: close !== null,
        };
      }
      return codePiece(text, start, "statement");
    }
    case "{":
      return codePiece(text, start, "expression");
    default:
      return null;
  }
}

function codePiece(text: string, start: number, kind: "statement" | "expression"): JinjaPiece {
  const first = kind === "statement" ? "%" : "}";
  const codeStart = start + (text[start + 2] === "-" || text[start + 2] === "+" ? 3 : 2);
  let depth = 0;
  let at = codeStart;
  while (at < text.length) {
    const character = text[at];
    if (character === "'" || character === '"') {
      at = stringEnd(text, at);
      continue;
    }
    if (character === first && text[at + 1] === "}" && (kind === "statement" || depth === 0)) {
      const codeEnd = /[-+]/.test(text[at - 1] ?? "") && at > codeStart ? at - 1 : at;
      return { kind, start, end: at + 2, codeStart, codeEnd, closed: true };
    }
    if (character === "{") {
      if (/[{%#]/.test(text[at + 1] ?? "")) {
        break;
      }
      depth += 1;
    } else if (character === "}" && depth > 0) {
      depth -= 1;
    }
    at += 1;
  }
  const lineEnd = text.indexOf("\n", start);
  const end = Math.min(at, lineEnd < 0 ? text.length : lineEnd);
  return { kind, start, end, codeStart, codeEnd: end, closed: false };
}

/** Offset after the string that begins at `start`; one that is not closed ends with its line. */
export function stringEnd(text: string, start: number): number {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text[at];
    if (character === "\\") {
      at += 1;
    } else if (character === quote) {
      return at + 1;
    } else if (character === "\n") {
      return at;
    }
  }
  return text.length;
}

/** The piece that `offset` is inside of (between its marks), or null. */
export function pieceAround(pieces: readonly JinjaPiece[], offset: number): JinjaPiece | null {
  let low = 0;
  let high = pieces.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const piece = pieces[middle];
    if (!piece || piece.start >= offset) {
      high = middle - 1;
    } else if (offset >= piece.end && (piece.closed || offset > piece.end)) {
      low = middle + 1;
    } else {
      return piece;
    }
  }
  return null;
}
