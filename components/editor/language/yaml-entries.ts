/** A scalar of a YAML text with the way to it: `["sources", 0, "tables", 2, "name"]`. Offsets leave quotes out. */
export interface YamlEntry {
  /** Keys and positions in lists, the entry's own key last. */
  readonly path: readonly (string | number)[];
  /** The key's own offsets; null for an item of a list. */
  readonly key: { readonly start: number; readonly end: number } | null;
  /** Null when the value is a block of its own, or not written. */
  readonly value: { readonly text: string; readonly start: number; readonly end: number } | null;
  /** Column of the key or the item's text, 0-based. */
  readonly column: number;
  readonly line: number;
}

interface Frame {
  indent: number;
  token: string | number;
  isItem: boolean;
  items: number;
}

const keyPattern =
  /(?:([^\s#'"[\]{},:&*!|>%@`-][^#:\n]*?|-[^\s#:][^#:\n]*?)|"((?:\\.|[^"\\\n])*)"|'((?:''|[^'\n])*)')[ \t]*:(?=\s|$)/y;

/**
 * The scalars of a YAML text with their offsets, read line by line, so that a text that is being written is understood as far as it
 * goes. Anchors, tags and multi-line plain scalars are passed over.
 */
export function yamlEntries(text: string): YamlEntry[] {
  const entries: YamlEntry[] = [];
  const frames: Frame[] = [];
  let line = 0;
  let blockIndent: number | null = null;
  let at = 0;
  while (at <= text.length) {
    const newline = text.indexOf("\n", at);
    const lineEnd = newline < 0 ? text.length : newline;
    line += 1;
    const start = at;
    at = lineEnd + 1;
    let offset = start;
    while (text[offset] === " ") {
      offset += 1;
    }
    const blank = offset >= lineEnd || text.slice(offset, lineEnd).trim() === "";
    if (blank || (blockIndent !== null && offset - start > blockIndent)) {
      continue;
    }
    blockIndent = null;
    if (text[offset] === "#" || /^(?:---|\.\.\.)/.test(text.slice(offset, offset + 3))) {
      continue;
    }
    while (text[offset] === "-" && /[\s]|^$/.test(text[offset + 1] ?? "")) {
      const column = offset - start;
      while ((frames.at(-1)?.indent ?? -1) > column || (frames.at(-1)?.isItem && frames.at(-1)?.indent === column)) {
        frames.pop();
      }
      const parent = frames.at(-1);
      frames.push({ indent: column, token: parent ? parent.items++ : 0, isItem: true, items: 0 });
      offset += 1;
      while (text[offset] === " ") {
        offset += 1;
      }
    }
    if (offset >= lineEnd || text[offset] === "#") {
      continue;
    }
    const column = offset - start;
    keyPattern.lastIndex = offset;
    const key = keyPattern.exec(text);
    if (key && key.index + key[0].length <= lineEnd) {
      while ((frames.at(-1)?.indent ?? -1) >= column) {
        frames.pop();
      }
      const name = key[1] ?? key[2] ?? key[3] ?? "";
      const keyStart = offset + (key[1] === undefined ? 1 : 0);
      frames.push({ indent: column, token: name, isItem: false, items: 0 });
      const path = frames.map((frame) => frame.token);
      const scalar = scalarAt(text, offset + key[0].length, lineEnd);
      const place = { key: { start: keyStart, end: keyStart + name.length }, column, line };
      if (scalar?.flow) {
        entries.push({ path, value: null, ...place });
        at = Math.max(at, flowEntries(text, scalar.start, { path, entries, line }) + 1);
        if (at > lineEnd + 1) {
          line += text.slice(lineEnd, at - 1).split("\n").length - 1;
          const rest = text.indexOf("\n", at - 1);
          at = rest < 0 ? text.length + 1 : rest + 1;
        }
        continue;
      }
      if (scalar && /^[|>]/.test(scalar.text)) {
        blockIndent = column;
        entries.push({ path, value: null, ...place });
        continue;
      }
      entries.push({
        path,
        value: scalar && { text: scalar.text, start: scalar.start, end: scalar.end },
        ...place,
      });
      continue;
    }
    const scalar = scalarAt(text, offset, lineEnd);
    const item = frames.at(-1);
    if (!scalar || !item?.isItem || item.indent >= column) {
      continue;
    }
    const path = frames.map((frame) => frame.token);
    if (scalar.flow) {
      flowEntries(text, scalar.start, { path, entries, line });
    } else if (/^[|>]/.test(scalar.text)) {
      blockIndent = item.indent;
    } else {
      entries.push({
        path,
        key: null,
        value: { text: scalar.text, start: scalar.start, end: scalar.end },
        column,
        line,
      });
    }
  }
  return entries;
}

interface Scalar {
  text: string;
  start: number;
  end: number;
  flow: boolean;
}

/** The scalar that begins at or after `from` on a line. */
function scalarAt(text: string, from: number, lineEnd: number): Scalar | null {
  let start = from;
  const skipped = /[ \t]*(?:[&!][^\s]*[ \t]+)*/y;
  skipped.lastIndex = start;
  start += skipped.exec(text)?.[0].length ?? 0;
  if (start >= lineEnd || text[start] === "#") {
    return null;
  }
  const first = text[start];
  if (first === "[" || (first === "{" && !/[{%#]/.test(text[start + 1] ?? ""))) {
    return { text: "", start, end: start, flow: true };
  }
  if (first === '"' || first === "'") {
    return quoted(text, start);
  }
  let end = text.slice(start, lineEnd).search(/\s+#|\s*$/);
  end = end < 0 ? lineEnd : start + end;
  return { text: text.slice(start, end), start, end, flow: false };
}

function quoted(text: string, start: number): Scalar {
  const quote = text[start];
  let end = start + 1;
  while (end < text.length && text[end] !== quote) {
    end += text[end] === "\\" && quote === '"' ? 2 : 1;
    if (quote === "'" && text[end] === "'" && text[end + 1] === "'") {
      end += 2;
    }
  }
  return { text: text.slice(start + 1, end), start: start + 1, end: Math.min(end, text.length), flow: false };
}

/** Entries of `[…]` or `{…}` at `start`. Returns the offset after it. */
function flowEntries(
  text: string,
  start: number,
  { path, entries, line }: { path: readonly (string | number)[]; entries: YamlEntry[]; line: number },
): number {
  const mapping = text[start] === "{";
  const closing = mapping ? "}" : "]";
  let at = start + 1;
  let index = 0;
  while (at < text.length) {
    const gap = /[\s,]*/y;
    gap.lastIndex = at;
    at += gap.exec(text)?.[0].length ?? 0;
    if (at >= text.length || text[at] === closing) {
      return at + 1;
    }
    let key: YamlEntry["key"] = null;
    let token: string | number = index++;
    const from = at;
    if (mapping) {
      const name = /(?:"([^"\n]*)"|'([^'\n]*)'|([^\s,{}[\]:#]+))\s*:?\s*/y;
      name.lastIndex = at;
      const found = name.exec(text);
      if (!found) {
        return at + 1;
      }
      token = found[1] ?? found[2] ?? found[3] ?? "";
      const keyStart = at + (found[3] === undefined ? 1 : 0);
      key = { start: keyStart, end: keyStart + token.length };
      at += found[0].length;
    }
    const here = [...path, token];
    const first = text[at];
    if (first === "[" || (first === "{" && text[at + 1] !== "{")) {
      if (key) {
        entries.push({ path: here, key, value: null, column: -1, line });
      }
      at = flowEntries(text, at, { path: here, entries, line });
      continue;
    }
    const scalar = first === '"' || first === "'" ? quoted(text, at) : plainInFlow(text, at);
    entries.push({
      path: here,
      key,
      value: scalar.text === "" ? null : { text: scalar.text, start: scalar.start, end: scalar.end },
      column: -1,
      line,
    });
    at = scalar.end + (first === '"' || first === "'" ? 1 : 0);
    if (at === from) {
      at += 1;
    }
  }
  return at;
}

function plainInFlow(text: string, start: number): Scalar {
  let end = start;
  let depth = 0;
  while (end < text.length && !/[\n]/.test(text[end] ?? "")) {
    const character = text[end] ?? "";
    if (depth === 0 && /[,\]}]/.test(character)) {
      break;
    }
    depth += character === "(" ? 1 : character === ")" ? -1 : 0;
    end += 1;
  }
  const content = text.slice(start, end).trimEnd();
  return { text: content, start, end: start + content.length, flow: false };
}
