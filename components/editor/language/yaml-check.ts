import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseAllDocuments, type YAMLMap } from "yaml";
import { type YamlKey, yamlKeysAt } from "./yaml-keys";

/** What is wrong at a stretch of a YAML file; `replace` is what stands there after the fix. Offsets are those of the text. */
export interface YamlFinding {
  readonly start: number;
  readonly end: number;
  readonly severity: "error" | "warning";
  readonly code: "syntax" | "unknown-key" | "unknown-value" | "wrong-form" | "missing-key";
  readonly message: string;
  readonly replace: readonly string[];
}

/** Keys that dbt takes beside those that are offered: older names, and what only some adapters or packages read. */
const alsoKnown = new Set(
  `tests docs meta tags config quote include exclude identifier policy_tags database_tags unrendered_config primary_key
  loaded_at_query source_meta agg_time_dimension entity expr type_params measures filters time_granularity label
  data_type extra fivetran_column_config semantic_model derived_semantics metrics attached_node`.split(/\s+/),
);
/** Places where any key may stand; there only what is nearly a known one is pointed at. */
const openPlace = /(?:^|\.)(?:config|meta|\+meta|external|overrides|type_params|vars|docs|quoting|grants|policy_tags)$/;
const freeForm = new Set(["tags", "check_cols", "unique_key", "freshness", "depends_on", "rows", "query-comment"]);

/** Keys that an item must have, by the way to it. */
const required: readonly [RegExp, readonly string[]][] = [
  [/^(?:models|seeds|snapshots|sources|macros|groups|analyses|metrics|saved_queries)\.\[\]$/, ["name"]],
  [/^sources\.\[\]\.tables\.\[\]$/, ["name"]],
  [/^exposures\.\[\]$/, ["name", "type", "owner"]],
  [/^unit_tests\.\[\]$/, ["name", "model", "given", "expect"]],
  [/^(?:models|seeds|snapshots)\.\[\]\.versions\.\[\]$/, ["v"]],
  [/^macros\.\[\]\.arguments\.\[\]$/, ["name"]],
];

type Way = readonly (string | number)[];

