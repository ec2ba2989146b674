import { isTooLong } from "./long-texts";
import { queriesOf } from "./sql-query";
import { allSelects } from "./sql-scope";
import { structureOf } from "./sql-structure";

/** One named part of a file. Lines are 1-based, and both ends belong to it. */
export interface OutlineItem {
  readonly name: string;
  readonly kind: "cte" | "select" | "block" | "macro" | "heading" | "key" | "column";
  readonly detail: string;
  readonly line: number;
  readonly endLine: number;
  readonly children: readonly OutlineItem[];
}
type Growing = Omit<OutlineItem, "children" | "endLine"> & { endLine: number; children: Growing[] };

function lineCounter(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) {
    starts.push(at + 1);
  }
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low + 1;
  };
}

const namedBlocks = new Set(["macro", "test", "data_test", "snapshot", "docs", "materialization", "block"]);
const tag = /\{%[-+]?\s*(end)?(\w+)\s*([^%]*?(?:%(?!\})[^%]*?)*)[-+]?%\}/g;
const opens = new Set([...namedBlocks, "if", "for", "call", "filter", "set", "raw"]);

/** Jinja's blocks, nested as they are written. */
function jinjaBlocks(text: string, lineAt: (offset: number) => number): Growing[] {
  const top: Growing[] = [];
  const open: (Growing & { word: string })[] = [];
  for (const match of text.matchAll(tag)) {
    const word = match[2] ?? "";
    if (match[1] === "end") {
      const at = open.findLastIndex((block) => block.word === word);
      for (const block of at < 0 ? [] : open.splice(at)) {
        block.endLine = lineAt(match.index);
      }
      continue;
    }
    const rest = (match[3] ?? "").trim();
    if (!opens.has(word) || (word === "set" && rest.includes("="))) {
      continue;
    }
    const named = namedBlocks.has(word);
    const line = lineAt(match.index);
    const block = {
      word,
      name: named ? (/^[\w.]+/.exec(rest)?.[0] ?? word) : `${word} ${rest}`.trim().slice(0, 60),
      kind: named ? ("macro" as const) : ("block" as const),
      detail: named ? word : "",
      line,
      endLine: line,
      children: [],
    };
    (open.at(-1)?.children ?? top).push(block);
    open.push(block);
  }
  return top;
}

/** For an offset, the columns of the first select from there on, by the names that the result has. */
function columnsFrom(text: string, lineAt: (offset: number) => number): (start: number) => Growing[] {
  const selects = queriesOf(text)
    .flatMap(allSelects)
    .sort((left, right) => left.start - right.start);
  return (start) => {
    let [low, high] = [0, selects.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((selects[middle]?.start ?? 0) < start) low = middle + 1;
      else high = middle;
    }
    const items = selects[low]?.items ?? [];
    return items.flatMap(({ output, start: from, end }) =>
      output
        ? [
            {
              name: output.text,
              kind: "column" as const,
              detail: "",
              line: lineAt(from),
              endLine: lineAt(end),
              children: [],
            },
          ]
        : [],
    );
  };
}

/** Offset of the first character from `from` on that is no white space. */
function afterBlank(text: string, from: number): number | null {
  const blank = text.slice(from).search(/\S/);
  return blank < 0 ? null : from + blank;
}

/** Where the select of a model without CTEs begins. */
function soleSelect(text: string): number | null {
  return queriesOf(text).at(-1)?.selects[0]?.start ?? null;
}

function sqlOutline(text: string): Growing[] {
  const lineAt = lineCounter(text);
  const blocks = jinjaBlocks(text, lineAt);
  const structure = structureOf(text);
  const ctes = structure?.ctes ?? [];
  if (ctes.length === 0 && blocks.some(({ kind }) => kind === "macro")) {
    return blocks;
  }
  const columnsOf = columnsFrom(text, lineAt);
  const parts: Growing[] = ctes.map((cte) => ({
    name: cte.name,
    kind: "cte",
    detail: "CTE",
    line: lineAt(cte.start),
    endLine: lineAt(cte.end),
    children: columnsOf(cte.bodyStart),
  }));
  const main = structure && ctes.length > 0 ? afterBlank(text, structure.mainStart) : soleSelect(text);
  if (main !== null) {
    parts.push({
      name: "final select",
      kind: "select",
      detail: "",
      line: lineAt(main),
      endLine: lineAt(text.trimEnd().length),
      children: columnsOf(main),
    });
  }
  const top: Growing[] = [];
  for (const block of blocks) {
    const holder = parts.find((part) => part.line <= block.line && block.endLine <= part.endLine);
    (holder?.children ?? top).push(block);
  }
  const around = parts.map((part) => blockAround(top, part));
  for (const [index, part] of parts.entries()) {
    const block = around[index];
    part.endLine = Math.min(part.endLine, block?.endLine ?? part.endLine);
    part.children.sort(byLine);
    (block?.children ?? top).push(part);
  }
  for (const block of around) {
    block?.children.sort(byLine);
  }
  return top.sort(byLine);
}

