import { callsIn, type JinjaCall } from "./jinja-calls";
import { type JinjaPiece, jinjaPieces, pieceAround } from "./jinja-pieces";
import type { languageOf } from "./language-of";

/** What is being written at a position. `typed` is what is there of the name so far. */
export type CompletionContext =
  | { kind: "ref"; packageName: string | null; typed: string }
  | { kind: "ref-version"; name: string; typed: string }
  /** After the model's name: what of it is meant. */
  | { kind: "ref-more"; name: string; typed: string }
  | { kind: "source-name"; typed: string }
  | { kind: "source-table"; sourceName: string; typed: string }
  | { kind: "var" | "env-var" | "doc"; typed: string }
  | { kind: "config-key"; typed: string; used: readonly string[] }
  | { kind: "config-value"; key: string; quoted: boolean; typed: string }
  | { kind: "argument"; call: JinjaCall; typed: string }
  | { kind: "jinja"; packageName: string | null; typed: string; statement: boolean }
  | { kind: "column"; alias: string; typed: string }
  | { kind: "relation"; typed: string }
  | { kind: "sql"; typed: string }
  | { kind: "yaml"; typed: string }
  | { kind: "markdown"; typed: string }
  | { kind: "none" };

const nothing: CompletionContext = { kind: "none" };

/** What is being written at `offset`. */
export function contextAt(text: string, offset: number, language: ReturnType<typeof languageOf>): CompletionContext {
  const pieces = jinjaPieces(text);
  const piece = pieceAround(pieces, offset);
  if (piece && offset >= piece.codeStart) {
    return piece.kind === "comment" || piece.kind === "raw" ? nothing : jinjaContext(text, offset, piece);
  }
  if (piece) {
    return nothing;
  }
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
  const typed = /([\w$]*)$/.exec(line)?.[1] ?? "";
  if (language === "dbt-yaml") {
    return yamlContext(line, /([+\w.-]*)$/.exec(line)?.[1] ?? "");
  }
  if (language === "dbt-markdown") {
    return { kind: "markdown", typed };
  }
  if (language !== "dbt-sql" || line.includes("--") || insideString(line) || /['"]$/.test(line)) {
    return nothing;
  }
  const dotted = /("(?:[^"]|"")+"|[A-Za-z_][\w$]*)\.([\w$]*)$/.exec(line);
  if (dotted) {
    return { kind: "column", alias: dotted[1]?.replace(/^"|"$/g, "") ?? "", typed: dotted[2] ?? "" };
  }
  const before = text.slice(Math.max(0, offset - 300), offset);
  const relation = /\b(?:from|join)\s+(?:lateral\s+)?([\w$]*)$/i.exec(before);
  return relation ? { kind: "relation", typed: relation[1] ?? "" } : { kind: "sql", typed };
}

/** Whether the end of a line of SQL is inside of a text. */
function insideString(line: string): boolean {
  return (line.match(/'/g)?.length ?? 0) % 2 === 1;
}

/** In YAML `ref` and `source` are also written without Jinja. */
function yamlContext(line: string, typed: string): CompletionContext {
  if (/^\s*#/.test(line)) {
    return nothing;
  }
  const call = /\b(?:ref|source)\([^)]*$/.exec(line);
  if (call) {
    const found = callsIn(line, call.index, line.length)[0];
    const named = found && callContext(found, line, line.length);
    if (named) {
      return named;
    }
  }
  return { kind: "yaml", typed };
}

function jinjaContext(text: string, offset: number, piece: JinjaPiece): CompletionContext {
  const calls = callsIn(text, piece.codeStart, offset);
  const open = calls.filter((call) => !call.closed && call.end === offset).at(-1);
  const named = open && callContext(open, text, offset);
  if (named) {
    return named;
  }
  const code = text.slice(piece.codeStart, offset);
  if (/(?:'[^'\n]*|"[^"\n]*)$/.test(code.replace(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, ""))) {
    return nothing;
  }
  if (/['"]$/.test(code)) {
    // A text ends here: what is typed next is no name.
    return nothing;
  }
  const word = /(?:([A-Za-z_]\w*)\.)?(\w*)$/.exec(code);
  const typed = word?.[2] ?? "";
  if (open && (word?.[1] ?? null) === null && /[(,]\s*\w*$/.test(code)) {
    return { kind: "argument", call: open, typed };
  }
  return {
    kind: "jinja",
    packageName: word?.[1] ?? null,
    typed,
    statement: piece.kind === "statement" && /^\s*\w*$/.test(code),
  };
}

/** What an open call of dbt's own functions asks for where the text ends; null for other calls and places. */
function callContext(call: JinjaCall, text: string, offset: number): CompletionContext | null {
  const argument = call.arguments.at(-1);
  // A text that is being written is not closed, so its argument reaches to the end.
  const writing =
    argument && argument.end === offset && argument.text !== null && text[argument.start - 1] !== undefined;
  const typed = writing ? (argument.text ?? "") : null;
  const first = call.arguments[0];
  const isFirst = argument === first;
  if (call.packageName !== null && call.packageName !== "dbt" && call.packageName !== "builtins") {
    return null;
  }
  switch (call.name) {
    case "ref": {
      if (argument && (argument.keyword === "v" || argument.keyword === "version")) {
        const name = call.arguments.findLast(({ keyword, text }) => keyword === null && text !== null)?.text ?? "";
        return { kind: "ref-version", name, typed: typed ?? argument.code };
      }
      const more = /,\s*(\w*)$/.exec(text.slice(call.argumentsStart, offset));
      if (typed === null && more && typeof first?.text === "string") {
        return { kind: "ref-more", name: (call.arguments[1]?.text ?? first.text) as string, typed: more[1] ?? "" };
      }
      return typed === null ? null : { kind: "ref", packageName: isFirst ? null : (first?.text ?? null), typed };
    }
    case "source":
      if (typed === null) {
        return null;
      }
      return isFirst ? { kind: "source-name", typed } : { kind: "source-table", sourceName: first?.text ?? "", typed };
    case "var":
      return typed !== null && isFirst ? { kind: "var", typed } : null;
    case "env_var":
      return typed !== null && isFirst ? { kind: "env-var", typed } : null;
    case "doc":
      return typed === null ? null : { kind: "doc", typed };
    case "config":
      return configContext(call, text, offset);
    default:
      return typed === null ? null : nothing;
  }
}

function configContext(call: JinjaCall, text: string, offset: number): CompletionContext | null {
  const tail = text.slice(call.argumentsStart, offset);
  const setting = /(?:^|,)\s*(?:(\w+)\s*=\s*(?:(['"])([^'"\n]*)|(\w*))|(\w*))$/.exec(tail);
  if (!setting) {
    return null;
  }
  const [, key, quote, inQuotes, plain, name] = setting;
  const used = call.arguments.flatMap(({ keyword }) => keyword ?? []);
  return key === undefined
    ? { kind: "config-key", typed: name ?? "", used }
    : { kind: "config-value", key, quoted: quote !== undefined, typed: inQuotes ?? plain ?? "" };
}
