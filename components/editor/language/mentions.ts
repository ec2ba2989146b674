import { callsIn, type JinjaCall } from "./jinja-calls";
import { type JinjaPiece, jinjaPieces } from "./jinja-pieces";
import type { languageOf } from "./language-of";
import { isTooLong } from "./long-texts";
import { type YamlEntry, yamlEntries } from "./yaml-entries";

/**
 * A name of the project's things in a text, with the offsets of the name alone. `defines` is set where the text says what the thing
 * is, rather than using it.
 */
export type Mention = { readonly start: number; readonly end: number; readonly defines: boolean } & (
  | { kind: "ref"; name: string; packageName: string | null; version: string | null; call: Range | null }
  | { kind: "source"; sourceName: string; call: Range | null }
  | { kind: "table"; sourceName: string; name: string; call: Range | null }
  | { kind: "macro"; name: string; packageName: string | null }
  | { kind: "test"; name: string; packageName: string | null }
  | { kind: "var" | "env_var"; name: string }
  | { kind: "doc"; name: string; packageName: string | null }
  | { kind: "column"; owner: ColumnOwner; name: string }
);
export interface Range {
  readonly start: number;
  readonly end: number;
}
/** Whose column it is, as the YAML names it. */
export type ColumnOwner =
  | { kind: "ref"; name: string; packageName: string | null }
  | { kind: "table"; sourceName: string; name: string };
type Language = ReturnType<typeof languageOf>;

const definitions = new Set(["macro", "test", "data_test", "materialization"]);
const builtins = new Set(["ref", "source", "var", "env_var", "doc", "config", "return"]);

let last: { language: Language; text: string; mentions: readonly Mention[] } | null = null;

/** Everything of the project that a text names, in order. Of a text that is too long, nothing. */
export function mentionsIn(language: Language, text: string): readonly Mention[] {
  if (isTooLong(text)) {
    return [];
  }
  if (last?.text === text && last.language === language) {
    return last.mentions;
  }
  const mentions: Mention[] = [];
  if (language === "python") {
    mentions.push(...callsIn(text, 0, text.length).flatMap((call) => callMentions(call, "python")));
  } else {
    for (const piece of jinjaPieces(text)) {
      mentions.push(...pieceMentions(text, piece));
    }
    if (language === "dbt-yaml") {
      mentions.push(...yamlMentions(text));
    }
  }
  mentions.sort((left, right) => left.start - right.start || left.end - right.end);
  last = { language, text, mentions };
  return mentions;
}

/** The mention at `offset`, or null; of two, the smaller. */
export function mentionAt(mentions: readonly Mention[], offset: number): Mention | null {
  const found = mentions.filter((mention) => mention.start <= offset && offset <= mention.end);
  return found.sort((left, right) => left.end - left.start - (right.end - right.start))[0] ?? null;
}

function pieceMentions(text: string, piece: JinjaPiece): Mention[] {
  if (piece.kind === "comment" || piece.kind === "raw") {
    return [];
  }
  const mentions = callsIn(text, piece.codeStart, piece.codeEnd).flatMap((call) => callMentions(call, "jinja"));
  if (piece.kind === "statement") {
    const block = /^\s*(docs|materialization)\s+(\w+)/.exec(text.slice(piece.codeStart, piece.codeEnd));
    const name = block?.[2];
    if (block && name !== undefined) {
      const start = piece.codeStart + block[0].length - name.length;
      const place = { start, end: start + name.length, defines: true, name, packageName: null };
      mentions.push(
        block[1] === "docs" ? { kind: "doc", ...place } : { kind: "macro", ...place, name: `materialization_${name}` },
      );
    }
  }
  return mentions;
}

