import { parseDocument } from "yaml";
import { setInYaml, YamlEditError, type YamlPath } from "./yaml-edit";

/** What the YAML says of a column. */
export interface ColumnEntry {
  readonly name: string;
  readonly description: string;
  readonly type: string;
  readonly tests: readonly TestEntry[];
}
/** One data test: its name, its arguments as they stand in the file, and how it is run. */
export interface TestEntry {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly severity: string;
  readonly where: string;
}
/** What the YAML says of one node. */
export interface NodeEntry {
  readonly description: string;
  readonly columns: readonly ColumnEntry[];
  readonly tests: readonly TestEntry[];
  readonly tags: readonly string[];
  /** Values as YAML texts of one line. */
  readonly meta: readonly { readonly key: string; readonly value: unknown }[];
  readonly contract: boolean;
}
/** Which entry of a file it is. */
export interface EntryName {
  readonly resourceType: string;
  readonly name: string;
  /** Of a source's table: the source. */
  readonly sourceName: string | null;
}
/** A change of the form. `column` null means the node itself. */
export type EntryChange =
  | { readonly kind: "description"; readonly column: string | null; readonly text: string }
  | { readonly kind: "type"; readonly column: string; readonly text: string }
  | {
      readonly kind: "columns";
      readonly add: readonly { name: string; type: string }[];
      readonly remove: readonly string[];
    }
  | { readonly kind: "add-test"; readonly column: string | null; readonly test: TestEntry }
  | { readonly kind: "edit-test"; readonly column: string | null; readonly at: number; readonly test: TestEntry }
  | { readonly kind: "remove-test"; readonly column: string | null; readonly at: number }
  | { readonly kind: "tags"; readonly tags: readonly string[] }
  | { readonly kind: "meta"; readonly key: string; readonly value: unknown }
  | { readonly kind: "contract"; readonly enforced: boolean };

export const nothingSaid: NodeEntry = { description: "", columns: [], tests: [], tags: [], meta: [], contract: false };
const sections: Record<string, string> = { model: "models", seed: "seeds", snapshot: "snapshots", source: "sources" };

/** Whether the form knows how to describe nodes of this kind. */
export function isDescribable(resourceType: string): boolean {
  return resourceType in sections;
}

/** The text of a new file that describes one node. */
export function newSchemaFile(entry: EntryName): string {
  return setInYaml("version: 2\n", [sections[entry.resourceType] ?? "models", 0], { name: entry.name }).replace(
    "version: 2\n",
    "version: 2\n\n",
  );
}

/**
 * What the file says of a node; null when it does not name it.
 * @throws {YamlEditError} when the text is no YAML
 */
export function readEntry(text: string, entry: EntryName): NodeEntry | null {
  const document = parsed(text);
  const path = pathOf(document, entry);
  if (path === null) return null;
  const said = record(at(document, path));
  const config = record(said.config);
  return {
    description: string(said.description),
    columns: list(said.columns).map((column) => {
      const value = record(column);
      return {
        name: string(value.name),
        description: string(value.description),
        type: string(value.data_type),
        tests: testsOf(value),
      };
    }),
    tests: testsOf(said),
    tags: words(config.tags ?? said.tags),
    meta: Object.entries(record(config.meta ?? said.meta)).map(([key, value]) => ({ key, value })),
    contract: record(config.contract).enforced === true,
  };
}

/**
 * The text after one change of the form; everything else in the file stays as it is.
 * @throws {YamlEditError} when the text is no YAML, or has no such node or column
 */
