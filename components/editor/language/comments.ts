import { type JinjaPiece, jinjaPieces } from "./jinja-pieces";
import type { languageOf } from "./language-of";

type Language = ReturnType<typeof languageOf>;
/** What stands between two offsets of a text becomes `text`. */
export interface TextChange {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}
interface Stretch {
  readonly start: number;
  readonly end: number;
}

/**
 * The lines of a selection with or without their comment marks, as one press of a key changes them. In SQL a line with Jinja becomes
 * a Jinja comment, because dbt renders what stands after `--`; the others get `--`. Lines that one piece of Jinja goes over are one.
 */
export function lineCommentChanges(text: string, selection: Stretch, language: Language): TextChange[] {
  const rows = rowsOf(text, selection, language);
  const changed = toggledLineComments(
    rows.map(({ start, end }) => text.slice(start, end)),
    language,
  );
  return rows.flatMap((row, index) => smallChanges(row.start, text.slice(row.start, row.end), changed[index] ?? ""));
}

/**
 * A selection of SQL in or out of a Jinja comment. Jinja that is cut by the selection goes in whole, an empty selection means the
 * Jinja around it, and comments inside are kept as such. `selection` is where the text itself is afterwards.
 */
export function blockCommentChange(text: string, { start, end }: Stretch): TextChange & { selection: Stretch } {
  const pieces = jinjaPieces(text);
  const comment = pieces.find((piece) => piece.kind === "comment" && piece.start <= start && end <= piece.end);
  if (comment?.closed) {
    const inner = uncommentedJinja(text.slice(comment.start, comment.end));
    const { start: from } = comment;
    return { start: from, end: comment.end, text: inner, selection: { start: from, end: from + inner.length } };
  }
  const cut = (offset: number) => pieces.find((piece) => piece.start < offset && offset < piece.end);
  const from = cut(start)?.start ?? start;
  const to = cut(end)?.end ?? end;
  const commented = jinjaComment(text.slice(from, to));
  const inside = { start: from + "{# ".length, end: from + commented.length - " #}".length };
  return { start: from, end: to, text: commented, selection: inside };
}

/** Rows of text, mostly lines, with or without their comment marks. Blank ones stay as they are. */
function toggledLineComments(rows: readonly string[], language: Language): string[] {
  const filled = rows.filter((row) => row.trim() !== "");
  if (filled.length > 0 && filled.every((row) => isCommented(row, language))) {
    return rows.map(uncommented(language));
  }
  const indent = Math.min(...filled.map((row) => row.search(/\S/)));
  return rows.map((row) => {
    if (row.trim() === "" || (language === "dbt-sql" && isCommented(row, language))) {
      return row;
    }
    const rest = row.slice(indent);
    const before = row.slice(0, indent);
    if (language === "dbt-sql") {
      return before + (/\{[{%]|\n/.test(rest) ? jinjaComment(rest) : `-- ${rest}`);
    }
    if (language === "dbt-markdown") {
      return `${before}<!-- ${rest} -->`;
    }
    return `${before}${language === "json" ? "//" : "#"} ${rest}`;
  });
}

/** The lines of a selection; in SQL those that one piece of Jinja goes over are one row, and none of them is left out. */
function rowsOf(text: string, { start, end }: Stretch, language: Language): Stretch[] {
  const lineStart = (offset: number) => text.lastIndexOf("\n", offset - 1) + 1;
  const lineEnd = (offset: number) => {
    const at = text.indexOf("\n", offset);
    return at < 0 ? text.length : at > offset && text[at - 1] === "\r" ? at - 1 : at;
  };
  const long = language === "dbt-sql" ? jinjaPieces(text).filter((piece) => goesOverLines(text, piece)) : [];
  const last = lineEnd(end > start && text[end - 1] === "\n" ? end - 1 : end);
  const rows: { start: number; end: number }[] = [];
  for (let at = lineStart(start); at <= last; ) {
    const row = { start: at, end: lineEnd(at) };
    for (const piece of long) {
      if (piece.start <= row.end && row.start < piece.end) {
        row.start = Math.min(row.start, lineStart(piece.start));
        row.end = Math.max(row.end, lineEnd(piece.end));
      }
    }
    rows.push(row);
    at = row.end + (text[row.end] === "\r" ? 2 : 1);
  }
  return rows;
}

function goesOverLines(text: string, { kind, start, end, closed }: JinjaPiece): boolean {
  return closed && kind !== "raw" && text.slice(start, end).includes("\n");
}

function isCommented(row: string, language: Language): boolean {
  const content = row.trim();
  if (language === "dbt-sql") {
    return content.startsWith("--") || (content.startsWith("{#") && content.indexOf("#}") === content.length - 2);
  }
  if (language === "dbt-markdown") {
    return content.startsWith("<!--") && content.endsWith("-->");
  }
  return content.startsWith(language === "json" ? "//" : "#");
}

function uncommented(language: Language): (row: string) => string {
  return (row) => {
    if (language === "dbt-sql" && /^\s*\{#/.test(row)) {
      return uncommentedJinja(row);
    }
    if (language === "dbt-markdown") {
      return row.replace(/<!--\s?/, "").replace(/\s?-->(\s*)$/, "$1");
    }
    return row.replace(language === "dbt-sql" ? /--\s?/ : language === "json" ? /\/\/\s?/ : /#\s?/, "");
  };
}

/** Jinja's comments do not nest: the marks of those inside are set apart, and `uncommentedJinja` closes them up again. */
function jinjaComment(text: string): string {
  return `{# ${text.replaceAll("{#", "{ #").replaceAll("#}", "# }")} #}`;
}

function uncommentedJinja(text: string): string {
  return text
    .replace(/\{#-? ?/, "")
    .replace(/ ?-?#\}(\s*)$/, "$1")
    .replaceAll("{ #", "{#")
    .replaceAll("# }", "#}");
}

/** Marks come and go around what stays, so that the cursor keeps its place in it. */
function smallChanges(rowStart: number, rowBefore: string, rowAfter: string): TextChange[] {
  if (rowBefore === rowAfter) {
    return [];
  }
  const indent = Math.min(rowBefore.search(/\S/), rowAfter.search(/\S/));
  const [before, after, start] = [rowBefore.slice(indent), rowAfter.slice(indent), rowStart + indent];
  const end = start + before.length;
  const isLonger = after.length > before.length;
  const [long, short] = isLonger ? [after, before] : [before, after];
  const at = long.lastIndexOf(short);
  if (at < 0) {
    return [{ start, end, text: after }];
  }
  const lead = long.slice(0, at);
  const tail = long.slice(at + short.length);
  const changes = isLonger
    ? [
        { start, end: start, text: lead },
        { start: end, end, text: tail },
      ]
    : [
        { start, end: start + lead.length, text: "" },
        { start: end - tail.length, end, text: "" },
      ];
  return changes.filter((change) => change.start < change.end || change.text !== "");
}
