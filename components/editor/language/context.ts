/** What is being written at a position, as far as the line of thought before it tells. */
export type CompletionContext =
  | { kind: "ref"; packageName: string | null; typed: string }
  | { kind: "source-name"; typed: string }
  | { kind: "source-table"; sourceName: string; typed: string }
  | { kind: "var"; typed: string }
  | { kind: "doc"; typed: string }
  | { kind: "config-key"; typed: string }
  | { kind: "config-value"; key: string; quoted: boolean; typed: string }
  | { kind: "jinja"; packageName: string | null; typed: string }
  | { kind: "column"; alias: string; typed: string }
  | { kind: "relation"; typed: string }
  | { kind: "sql"; typed: string }
  | { kind: "none" };

/** How far back a Jinja opening is looked for. */
const reach = 4000;

/** The text between the last Jinja opening and `offset`, or null outside of Jinja. */
export function jinjaBefore(text: string, offset: number): { code: string; opening: "{{" | "{%" } | null {
  const before = text.slice(Math.max(0, offset - reach), offset);
  const expression = before.lastIndexOf("{{");
  const statement = before.lastIndexOf("{%");
  const start = Math.max(expression, statement);
  if (start < 0) {
    return null;
  }
  const code = before.slice(start + 2);
  if (/[%}]\}/.test(code.replace(/'[^'\n]*'|"[^"\n]*"/g, "''"))) {
    return null;
  }
  return { code, opening: start === expression ? "{{" : "{%" };
}

const quoted = `(?:'([^'\\n]*)'|"([^"\\n]*)")`;
const openString = `(?:'([^'\\n]*)|"([^"\\n]*))$`;
const refSecond = new RegExp(`\\bref\\(\\s*${quoted}\\s*,\\s*${openString}`);
const refFirst = new RegExp(`\\bref\\(\\s*${openString}`);
const sourceSecond = new RegExp(`\\bsource\\(\\s*${quoted}\\s*,\\s*${openString}`);
const sourceFirst = new RegExp(`\\bsource\\(\\s*${openString}`);
const variable = new RegExp(`\\bvar\\(\\s*${openString}`);
const documentation = new RegExp(`\\bdoc\\(\\s*(?:${quoted}\\s*,\\s*)?${openString}`);

function groups(match: RegExpExecArray | null): string[] | null {
  return match ? match.slice(1).filter((group) => group !== undefined) : null;
}