function byLine(left: Growing, right: Growing): number {
  return left.line - right.line;
}

/** The innermost block that begins before a part and is open where the part begins. */
function blockAround(blocks: readonly Growing[], part: Growing): Growing | null {
  const block = blocks.find(({ line, endLine }) => line < part.line && part.line <= endLine);
  return block ? (blockAround(block.children, part) ?? block) : null;
}

const yamlLine = /^(\s*)((?:-\s+)*)(?:([\w.+-]+|"[^"]*"|'[^']*')\s*:(?:\s+(.*))?)?\s*$/;

/** Keys that hold others, and list entries by their name. */
function yamlOutline(text: string): Growing[] {
  const top: Growing[] = [];
  const open: (Growing & { indent: number })[] = [];
  const lines = text.split("\n");
  let block: number | null = null;
  let lastFilled = 1;
  lines.forEach((content, index) => {
    const line = index + 1;
    const indent = content.search(/\S/);
    if (indent < 0 || content[indent] === "#" || (block !== null && indent > block)) {
      lastFilled = indent < 0 ? lastFilled : line;
      return;
    }
    block = null;
    const match = yamlLine.exec(content);
    const dashes = match?.[2] ?? "";
    const key = match?.[3]?.replace(/^["']|["']$/g, "");
    const value = (match?.[4] ?? "").replace(/\s+#.*$/, "").trim();
    const column = indent + dashes.length;
    while (open.length > 0 && (open.at(-1)?.indent ?? -1) >= (dashes ? indent + 1 : column)) {
      const ended = open.pop();
      if (ended) {
        ended.endLine = lastFilled;
      }
    }
    lastFilled = line;
    if (/^[|>]/.test(value)) {
      block = column;
    }
    if (key === undefined) {
      return;
    }
    const isName = dashes !== "" && key === "name" && value !== "";
    const holds = value === "" || /^[&!]\S*$/.test(value);
    if (!isName && !holds) {
      return;
    }
    const item = {
      name: isName ? value.replace(/^["']|["']$/g, "") : key,
      kind: "key" as const,
      detail: isName ? (open.at(-1)?.name ?? "") : "",
      line,
      endLine: line,
      // An entry's own keys stand two to the right of its dash, and belong to it.
      indent: isName ? column - 1 : column,
      children: [],
    };
    (open.at(-1)?.children ?? top).push(item);
    open.push(item);
  });
  for (const item of open) {
    item.endLine = lastFilled;
  }
  return top;
}

function markdownOutline(text: string): Growing[] {
  const blocks = jinjaBlocks(text, lineCounter(text));
  const headings: Growing[] = [];
  text.split("\n").forEach((content, index) => {
    const heading = /^(#{1,6})\s+(.+?)\s*#*$/.exec(content);
    if (heading) {
      const line = index + 1;
      headings.push({ name: heading[2] ?? "", kind: "heading", detail: "", line, endLine: line, children: [] });
    }
  });
  return [...blocks, ...headings].sort((left, right) => left.line - right.line);
}

let last: { language: string; text: string; items: readonly OutlineItem[] } | null = null;

/** The named parts of a text: CTEs and Jinja blocks, YAML's keys and named entries, docs blocks and headings. None of one too long. */
export function outlineOf(language: string, text: string): readonly OutlineItem[] {
  if (isTooLong(text)) {
    return [];
  }
  if (last?.text === text && last.language === language) {
    return last.items;
  }
  const items =
    language === "dbt-sql"
      ? sqlOutline(text)
      : language === "dbt-yaml"
        ? yamlOutline(text)
        : language === "dbt-markdown"
          ? markdownOutline(text)
          : [];
  last = { language, text, items };
  return items;
}

/** The parts that a line is in, outermost first. */
export function partsAt(items: readonly OutlineItem[], line: number): OutlineItem[] {
  const found = items.findLast((item) => item.line <= line && line <= item.endLine);
  return found ? [found, ...partsAt(found.children, line)] : [];
}
