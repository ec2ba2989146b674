import type { SearchQuery } from "../../contract/search";
import { expandTemplate, parseTemplate } from "./template";

export interface Found {
  readonly start: number;
  readonly end: number;
  readonly replacement: string | null;
}

export interface Matcher {
  /** False when these bytes of a UTF-8 file surely hold no match; cheaper than decoding them. */
  mayFit(bytes: Buffer): boolean;
  /** At most `most` matches, none of them empty. */
  find(text: string, most: number): Found[];
}

/** The query as something that finds. Throws SyntaxError for an expression that is none. */
export function makeMatcher(query: SearchQuery): Matcher {
  const expression = expressionOf(query);
  const template = query.replacement === null ? null : parseTemplate(query.replacement, query.regex);
  return {
    mayFit: prefilter(query),
    find(text, most) {
      const found: Found[] = [];
      expression.lastIndex = 0;
      for (let match = expression.exec(text); match !== null; match = expression.exec(text)) {
        const [whole] = match;
        if (whole === "") {
          // Past the whole character, so that a pair of surrogates is not cut.
          expression.lastIndex += (text.codePointAt(expression.lastIndex) ?? 0) > 0xffff ? 2 : 1;
          continue;
        }
        const replacement = template === null ? null : expandTemplate(template, match);
        found.push({ start: match.index, end: match.index + whole.length, replacement });
        if (found.length >= most) break;
      }
      return found;
    },
  };
}

function expressionOf({ text, regex, caseSensitive, wholeWord }: SearchQuery): RegExp {
  const source = regex ? text : text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\r?\n/g, "\\r?\\n");
  const bounded = wholeWord ? `(?<![\\p{L}\\p{N}_])(?:${source})(?![\\p{L}\\p{N}_])` : source;
  const flags = caseSensitive ? "gm" : "gim";
  if (!regex) return new RegExp(bounded, `${flags}u`);
  try {
    return new RegExp(bounded, `${flags}u`);
  } catch (error) {
    // Needless escapes (`\-`, `\'`) are errors with `u` and harmless without.
    if (!(error instanceof SyntaxError)) throw error;
    return new RegExp(wholeWord ? `\\b(?:${source})\\b` : source, flags);
  }
}

function prefilter({ text, regex, caseSensitive }: SearchQuery): (bytes: Buffer) => boolean {
  if (regex || /[\r\n]/.test(text)) return () => true;
  if (caseSensitive) {
    const wanted = Buffer.from(text, "utf8");
    return (bytes) => bytes.includes(wanted);
  }
  // Only ASCII letters have a partner that UTF-8 bytes show; `k` and `s` have one more beyond ASCII.
  if (!/^[\x20-\x7e]+$/.test(text) || /[ks]/i.test(text)) return () => true;
  const expression = new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "i");
  return (bytes) => expression.test(bytes.toString("latin1"));
}
