import { isTooLong } from "../language/long-texts";
import { structureOf } from "../language/sql-structure";

/** A CTE in a file; `occurrence` tells apart those with one name. Lines count from 1. */
export interface CtePlace {
  readonly line: number;
  readonly name: string;
  readonly occurrence: number;
}

/** Something that YAML describes. */
export interface YamlPlace {
  readonly line: number;
  readonly kind: "model" | "seed" | "snapshot" | "source" | "unit_test";
  readonly name: string;
  /** Of a source's table: the source. */
  readonly sourceName: string | null;
}
/** A test as it is written below a node or a column. */
export interface TestPlace {
  readonly line: number;
  readonly kind: "test";
  readonly test: string;
  readonly packageName: string | null;
  readonly of: YamlPlace;
  readonly column: string | null;
  /** Counts equal tests of one column. */
  readonly occurrence: number;
}

/** The innermost CTE that holds an offset of the text; null outside of all. */
export function cteAt(text: string, offset: number): CtePlace | null {
  const spans = cteSpans(text);
  const around = spans.filter(({ start, end }) => start <= offset && offset <= end).at(-1);
  return around === undefined ? null : (ctePlaces(text)[spans.indexOf(around)] ?? null);
}

/** CTEs in CTEs: deeper ones have no lenses. */
const deepest = 20;

function cteSpans(text: string): { name: string; start: number; end: number }[] {
  const spans: { name: string; start: number; end: number }[] = [];
  const collect = (part: string, offset: number, depth: number) => {
    if (depth > deepest) return;
    for (const cte of structureOf(part)?.ctes ?? []) {
      spans.push({ name: cte.name, start: offset + cte.start, end: offset + cte.bodyEnd + 1 });
      collect(part.slice(cte.bodyStart, cte.bodyEnd), offset + cte.bodyStart, depth + 1);
    }
  };
  if (!isTooLong(text)) collect(text, 0, 0);
  return spans.sort((left, right) => left.start - right.start);
}

/** Every CTE of a statement with Jinja in it, nested ones too, in the order of the text. */
export function ctePlaces(text: string): CtePlace[] {
  const seen = new Map<string, number>();
  let [line, counted] = [1, 0];
  return cteSpans(text).map(({ name, start }) => {
    const key = name.toLowerCase();
    const occurrence = seen.get(key) ?? 0;
    seen.set(key, occurrence + 1);
    for (let at = text.indexOf("\n", counted); at >= 0 && at < start; at = text.indexOf("\n", counted)) {
      line += 1;
      counted = at + 1;
    }
    return { line, name, occurrence };
  });
}