/** What is wrong in one of dbt's YAML files: its syntax, unknown keys and values, wrong forms and missing keys. */
export function checkYaml(file: string, text: string): YamlFinding[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, logLevel: "silent" });
  const findings: YamlFinding[] = [];
  for (const document of Array.isArray(documents) ? documents : []) {
    for (const error of document.errors) {
      const [start, end] = error.pos;
      findings.push({
        ...{ start, end: Math.max(end, start + 1), severity: "error", code: "syntax", replace: [] },
        message: /\{\{|\{%/.test(text.slice(start - 4, end + 4))
          ? `${error.message} Jinja in YAML needs quotes around the whole value.`
          : error.message,
      });
    }
    if (document.errors.length === 0 && isDbtFile(file, document.contents)) {
      look(document.contents, [], { file, text, findings });
    }
  }
  return findings;
}

const otherFile = /(?:^|\/)(?:profiles|selectors)\.ya?ml$|(?:^|\/)\./;
const projectFile = /(?:^|\/)(?:dbt_project|packages|dependencies)\.ya?ml$/;

function isDbtFile(file: string, contents: unknown): contents is Node {
  if (!isMap(contents) || otherFile.test(file)) return false;
  if (projectFile.test(file)) return true;
  const known = new Set(yamlKeysAt(file, []).map((key) => key.name));
  return contents.items.some((pair) => known.has(keyOf(pair) ?? ""));
}

interface Context {
  readonly file: string;
  readonly text: string;
  readonly findings: YamlFinding[];
}

function look(node: unknown, way: Way, context: Context): void {
  if (isSeq(node)) {
    node.items.forEach((item, index) => {
      look(item, [...way, index], context);
    });
    return;
  }
  if (!isMap(node)) return;
  if (isBareJinja(node, context)) {
    const value = context.text.slice(node.range?.[0], node.range?.[1]);
    const quoted = value.includes('"') ? `'${value}'` : `"${value}"`;
    const message = "Jinja in YAML needs quotes around the whole value.";
    add(context, node, "error", "syntax", message, /'/.test(value) && quoted.startsWith("'") ? [] : [quoted]);
    return;
  }
  const known = yamlKeysAt(context.file, way);
  for (const pair of node.items) {
    const name = keyOf(pair);
    if (name === null) continue;
    const key = known.find((candidate) => candidate.name === name);
    if (key) lookAtValue(pair, key, context);
    else if (known.length > 0) lookAtUnknown(pair, { name, known, way: wayOf(way) }, context);
    look(pair.value, [...way, name], context);
  }
  const wanted = required.find(([pattern]) => pattern.test(wayOf(way)))?.[1] ?? [];
  const missing = wanted.filter((name) => !node.items.some((pair) => keyOf(pair) === name));
  const first = node.items[0]?.key;
  if (missing.length > 0 && !projectFile.test(context.file) && isScalar(first) && first.range) {
    add(
      context,
      first,
      "error",
      "missing-key",
      `${list(missing)} ${missing.length === 1 ? "is" : "are"} missing here.`,
    );
  }
}

function lookAtUnknown(
  pair: Pair,
  { name, known, way }: { name: string; known: readonly YamlKey[]; way: string },
  context: Context,
): void {
  if (alsoKnown.has(name) || alsoKnown.has(name.replace(/^\+/, ""))) return;
  const near = closest(
    name,
    known.map((key) => key.name),
  );
  const inProject = /dbt_project\.ya?ml$/.test(context.file) && way !== "";
  if (near.length === 0 && (openPlace.test(way) || inProject)) return;
  const meant = near[0] === undefined ? "" : ` ${near[0]} may have been meant.`;
  add(context, pair.key, "warning", "unknown-key", `dbt knows no key ${name} here.${meant}`, near);
}

function lookAtValue(pair: Pair, key: YamlKey, context: Context): void {
  const { value } = pair;
  if (isMap(value) && isBareJinja(value, context)) return;
  if (value === null || (isScalar(value) && (value.value === null || isJinja(value.value)))) return;
  if (key.form === "list" && !freeForm.has(key.name) && !isSeq(value)) {
    add(context, pair.key, "error", "wrong-form", `${key.name} takes a list: lines that begin with a dash.`);
  } else if (key.form === "mapping" && !freeForm.has(key.name) && !isMap(value)) {
    add(context, pair.key, "error", "wrong-form", `${key.name} takes keys and values, indented below it.`);
  } else if ((key.form === "text" || key.name === "name") && !isScalar(value)) {
    add(context, pair.key, "error", "wrong-form", `${key.name} takes a text.`);
  } else if (key.values.length > 0 && isScalar(value)) {
    const said = String(value.value);
    const near = closest(said, key.values);
    // A project may have materializations and strategies of its own.
    const open = /^\+?(?:materialized|incremental_strategy|type)$/.test(key.name);
    if (!key.values.includes(said) && (!open || near.length > 0)) {
      const message = `${key.name} is ${list(key.values, "or")}, not ${said}.`;
      add(context, value, "warning", "unknown-value", message, near.length > 0 ? near : key.values);
    }
  }
}

/** `{{ x }}` without quotes is a mapping in a mapping for YAML. */
function isBareJinja(node: YAMLMap, { text }: Context): boolean {
  return node.flow === true && text.startsWith("{{", node.range?.[0] ?? 0);
}

function isJinja(value: unknown): boolean {
  return typeof value === "string" && /\{\{|\{%/.test(value);
}

function keyOf(pair: Pair): string | null {
  return isScalar(pair.key) ? String(pair.key.value) : null;
}

function wayOf(way: Way): string {
  return way.map((part) => (typeof part === "number" ? "[]" : part)).join(".");
}

function list(names: readonly string[], word = "and"): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} ${word} ${names.at(-1)}`;
}

function add(
  { findings }: Context,
  node: unknown,
  severity: YamlFinding["severity"],
  code: YamlFinding["code"],
  message: string,
  replace: readonly string[] = [],
): void {
  const range = (node as Node | null)?.range;
  if (range) findings.push({ start: range[0], end: range[1], severity, code, message, replace });
}

/** The names that differ by at most two letters (one for short names), nearest first. */
function closest(name: string, names: readonly string[]): string[] {
  const most = name.length < 5 ? 1 : 2;
  return names
    .map((candidate) => ({ candidate, distance: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter((found) => found.distance <= most && found.candidate !== name)
    .sort((left, right) => left.distance - right.distance)
    .map((found) => found.candidate);
}

/** Letters to put in, take out, change, or swap with their neighbour. */
function distance(one: string, other: string): number {
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const same = one[i - 1] === other[j - 1] ? 0 : 1;
      let best = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) {
        best = Math.min(best, (before[j - 2] ?? 0) + 1);
      }
      next.push(best);
    }
    before = row;
    row = next;
  }
  return row[other.length] ?? 0;
}