function callMentions(call: JinjaCall, place: "jinja" | "python"): Mention[] {
  const positional = call.arguments.filter((argument) => argument.keyword === null);
  const [first, second] = positional;
  const whole = { start: call.nameStart, end: call.end };
  const isDbt = call.packageName === null || call.packageName === "builtins" || call.packageName === "dbt";
  if (isDbt && call.name === "ref" && first && first.text !== null) {
    const named = second && second.text !== null ? second : first;
    const version = call.arguments.find(({ keyword }) => keyword === "v" || keyword === "version");
    return [
      {
        kind: "ref",
        name: named.text ?? "",
        packageName: named === second ? first.text : null,
        version: version?.code ?? null,
        call: whole,
        start: named.start,
        end: named.end,
        defines: false,
      },
    ];
  }
  if (isDbt && call.name === "source" && first && first.text !== null) {
    const group: Mention = {
      kind: "source",
      sourceName: first.text,
      call: whole,
      start: first.start,
      end: first.end,
      defines: false,
    };
    return second && second.text !== null
      ? [
          group,
          {
            kind: "table",
            sourceName: first.text,
            name: second.text,
            call: whole,
            start: second.start,
            end: second.end,
            defines: false,
          },
        ]
      : [group];
  }
  if (place === "python") {
    return [];
  }
  if ((call.name === "var" || call.name === "env_var") && call.packageName === null && first && first.text !== null) {
    return [{ kind: call.name, name: first.text, start: first.start, end: first.end, defines: false }];
  }
  if (call.name === "doc" && call.packageName === null && first && first.text !== null) {
    const named = second && second.text !== null ? second : first;
    return [
      {
        kind: "doc",
        name: named.text ?? "",
        packageName: named === second ? first.text : null,
        start: named.start,
        end: named.end,
        defines: false,
      },
    ];
  }
  if (call.name === "dispatch" && call.packageName === "adapter" && first && first.text !== null) {
    return [
      {
        kind: "macro",
        name: first.text,
        packageName: second?.text ?? null,
        start: first.start,
        end: first.end,
        defines: false,
      },
    ];
  }
  if (call.packageName === null && builtins.has(call.name)) {
    return [];
  }
  const defines = call.before !== null && definitions.has(call.before);
  const position = { start: call.nameStart, end: call.nameEnd, defines };
  if (defines && (call.before === "test" || call.before === "data_test")) {
    return [{ kind: "test", name: call.name, packageName: null, ...position }];
  }
  return [{ kind: "macro", name: call.name, packageName: call.packageName, ...position }];
}

const nodeSections = new Set(["models", "seeds", "snapshots", "analyses"]);

function yamlMentions(text: string): Mention[] {
  const entries = yamlEntries(text);
  const names = new Map<string, string>();
  for (const { path, value } of entries) {
    if (path.at(-1) === "name" && value) {
      names.set(path.slice(0, -1).join("\0"), value.text);
    }
  }
  return entries.flatMap((entry) => entryMentions(text, entry, { names, entries }));
}

interface YamlContext {
  names: ReadonlyMap<string, string>;
  entries: readonly YamlEntry[];
}