const sections = new Map<string, YamlPlace["kind"]>([
  ["models", "model"],
  ["seeds", "seed"],
  ["snapshots", "snapshot"],
  ["sources", "source"],
  ["unit_tests", "unit_test"],
]);
const keyLine = /^(?:"([^"]*)"|'([^']*)'|([\w.+-]+))\s*:(?:\s+(.*))?$/;
const scalar = (text: string) =>
  text
    .replace(/\s+#.*$/, "")
    .trim()
    .replace(/^(["'])(.*)\1$/, "$2");

/** A key, or an item of a list, that later lines may stand in. */
interface Frame {
  readonly indent: number;
  readonly key: string | null;
  readonly line: number;
  name: string | null;
}

/**
 * The nodes and tests that a dbt YAML file describes, by its lines: while a person types the file is seldom valid YAML, and
 * what is above the cursor should keep its lenses.
 */
export function yamlPlaces(text: string): (YamlPlace | TestPlace)[] {
  if (isTooLong(text)) return [];
  const found: { frames: Frame[]; line: number; entry: string }[] = [];
  const entities: Frame[][] = [];
  const stack: Frame[] = [];
  const open = (frame: Frame) => {
    while ((stack.at(-1)?.indent ?? -1) >= frame.indent) stack.pop();
    stack.push(frame);
  };
  for (const [index, raw] of text.split(/\r\n|\r|\n/).entries()) {
    let rest = raw.trim();
    if (rest === "" || rest.startsWith("#")) continue;
    let indent = raw.length - raw.trimStart().length;
    const line = index + 1;
    while (/^-(\s|$)/.test(rest)) {
      // A list may stand at the indentation of its key, so an item is a little deeper than the dash.
      open({ indent: indent + 0.5, key: null, line, name: null });
      const inner = rest.slice(1).trimStart();
      const list = stack.at(-2)?.key;
      if (inner !== "" && isTestList(list)) {
        found.push({ frames: [...stack], line, entry: inner });
      } else if (inner !== "") {
        entities.push([...stack]);
      }
      indent += rest.length - inner.length;
      rest = inner;
    }
    const match = keyLine.exec(rest);
    const key = match?.[1] ?? match?.[2] ?? match?.[3];
    if (key === undefined) continue;
    open({ indent, key, line, name: null });
    if (isTestList(key)) {
      for (const entry of flowEntries(match?.[4] ?? "")) {
        found.push({ frames: [...stack, { indent: indent + 0.5, key: null, line, name: null }], line, entry });
      }
    }
    const item = stack.at(-2);
    if (key === "name" && item?.key === null && match?.[4] !== undefined) item.name = scalar(match[4]);
  }
  const counts = new Map<string, number>();
  const places: (YamlPlace | TestPlace)[] = entities.flatMap((frames) => entityOf(frames) ?? []);
  for (const { frames, line, entry } of found) {
    const place = testOf(frames, line, entry, counts);
    if (place !== null) places.push(place);
  }
  return places.sort((left, right) => left.line - right.line);
}

function isTestList(key: string | null | undefined): boolean {
  return key === "tests" || key === "data_tests";
}

/** The entries of a list in brackets, as far as they are on one line: `[unique, {not_null: {...}}]`. */
function flowEntries(value: string): string[] {
  const list = /^\[(.*)\]\s*(?:#.*)?$/.exec(value)?.[1];
  if (list === undefined) return [];
  const entries = [""];
  let depth = 0;
  for (const character of list) {
    if ("[{(".includes(character)) depth += 1;
    if ("]})".includes(character)) depth -= 1;
    if (character === "," && depth === 0) entries.push("");
    else entries[entries.length - 1] += character;
  }
  return entries.map((entry) => entry.trim().replace(/^\{\s*(.*)\}$/, "$1")).filter((entry) => entry !== "");
}

/** The node that the last item of a way through the file describes: `models / item` or `sources / item / tables / item`. */
function entityOf(frames: readonly Frame[]): YamlPlace | null {
  const keys = frames.map(({ key }) => key);
  const kind = sections.get(keys[0] ?? "");
  const item = frames.at(-1);
  if (kind === undefined || item?.name == null || frames[0]?.indent !== 0) return null;
  if (kind !== "source") {
    return keys.length === 2 ? { line: item.line, kind, name: item.name, sourceName: null } : null;
  }
  const sourceName = frames[1]?.name ?? null;
  return keys.length === 4 && keys[2] === "tables" && sourceName !== null
    ? { line: item.line, kind, name: item.name, sourceName }
    : null;
}

function testOf(frames: readonly Frame[], line: number, entry: string, counts: Map<string, number>): TestPlace | null {
  const list = frames.length - 2;
  const inColumn = frames[list - 2]?.key === "columns";
  const of = entityOf(frames.slice(0, inColumn ? list - 2 : list));
  const column = inColumn ? (frames[list - 1]?.name ?? null) : null;
  const match = keyLine.exec(entry);
  const written = scalar(match === null ? entry : (match[1] ?? match[2] ?? match[3] ?? ""));
  const parts = written.split(".");
  const test = parts.at(-1) ?? "";
  if (of === null || test === "" || written === "name" || (inColumn && column === null)) return null;
  const packageName = parts.length > 1 ? (parts[0] ?? null) : null;
  const key = [of.kind, of.sourceName, of.name, column, written].join("\u0000");
  const occurrence = counts.get(key) ?? 0;
  counts.set(key, occurrence + 1);
  return { line, kind: "test", test, packageName, of, column, occurrence };
}
