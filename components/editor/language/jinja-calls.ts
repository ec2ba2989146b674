import { stringEnd } from "./jinja-pieces";

/** One argument of a call. `text` is a string literal's content, whose offsets then exclude the quotes; null for other expressions. */
export interface JinjaArgument {
  readonly keyword: string | null;
  readonly text: string | null;
  /** The value as it is written, without quotes. */
  readonly code: string;
  readonly start: number;
  readonly end: number;
}
/** A call like `dbt_utils.star(from=ref('orders'))`; `ref` inside it is a call of its own. */
export interface JinjaCall {
  readonly name: string;
  /** What stands before the dot, or null. */
  readonly packageName: string | null;
  /** The word before the call: `macro`, `call`, `test`, … when it stands directly before. */
  readonly before: string | null;
  readonly nameStart: number;
  readonly nameEnd: number;
  /** After the opening bracket. */
  readonly argumentsStart: number;
  /** After the closing bracket, or where the code ends while it is not written. */
  readonly end: number;
  readonly closed: boolean;
  readonly arguments: readonly JinjaArgument[];
}

interface Open {
  call: Omit<JinjaCall, "end" | "closed" | "arguments"> | null;
  bracket: string;
  arguments: JinjaArgument[];
  argumentStart: number;
}

const word = /[A-Za-z_]\w*/y;
const closers: Record<string, string> = { "(": ")", "[": "]", "{": "}" };

/** Every call between two offsets of a text, outermost first where they nest. */
export function callsIn(text: string, start: number, end: number): JinjaCall[] {
  const calls: JinjaCall[] = [];
  const open: Open[] = [];
  let lastWord: { start: number; end: number; text: string } | null = null;
  let wordBefore: { end: number; text: string } | null = null;
  let at = start;
  const finishArgument = (holder: Open, until: number) => {
    const argument = readArgument(text, holder.argumentStart, until);
    if (argument) {
      holder.arguments.push(argument);
    }
  };
  const close = (holder: Open, until: number, closed: boolean) => {
    finishArgument(holder, until);
    if (holder.call) {
      calls.push({ ...holder.call, arguments: holder.arguments, end: closed ? until + 1 : until, closed });
    }
  };
  while (at < end) {
    const character = text[at] ?? "";
    if (character === "'" || character === '"') {
      at = Math.min(stringEnd(text, at), end);
      lastWord = null;
      continue;
    }
    word.lastIndex = at;
    const found = word.exec(text);
    if (found) {
      wordBefore = lastWord;
      lastWord = { start: at, end: at + found[0].length, text: found[0] };
      at = lastWord.end;
      continue;
    }
    if (character === "(" || character === "[" || character === "{") {
      const isCall = character === "(" && lastWord !== null && text.slice(lastWord.end, at).trim() === "";
      open.push({
        call: isCall && lastWord ? callHead(text, lastWord, { at, start, wordBefore }) : null,
        bracket: closers[character] ?? "",
        arguments: [],
        argumentStart: at + 1,
      });
      lastWord = null;
    } else if (character === ")" || character === "]" || character === "}") {
      const index = open.findLastIndex((candidate) => candidate.bracket === character);
      for (const holder of index < 0 ? [] : open.splice(index).reverse()) {
        close(holder, at, holder.bracket === character);
      }
      lastWord = null;
    } else if (character === ",") {
      const holder = open.at(-1);
      if (holder) {
        finishArgument(holder, at);
        holder.argumentStart = at + 1;
      }
      lastWord = null;
    } else if (!/\s/.test(character) && character !== ".") {
      lastWord = null;
    }
    at += 1;
  }
  for (const holder of open.reverse()) {
    close(holder, end, false);
  }
  return calls.sort((left, right) => left.nameStart - right.nameStart);
}

function callHead(
  text: string,
  name: { start: number; end: number; text: string },
  { at, start, wordBefore }: { at: number; start: number; wordBefore: { end: number; text: string } | null },
): Open["call"] {
  const qualifier = /([A-Za-z_]\w*)\s*\.\s*$/.exec(text.slice(Math.max(start, name.start - 100), name.start));
  const before =
    qualifier === null && wordBefore !== null && /^\s+$/.test(text.slice(wordBefore.end, name.start))
      ? wordBefore.text
      : null;
  return {
    name: name.text,
    packageName: qualifier?.[1] ?? null,
    before,
    nameStart: name.start,
    nameEnd: name.end,
    argumentsStart: at + 1,
  };
}

function readArgument(text: string, start: number, end: number): JinjaArgument | null {
  const raw = text.slice(start, end);
  const content = raw.trim();
  if (content === "") {
    return null;
  }
  const keyword = /^([A-Za-z_]\w*)\s*=(?!=)\s*/.exec(content);
  const from = start + raw.indexOf(content) + (keyword?.[0].length ?? 0);
  const to = start + raw.indexOf(content) + content.length;
  const value = text.slice(from, to);
  const literal = /^(['"])((?:\\.|(?!\1)[\s\S])*)(\1?)$/.exec(value);
  return literal
    ? {
        keyword: keyword?.[1] ?? null,
        text: literal[2] ?? "",
        code: literal[2] ?? "",
        start: from + 1,
        end: to - (literal[3] ? 1 : 0),
      }
    : { keyword: keyword?.[1] ?? null, text: null, code: value, start: from, end: to };
}