export function changeEntry(text: string, entry: EntryName, change: EntryChange): string {
  const document = parsed(text);
  const found = pathOf(document, entry);
  if (found === null) {
    const section = sections[entry.resourceType];
    if (section === undefined || entry.resourceType === "source")
      throw new YamlEditError(`The file says nothing of ${entry.name} any more.`);
    const position = list(record(document)[section]).length;
    return changeEntry(setInYaml(text, [section, position], { name: entry.name }), entry, change);
  }
  const said = record(at(document, found));
  switch (change.kind) {
    case "description":
      return setInYaml(
        text,
        [...placeOf(text, entry, found, change.column), "description"],
        change.text.trim() || undefined,
      );
    case "type":
      return setInYaml(
        text,
        [...placeOf(text, entry, found, change.column), "data_type"],
        change.text.trim() || undefined,
      );
    case "columns":
      return changeColumns(text, entry, found, change);
    case "add-test": {
      const place = placeOf(text, entry, found, change.column);
      const key = testsKey(record(at(document, place)));
      const position = list(record(at(document, place))[key]).length;
      return setInYaml(text, [...place, key, position], asWritten(change.test));
    }
    case "edit-test": {
      const place = placeOf(text, entry, found, change.column);
      return changeTest(text, [...place, testsKey(record(at(document, place))), change.at], change.test);
    }
    case "remove-test": {
      const place = placeOf(text, entry, found, change.column);
      return setInYaml(text, [...place, testsKey(record(at(document, place))), change.at], undefined);
    }
    case "tags": {
      return changeTags(text, [...found, ...("tags" in said ? ["tags"] : ["config", "tags"])], change.tags);
    }
    case "meta": {
      const path = "meta" in said ? ["meta"] : ["config", "meta"];
      return setInYaml(text, [...found, ...path, change.key], change.value);
    }
    case "contract":
      return setInYaml(text, [...found, "config", "contract", "enforced"], change.enforced || undefined);
  }
}

/** Tags one by one, so that those that stay keep their comments. */
function changeTags(text: string, path: YamlPath, tags: readonly string[]): string {
  const said = at(parsed(text), path);
  const before = list(said).map(String);
  const kept = before.filter((tag) => tags.includes(tag));
  const added = tags.filter((tag) => !before.includes(tag));
  const isSameOrder = [...kept, ...added].every((tag, index) => tag === tags[index]);
  if (before.length === 0 || !isSameOrder) return setInYaml(text, path, tags.length === 0 ? undefined : [...tags]);
  let result = text;
  for (const [index, tag] of added.entries()) result = setInYaml(result, [...path, before.length + index], tag);
  for (let index = before.length - 1; index >= 0; index -= 1) {
    if (!tags.includes(before[index] ?? "")) result = setInYaml(result, [...path, index], undefined);
  }
  return result;
}

function changeColumns(
  text: string,
  entry: EntryName,
  found: YamlPath,
  { add, remove }: Extract<EntryChange, { kind: "columns" }>,
): string {
  const gone = new Set(remove.map((name) => name.toLowerCase()));
  let result = text;
  const before = list(record(at(parsed(text), found)).columns);
  for (let index = before.length - 1; index >= 0; index -= 1) {
    if (gone.has(string(record(before[index]).name).toLowerCase()))
      result = setInYaml(result, [...found, "columns", index], undefined);
  }
  for (const { name, type } of add) {
    const place = pathOf(parsed(result), entry) ?? found;
    const position = list(record(at(parsed(result), place)).columns).length;
    result = setInYaml(result, [...place, "columns", position], type === "" ? { name } : { name, data_type: type });
  }
  return result;
}

/** The path of a column, or of the node. */
function placeOf(text: string, entry: EntryName, found: YamlPath, column: string | null): YamlPath {
  if (column === null) return found;
  const columns = list(record(at(parsed(text), found)).columns);
  const index = columns.findIndex((value) => string(record(value).name).toLowerCase() === column.toLowerCase());
  if (index === -1) throw new YamlEditError(`${entry.name} has no column ${column} in this file.`);
  return [...found, "columns", index];
}

function pathOf(document: unknown, entry: EntryName): YamlPath | null {
  const section = sections[entry.resourceType];
  if (section === undefined) return null;
  const entries = list(record(document)[section]);
  if (entry.resourceType !== "source") {
    const index = entries.findIndex((value) => record(value).name === entry.name);
    return index === -1 ? null : [section, index];
  }
  for (const [index, source] of entries.entries()) {
    if (record(source).name !== entry.sourceName) continue;
    const table = list(record(source).tables).findIndex((value) => record(value).name === entry.name);
    if (table !== -1) return [section, index, "tables", table];
  }
  return null;
}

function parsed(text: string): unknown {
  const document = parseDocument(text, { merge: true });
  const [problem] = document.errors;
  if (problem) throw new YamlEditError(`The YAML does not parse: ${problem.message.split("\n")[0]}`);
  return document.toJS();
}