/** What is being written at `offset` of SQL (or YAML, Markdown) with Jinja. */
export function contextAt(text: string, offset: number, outer: "sql" | "other" = "sql"): CompletionContext {
  const jinja = jinjaBefore(text, offset);
  if (jinja) {
    return jinjaContext(jinja.code);
  }
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
  if (outer !== "sql" || /--|\{#/.test(line)) {
    return { kind: "none" };
  }
  const dotted = /([A-Za-z_]\w*)\.(\w*)$/.exec(line);
  if (dotted) {
    return { kind: "column", alias: dotted[1] ?? "", typed: dotted[2] ?? "" };
  }
  const recent = text.slice(Math.max(0, offset - 200), offset);
  const relation = /\b(?:from|join)\s+(\w*)$/i.exec(recent);
  if (relation) {
    return { kind: "relation", typed: relation[1] ?? "" };
  }
  return { kind: "sql", typed: /(\w*)$/.exec(line)?.[1] ?? "" };
}

function jinjaContext(code: string): CompletionContext {
  const second = groups(refSecond.exec(code));
  if (second) {
    return { kind: "ref", packageName: second[0] ?? null, typed: second[1] ?? "" };
  }
  const first = groups(refFirst.exec(code));
  if (first) {
    return { kind: "ref", packageName: null, typed: first[0] ?? "" };
  }
  const table = groups(sourceSecond.exec(code));
  if (table) {
    return { kind: "source-table", sourceName: table[0] ?? "", typed: table[1] ?? "" };
  }
  const source = groups(sourceFirst.exec(code));
  if (source) {
    return { kind: "source-name", typed: source[0] ?? "" };
  }
  const name = groups(variable.exec(code));
  if (name) {
    return { kind: "var", typed: name[0] ?? "" };
  }
  const block = groups(documentation.exec(code));
  if (block) {
    return { kind: "doc", typed: block.at(-1) ?? "" };
  }
  const setting = /\bconfig\(\s*(?:[^()]*,)?\s*(?:(\w+)\s*=\s*(?:(['"])([^'"\n]*)|(\w*))|(\w*))$/.exec(code);
  if (setting) {
    const [, key, quote, inQuotes, plain, name] = setting;
    return key === undefined
      ? { kind: "config-key", typed: name ?? "" }
      : { kind: "config-value", key, quoted: quote !== undefined, typed: inQuotes ?? plain ?? "" };
  }
  if (/(?:'[^'\n]*|"[^"\n]*)$/.test(code.replace(/'[^'\n]*'|"[^"\n]*"/g, ""))) {
    return { kind: "none" };
  }
  const word = /(?:([A-Za-z_]\w*)\.)?(\w*)$/.exec(code);
  return { kind: "jinja", packageName: word?.[1] ?? null, typed: word?.[2] ?? "" };
}

/** A thing of the project that the text names at a position, with the offsets of its name. */
export type Reference = { start: number; end: number } & (
  | { kind: "ref"; packageName: string | null; name: string }
  | { kind: "source"; sourceName: string; name: string }
  | { kind: "macro"; packageName: string | null; name: string }
  | { kind: "doc"; name: string }
);

const calls = new RegExp(`\\b(ref|source|doc)\\(\\s*${quoted}(?:\\s*,\\s*${quoted})?`, "g");

/** The `ref`, `source`, `doc` or macro call at `offset`, or null. */
export function referenceAt(text: string, offset: number): Reference | null {
  const from = Math.max(0, text.lastIndexOf("\n", offset - 1) - 500);
  const to = Math.min(text.length, offset + 500);
  const piece = text.slice(from, to);
  for (const match of piece.matchAll(calls)) {
    const start = from + match.index;
    const end = start + match[0].length;
    if (offset < start || offset > end) {
      continue;
    }
    const [first, second] = match.slice(2).filter((group) => group !== undefined);
    if (first === undefined) {
      continue;
    }
    if (match[1] === "source") {
      return second === undefined ? null : { kind: "source", sourceName: first, name: second, start, end };
    }
    if (match[1] === "doc") {
      return { kind: "doc", name: second ?? first, start, end };
    }
    return { kind: "ref", packageName: second === undefined ? null : first, name: second ?? first, start, end };
  }
  if (!jinjaBefore(text, offset)) {
    return null;
  }
  const before = /(?:([A-Za-z_]\w*)\.)?(\w*)$/.exec(text.slice(Math.max(0, offset - 200), offset));
  const after = /^\w*/.exec(text.slice(offset, offset + 200))?.[0] ?? "";
  const name = (before?.[2] ?? "") + after;
  if (name === "" || /^\d/.test(name)) {
    return null;
  }
  const start = offset - (before?.[2]?.length ?? 0);
  return { kind: "macro", packageName: before?.[1] ?? null, name, start, end: start + name.length };
}

const relationPattern = `(?:\\{\\{-?\\s*(ref|source)\\(\\s*${quoted}(?:\\s*,\\s*${quoted})?[^}]*\\}\\}|([A-Za-z_]\\w*))`;
const aliasPattern = new RegExp(`\\b(?:from|join)\\s+${relationPattern}(?:\\s+(?:as\\s+)?([A-Za-z_]\\w*))?`, "gi");
const importPattern = new RegExp(
  `([A-Za-z_]\\w*)\\s+as\\s*(?:materialized\\s*)?\\(\\s*select\\s+\\*\\s+from\\s+${relationPattern}\\s*\\)`,
  "gi",
);
const notAliases = new Set(
  "on where left right inner outer full cross join using group order having limit union as natural lateral asof qualify window select with".split(
    " ",
  ),
);

/** What a relation is, in the terms of dbt or of the same file (a CTE). */
export type AliasTarget =
  | { kind: "ref"; packageName: string | null; name: string }
  | { kind: "source"; sourceName: string; name: string };

function target(match: RegExpMatchArray, at: number): AliasTarget | { kind: "name"; name: string } | null {
  const [first, second] = match.slice(at + 1, at + 5).filter((group) => group !== undefined);
  const plain = match[at + 5];
  if (plain !== undefined) {
    return { kind: "name", name: plain.toLowerCase() };
  }
  if (first === undefined) {
    return null;
  }
  if (match[at]?.toLowerCase() === "source") {
    return second === undefined ? null : { kind: "source", sourceName: first, name: second };
  }
  return { kind: "ref", packageName: second === undefined ? null : first, name: second ?? first };
}

/** Names that stand for a dbt relation in this SQL: aliases of `from` and `join`, and CTEs that are `select * from` one. */
export function aliasesIn(text: string): Map<string, AliasTarget> {
  const imports = new Map<string, AliasTarget>();
  for (const match of text.matchAll(importPattern)) {
    const found = target(match, 2);
    if (match[1] && found && found.kind !== "name") {
      imports.set(match[1].toLowerCase(), found);
    }
  }
  const aliases = new Map(imports);
  for (const match of text.matchAll(aliasPattern)) {
    const found = target(match, 1);
    if (!found) {
      continue;
    }
    const resolved = found.kind === "name" ? imports.get(found.name) : found;
    const alias = match[7]?.toLowerCase();
    if (resolved && alias && !notAliases.has(alias)) {
      aliases.set(alias, resolved);
    }
    if (resolved && resolved.kind === "ref" && found.kind !== "name" && !aliases.has(resolved.name.toLowerCase())) {
      aliases.set(resolved.name.toLowerCase(), resolved);
    }
  }
  return aliases;
}