function entryMentions(text: string, entry: YamlEntry, context: YamlContext): Mention[] {
  const { path, value } = entry;
  const section = path[0];
  const found: Mention[] = [];
  const here = (range: Range | null, defines = true) => ({ start: range?.start ?? 0, end: range?.end ?? 0, defines });
  if (section === "vars" && entry.key && path.length >= 2 && typeof path.at(-1) === "string") {
    found.push({ kind: "var", name: String(path.at(-1)), ...here(entry.key) });
  }
  if (value && path.at(-1) === "name") {
    if (path.length === 3 && typeof section === "string" && nodeSections.has(section)) {
      found.push({ kind: "ref", name: value.text, packageName: null, version: null, call: null, ...here(value) });
    } else if (path.length === 3 && section === "sources") {
      found.push({ kind: "source", sourceName: value.text, call: null, ...here(value) });
    } else if (path.length === 5 && section === "sources" && path[2] === "tables") {
      const sourceName = context.names.get(path.slice(0, 2).join("\0")) ?? "";
      found.push({ kind: "table", sourceName, name: value.text, call: null, ...here(value) });
    } else if (path.length === 3 && section === "macros") {
      found.push({ kind: "macro", name: value.text, packageName: null, ...here(value) });
    } else if (path.at(-3) === "columns") {
      const owner = ownerOf(path, context);
      if (owner) {
        found.push({ kind: "column", owner, name: value.text, ...here(value) });
      }
    }
  }
  if (value && section === "unit_tests" && path.length === 3 && path[2] === "model") {
    found.push({ kind: "ref", name: value.text, packageName: null, version: null, call: null, ...here(value, false) });
  }
  // `to: ref('orders')` and the like, which YAML does not put into Jinja.
  if (value && /^(?:ref|source)\s*\(/.test(value.text)) {
    found.push(...callsIn(text, value.start, value.end).flatMap((call) => callMentions(call, "jinja")));
  }
  found.push(...testMentions(entry, context));
  return found;
}

/** The model, snapshot, seed or table whose `columns` hold this path. */
function ownerOf(path: YamlEntry["path"], { names }: YamlContext): ColumnOwner | null {
  const at = path.lastIndexOf("columns");
  const holder = path.slice(0, at);
  if (path[0] === "sources" && holder.length === 4) {
    const sourceName = names.get(holder.slice(0, 2).join("\0"));
    const name = names.get(holder.join("\0"));
    return sourceName !== undefined && name !== undefined ? { kind: "table", sourceName, name } : null;
  }
  const owner =
    typeof path[0] === "string" && nodeSections.has(path[0]) ? names.get(path.slice(0, 2).join("\0")) : undefined;
  return owner === undefined ? null : { kind: "ref", name: owner, packageName: null };
}

const testLists = new Set(["tests", "data_tests"]);

/** Tests by name (an item of `data_tests`, or a key below it), and the column that `relationships` points at. */
function testMentions(entry: YamlEntry, { entries }: YamlContext): Mention[] {
  const { path, key, value } = entry;
  const last = path.at(-1);
  if (key === null && value && testLists.has(String(path.at(-2)))) {
    return testName(value.text, value.start);
  }
  if (key && typeof path.at(-2) === "number" && testLists.has(String(path.at(-3))) && typeof last === "string") {
    // Of a test that is a mapping, the first key is its name; `name`, `config` and the like belong to it.
    const isFirst = entries.find((other) => samePlace(other.path.slice(0, -1), path.slice(0, -1))) === entry;
    return isFirst && last !== "name" && last !== "test_name" ? testName(last, key.start) : [];
  }
  if (value && last === "test_name") {
    return testName(value.text, value.start);
  }
  if (value && last === "field") {
    const to = entries.find(
      (other) => other.path.at(-1) === "to" && samePlace(other.path.slice(0, -1), path.slice(0, -1)),
    );
    const call = to?.value && callsIn(to.value.text, 0, to.value.text.length)[0];
    const parent = call && callMentions(call, "jinja").at(-1);
    if (parent?.kind === "ref") {
      const owner: ColumnOwner = { kind: "ref", name: parent.name, packageName: parent.packageName };
      return [{ kind: "column", owner, name: value.text, start: value.start, end: value.end, defines: false }];
    }
    if (parent?.kind === "table") {
      const owner: ColumnOwner = { kind: "table", sourceName: parent.sourceName, name: parent.name };
      return [{ kind: "column", owner, name: value.text, start: value.start, end: value.end, defines: false }];
    }
  }
  return [];
}

function testName(text: string, start: number): Mention[] {
  const match = /^(?:(\w+)\.)?(\w+)$/.exec(text);
  const name = match?.[2];
  return name === undefined
    ? []
    : [
        {
          kind: "test",
          name,
          packageName: match?.[1] ?? null,
          start: start + text.length - name.length,
          end: start + text.length,
          defines: false,
        },
      ];
}

function samePlace(left: YamlEntry["path"], right: YamlEntry["path"]): boolean {
  return left.length === right.length && left.every((part, index) => part === right[index]);
}