function at(document: unknown, path: YamlPath): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string | number, unknown> | undefined)?.[key], document);
}

function testsKey(said: Record<string, unknown>): "tests" | "data_tests" {
  return "tests" in said ? "tests" : "data_tests";
}

/** What stands beside the arguments of a test. */
const besideArguments = new Set([
  "config",
  "name",
  "description",
  "arguments",
  "where",
  "severity",
  "limit",
  "tags",
  "meta",
]);

function testsOf(said: Record<string, unknown>): TestEntry[] {
  return list(said[testsKey(said)]).map((test) => {
    const { name, body } = testBody(test);
    const plain = Object.entries(body).filter(([key]) => !besideArguments.has(key) && key !== "test_name");
    const config = record(body.config);
    return {
      name,
      arguments: { ...Object.fromEntries(plain), ...record(body.arguments) },
      severity: string(config.severity ?? body.severity),
      where: string(config.where ?? body.where),
    };
  });
}

/** A test is a name, a name with what belongs to it, or (with `test_name`) all in one map. `at` leads to the body. */
function testBody(test: unknown): { name: string; body: Record<string, unknown>; at: YamlPath } {
  if (typeof test === "string") return { name: test, body: {}, at: [test] };
  const value = record(test);
  if (typeof value.test_name === "string") return { name: value.test_name, body: value, at: [] };
  const name = Object.keys(value)[0] ?? "";
  return { name, body: record(value[name]), at: [name] };
}

function asWritten({ name, arguments: values, severity, where }: TestEntry): unknown {
  const config = { ...(severity === "" ? {} : { severity }), ...(where === "" ? {} : { where }) };
  const body = {
    ...(Object.keys(values).length === 0 ? {} : { arguments: values }),
    ...(Object.keys(config).length === 0 ? {} : { config }),
  };
  return Object.keys(body).length === 0 ? name : { [name]: body };
}

/** Changes the arguments and settings of a test that differ, each where it stands. */
function changeTest(text: string, path: YamlPath, test: TestEntry): string {
  const said = at(parsed(text), path);
  const { name, body, at: inner } = testBody(said);
  const [before] = testsOf({ data_tests: [said] });
  if (before === undefined || name !== test.name)
    throw new YamlEditError(`The test ${test.name} is not there any more.`);
  if (typeof said === "string") return setInYaml(text, path, asWritten(test));
  const known = new Set([...Object.keys(before.arguments), ...Object.keys(test.arguments)]);
  const isPlain = body.arguments === undefined && Object.keys(before.arguments).length > 0;
  const changes: [YamlPath, unknown][] = [...known].map((key) => [
    isPlain || (key in body && !(key in record(body.arguments))) ? [key] : ["arguments", key],
    test.arguments[key],
  ]);
  for (const key of ["severity", "where"] as const)
    changes.push([key in body ? [key] : ["config", key], test[key] || undefined]);
  const left = changes.reduce((result, [at, value]) => withValue(result, at, value), body);
  if (inner.length > 0 && Object.keys(left).length === 0) return setInYaml(text, path, name);
  return changes
    .filter(([at, value]) => JSON.stringify(valueAt(body, at)) !== JSON.stringify(value))
    .sort(([, one], [, other]) => Number(one === undefined) - Number(other === undefined))
    .reduce((result, [at, value]) => setInYaml(result, [...path, ...inner, ...at], value), text);
}

function valueAt(body: unknown, path: YamlPath): unknown {
  return path.reduce<unknown>((value, key) => record(value)[key], body);
}

/** A body with one value set or, undefined, taken away together with a map that it leaves empty. */
function withValue(
  body: Record<string, unknown>,
  [key = "", ...rest]: YamlPath,
  value: unknown,
): Record<string, unknown> {
  const { [key]: old, ...others } = body;
  const next = rest.length === 0 ? value : withValue(record(old), rest, value);
  const isEmpty = rest.length > 0 && Object.keys(record(next)).length === 0;
  return next === undefined || isEmpty ? others : { ...others, [key]: next };
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function words(value: unknown): string[] {
  return (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(String);
}

function string(value: unknown): string {
  return value === undefined || value === null ? "" : String(value);
}
