import {
  type CompletionEntry,
  type CompletionList,
  type CompletionRequest,
  entry,
  fitting,
  mostOffered,
} from "./completion-entry";
import { type YamlEntry, yamlEntries } from "./yaml-entries";
import { yamlKeysAt } from "./yaml-keys";

const marker = "zzcursor";

/** Completion in YAML: dbt's keys by where they stand, their values, and names of the project. */
export function completeYaml(request: CompletionRequest, typed: string): CompletionList {
  const { text, offset, path: file, usage } = request;
  const start = offset - typed.length;
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const lineEnd = text.indexOf("\n", offset);
  const before = text.slice(lineStart, start);
  const rest = text.slice(offset, lineEnd < 0 ? text.length : lineEnd);
  const isValue = /:\s+["']?$/.test(before) || /[[,]\s*["']?$/.test(before);
  // The place is found by writing a key (or a value) there and reading what comes out.
  const withMarker = (written: string) =>
    yamlEntries(
      `${text.slice(0, start)}${written}${rest.trimStart().startsWith("#") ? rest : ""}${text.slice(lineEnd < 0 ? text.length : lineEnd)}`,
    );
  if (isValue) {
    const closing = /["']$/.exec(before)?.[0] ?? "";
    const entries = withMarker(`${marker}${closing}${/\[[^\]]*$/.test(before) ? "]" : ""}`);
    const at = entries.find((candidate) => candidate.value?.text === marker);
    return at ? valuesAt(request, at, { entries, typed }) : none;
  }
  const asKey = withMarker(`${marker}: `);
  const key = asKey.find((candidate) => candidate.path.at(-1) === marker);
  const way = key?.path.slice(0, -1) ?? [];
  const siblings = asKey
    .filter(({ path }) => path.length === way.length + 1 && way.every((part, index) => path[index] === part))
    .map(({ path }) => String(path.at(-1)));
  const found = yamlKeysAt(file, way)
    .filter(({ name }) => !siblings.includes(name))
    .map((one) =>
      entry("key", one.name, typed, {
        detail: one.form === "scalar" ? "" : one.form,
        documentation: one.about,
        insert: keyText(one, key?.column ?? 0),
        goesOn: one.form === "scalar",
      }),
    );
  const item = typeof way.at(-1) === "number" ? itemsAt(request, way.slice(0, -1), { entries: asKey, typed }) : none;
  return { entries: [...item.entries, ...fitting(found, typed, usage)], more: item.more };
}

const none: CompletionList = { entries: [], more: false };

/** The key with what comes after it: a new line and its indentation for lists and mappings. */
function keyText({ name, form }: { name: string; form: string }, column: number): string {
  // Monaco itself puts the indentation of the line before every further line of what is inserted.
  const deeper = column >= 0 ? "  " : "";
  return form === "list" ? `${name}:\n${deeper}- ` : form === "mapping" ? `${name}:\n${deeper}` : `${name}: `;
}

interface Place {
  entries: readonly YamlEntry[];
  typed: string;
}

const literal: Record<string, (request: CompletionRequest) => readonly string[]> = {
  tags: ({ lookup }) => [...new Set(lookup.index.nodes.flatMap((node) => node.tags))],
};

/** What may be the value of a key, or an item of a list on one line. */
function valuesAt(request: CompletionRequest, at: YamlEntry, place: Place): CompletionList {
  const { path: way } = at;
  const last = way.at(-1);
  if (typeof last === "number") {
    return itemsAt(request, way.slice(0, -1), place);
  }
  const parent = way.slice(0, -1);
  const known = yamlKeysAt(request.path, parent).find(({ name }) => name === last);
  if (known && known.values.length > 0) {
    return list(
      request,
      place,
      known.values.map((value) => entry("keyword", value, place.typed, { detail: String(last) })),
    );
  }
  if (last === "name") {
    return namesAt(request, parent, place);
  }
  if (last === "description") {
    const insert = "\"{{ doc('$1') }}\"";
    return list(request, place, [
      entry("snippet", "doc", place.typed, { detail: "a docs block", insert, snippet: true, goesOn: true }),
    ]);
  }
  if (last === "to" || last === "input" || (last === "model" && way[0] === "semantic_models")) {
    return relations(request, place.typed);
  }
  if (last === "model" && way[0] === "unit_tests") {
    const found = request.lookup.refNames.search(place.typed, mostOffered, (name) => request.usage("model", name));
    return { entries: found.items.map((node) => entry("model", node.name, place.typed)), more: found.more };
  }
  if (last === "field") {
    const to = place.entries.find(
      ({ path }) => path.at(-1) === "to" && path.length === way.length && path.slice(0, -1).join() === parent.join(),
    );
    const name = /ref\(\s*['"]([^'"]+)/.exec(to?.value?.text ?? "")?.[1];
    return columns(request, name, place.typed);
  }
  return none;
}

/** What may be an item of a list. */
function itemsAt(request: CompletionRequest, way: readonly (string | number)[], place: Place): CompletionList {
  const last = String(way.at(-1) ?? "");
  if (last === "data_tests" || last === "tests") {
    return list(request, place, testEntries(request, place.typed));
  }
  if (last === "depends_on") {
    return relations(request, place.typed);
  }
  const values = literal[last]?.(request);
  return values
    ? list(
        request,
        place,
        values.map((value) => entry("keyword", value, place.typed, { detail: last })),
      )
    : none;
}

function list({ usage }: CompletionRequest, { typed }: Place, entries: readonly CompletionEntry[]): CompletionList {
  return { entries: fitting(entries, typed, usage), more: false };
}

function relations({ lookup, usage }: CompletionRequest, typed: string): CompletionList {
  const models = lookup.refNames.search(typed, mostOffered, (name) => usage("model", name));
  const sources = lookup.sourceNames.search(typed, mostOffered, (name) => usage("source", name));
  return {
    entries: [
      ...models.items.map((node) =>
        entry("model", node.name, typed, { detail: node.resourceType, insert: `ref('${node.name}')` }),
      ),
      ...sources.items.map((node) =>
        entry("source", `${node.sourceName ?? ""}.${node.name}`, typed, {
          detail: "source",
          insert: `source('${node.sourceName ?? ""}', '${node.name}')`,
        }),
      ),
    ],
    more: models.more || sources.more,
  };
}

/** Names that are not described yet come first: models of the project, columns that the SQL has, macros. */
function namesAt(request: CompletionRequest, way: readonly (string | number)[], place: Place): CompletionList {
  const { lookup, usage } = request;
  const { typed, entries } = place;
  const described = (parent: readonly (string | number)[]) =>
    new Set(
      entries
        .filter(
          ({ path }) =>
            path.at(-1) === "name" &&
            path.length === parent.length + 1 &&
            path.slice(0, -2).join() === parent.slice(0, -1).join(),
        )
        .flatMap(({ value }) => value?.text ?? []),
    );
  const taken = described(way);
  if (way.at(-2) === "columns") {
    const holder = way.slice(0, way.lastIndexOf("columns"));
    const owner = entries.find(({ path }) => path.at(-1) === "name" && path.slice(0, -1).join() === holder.join())
      ?.value?.text;
    const found = way[0] === "sources" ? none : columns(request, owner, typed);
    return { ...found, entries: found.entries.filter(({ label }) => !taken.has(label)) };
  }
  const kind = { models: "model", seeds: "seed", snapshots: "snapshot" }[String(way[0])];
  if (kind && way.length === 2) {
    const found = lookup.refNames.search(typed, mostOffered * 2, (name) => usage("model", name));
    const nodes = found.items.filter(
      (node) => node.resourceType === kind && node.packageName === lookup.index.projectName && !taken.has(node.name),
    );
    const folder = request.path.slice(0, request.path.lastIndexOf("/") + 1);
    nodes.sort((left, right) => Number(right.path.startsWith(folder)) - Number(left.path.startsWith(folder)));
    return {
      entries: nodes.slice(0, mostOffered).map((node) => entry("model", node.name, typed, { detail: node.path })),
      more: found.more,
    };
  }
  if (way[0] === "macros" && way.length === 2) {
    const own = lookup.index.macros.filter(
      (macro) => macro.packageName === lookup.index.projectName && !taken.has(macro.name),
    );
    return list(
      request,
      place,
      own.map((macro) => entry("macro", macro.name, typed, { detail: macro.path })),
    );
  }
  return none;
}

function columns(
  { lookup, columns: columnsOf, usage }: CompletionRequest,
  name: string | undefined,
  typed: string,
): CompletionList {
  const node = name === undefined ? null : lookup.ref(name, null);
  const found = node ? columnsOf(node).list : [];
  return {
    entries: fitting(
      found.map((column) =>
        entry("column", column.name, typed, { detail: column.type ?? "", documentation: column.description }),
      ),
      typed,
      usage,
    ),
    more: false,
  };
}

const ownTests: readonly [string, string, string][] = [
  ["unique", "no value occurs twice", "unique"],
  ["not_null", "there is always a value", "not_null"],
  ["accepted_values", "only these values occur", "accepted_values:\n    arguments:\n      values: [$0]"],
  [
    "relationships",
    "every value occurs in another model",
    "relationships:\n    arguments:\n      to: ref('$1')\n      field: $0",
  ],
];

function testEntries({ lookup }: CompletionRequest, typed: string): CompletionEntry[] {
  const own = ownTests.map(([name, about, insert]) =>
    entry("function", name, typed, { detail: "test", documentation: about, insert, snippet: insert.includes("$") }),
  );
  const others = lookup.index.macros
    .filter((macro) => macro.name.startsWith("test_") && macro.packageName !== "dbt")
    .map((macro) => {
      const name = macro.name.slice("test_".length);
      const full = macro.packageName === lookup.index.projectName ? name : `${macro.packageName}.${name}`;
      const wanted = macro.parameters.filter(
        (one) => !["model", "column_name"].includes(one.name) && one.default === null,
      );
      const insert =
        wanted.length === 0
          ? full
          : `${full}:\n    arguments:\n${wanted.map((one, index) => `      ${one.name}: $${index + 1}`).join("\n")}`;
      return entry("function", full, typed, {
        detail: `test · ${macro.packageName}`,
        documentation: macro.description,
        insert,
        snippet: wanted.length > 0,
      });
    });
  return [...own, ...others];
}
