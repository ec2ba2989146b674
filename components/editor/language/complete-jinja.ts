import type { IndexMacro, IndexNode } from "@/server/contract";
import {
  type CompletionEntry,
  type CompletionList,
  type CompletionRequest,
  entry,
  fitting,
  mostOffered,
} from "./completion-entry";
import { configOptions } from "./config-options";
import type { CompletionContext } from "./context";
import { dbtFunctions, jinjaStatements } from "./jinja";
import type { JinjaCall } from "./jinja-calls";
import { mentionsIn } from "./mentions";

export function nodeEntry(node: IndexNode, typed: string): CompletionEntry {
  const version = node.version === null ? null : `v${node.version}`;
  const detail = [node.resourceType, node.materialized, version, node.packageName].filter(Boolean).join(" · ");
  return entry(node.resourceType === "source" ? "source" : "model", node.name, typed, {
    detail,
    documentation: node.description,
  });
}

/** Completion inside of Jinja. */
export function completeJinja(request: CompletionRequest, context: CompletionContext): CompletionList {
  const { lookup, usage } = request;
  const all = (entries: readonly CompletionEntry[], typed: string): CompletionList => ({
    entries: fitting(entries, typed, usage),
    more: false,
  });
  switch (context.kind) {
    case "ref":
      return refEntries(request, context.packageName, context.typed);
    case "ref-version":
      return all(
        lookup
          .versions(context.name)
          .map((node) => entry("keyword", node.version ?? "", context.typed, { detail: `version of ${node.name}` })),
        context.typed,
      );
    case "ref-more":
      return all(
        lookup.versions(context.name).map((node) =>
          entry("key", `v=${node.version}`, context.typed, {
            detail: [`version of ${node.name}`, node.materialized].filter(Boolean).join(" · "),
            documentation: node.description,
          }),
        ),
        context.typed,
      );
    case "source-name": {
      const tables = new Map<string, number>();
      for (const { sourceName } of lookup.sources) {
        tables.set(sourceName ?? "", (tables.get(sourceName ?? "") ?? 0) + 1);
      }
      return all(
        [...tables].map(([name, count]) =>
          entry("source", name, context.typed, { detail: `source · ${count} ${count === 1 ? "table" : "tables"}` }),
        ),
        context.typed,
      );
    }
    case "source-table":
      return all(
        lookup.sources
          .filter((node) => node.sourceName === context.sourceName)
          .map((node) => nodeEntry(node, context.typed)),
        context.typed,
      );
    case "var":
      return all(
        lookup.index.vars.map((name) => {
          const set = request.names.variables.find((one) => one.name === name);
          const detail = [set?.value, set?.packageName ? `variable of ${set.packageName}` : "project variable"];
          return entry("variable", name, context.typed, {
            detail: detail.filter(Boolean).join(" · "),
            documentation: set?.about ?? "",
          });
        }),
        context.typed,
      );
    case "env-var":
      return all(environmentVariables(request, context.typed), context.typed);
    case "doc":
      return all(
        lookup.index.docs
          .filter((doc) => doc.packageName !== "dbt")
          .map((doc) => entry("doc", doc.name, context.typed, { detail: doc.path, documentation: doc.text })),
        context.typed,
      );
    case "config-key":
      return all(
        configOptions
          .filter(({ name }) => !context.used.includes(name))
          .map(({ name, about, values }) =>
            entry("key", name, context.typed, {
              detail: "config",
              documentation: about,
              insert: values.length === 0 || values.includes("true") ? `${name}=$0` : `${name}='$1'$0`,
              snippet: true,
              goesOn: values.length > 0,
            }),
          ),
        context.typed,
      );
    case "config-value":
      return all(configValues(request, context), context.typed);
    case "argument":
      return all(
        [...argumentEntries(request, context.call, context.typed), ...expressionEntries(request, context.typed)],
        context.typed,
      );
    case "jinja":
      return all(
        context.packageName === null
          ? [
              ...expressionEntries(request, context.typed),
              ...(context.statement
                ? jinjaStatements.map((name) => entry("keyword", name, context.typed, { detail: "Jinja" }))
                : []),
            ]
          : memberEntries(request, context.packageName, context.typed),
        context.typed,
      );
    default:
      return { entries: [], more: false };
  }
}

function refEntries({ lookup, usage }: CompletionRequest, packageName: string | null, typed: string): CompletionList {
  if (packageName !== null) {
    const nodes = lookup.refs.filter((node) => node.packageName === packageName);
    return {
      entries: fitting(
        nodes.map((node) => nodeEntry(node, typed)),
        typed,
        usage,
      ),
      more: false,
    };
  }
  const found = lookup.refNames.search(typed, mostOffered, (name) => usage("model", name));
  const others = lookup.otherPackages;
  return {
    entries: [
      ...found.items.map((node) => nodeEntry(node, typed)),
      ...fitting(
        others.map((name) =>
          entry("variable", name, typed, {
            detail: "package: its models come next",
            insert: `${name}', '`,
            goesOn: true,
          }),
        ),
        typed,
        usage,
      ),
    ],
    more: found.more,
  };
}

/** dbt does not list them, so those that this text or the project names already, and the ones that dbt itself knows. */
function environmentVariables({ text, language, names }: CompletionRequest, typed: string): CompletionEntry[] {
  const named = mentionsIn(language, text).flatMap((mention) => (mention.kind === "env_var" ? mention.name : []));
  const known = ["DBT_TARGET", "DBT_SCHEMA", "DBT_ENV_SECRET_", "DBT_ENV_CUSTOM_ENV_"];
  const all = new Set([...named.filter((name) => name !== typed), ...names.environment, ...known]);
  return [...all].map((name) => entry("variable", name, typed, { detail: "environment variable" }));
}

function configValues(
  { lookup }: CompletionRequest,
  context: CompletionContext & { kind: "config-value" },
): CompletionEntry[] {
  const option = configOptions.find(({ name }) => name === context.key);
  const values =
    context.key === "tags" ? [...new Set(lookup.index.nodes.flatMap((node) => node.tags))] : (option?.values ?? []);
  return values.map((value) =>
    entry("keyword", value, context.typed, {
      detail: context.key,
      insert: context.quoted || value === "true" || value === "false" ? value : `'${value}'`,
    }),
  );
}

/** The parameters of a macro that are not given yet. */
function argumentEntries({ lookup }: CompletionRequest, call: JinjaCall, typed: string): CompletionEntry[] {
  const macro = lookup.macro(call.name, call.packageName);
  const given = new Set(call.arguments.flatMap(({ keyword }) => keyword ?? []));
  return (macro?.parameters ?? [])
    .filter(({ name }) => !given.has(name))
    .map(({ name, default: otherwise, type, description }) =>
      entry("key", name, typed, {
        detail: [`argument of ${macro?.name ?? ""}`, type, otherwise && `= ${otherwise}`].filter(Boolean).join(" · "),
        documentation: description,
        insert: `${name}=`,
      }),
    );
}

/** Packages that an adapter brings; nobody calls their macros by name. */
const adapterPackage = /^dbt_(?:duckdb|postgres|snowflake|bigquery|redshift|databricks|spark|athena|trino|fabric)$/;
const hiddenMacro = /^(?:test_|materialization_|default__|_)/;

export function signatureOf(macro: IndexMacro): string {
  const shown = macro.parameters.map(({ name, default: otherwise }) =>
    otherwise === null ? name : `${name}=${otherwise}`,
  );
  return `(${shown.join(", ")})`;
}

function macroEntry(macro: IndexMacro, typed: string): CompletionEntry {
  return entry("macro", macro.name, typed, {
    detail: `${signatureOf(macro)} · ${macro.packageName}`,
    documentation: macro.description,
    insert: macro.parameters.length === 0 ? `${macro.name}()` : `${macro.name}($0)`,
    snippet: macro.parameters.length > 0,
  });
}

const withQuotes = new Set(["ref", "var", "env_var", "doc"]);

/** What an expression may begin with: the project's macros, packages, and what dbt gives to every template. */
function expressionEntries({ lookup }: CompletionRequest, typed: string): CompletionEntry[] {
  const { projectName, macros } = lookup.index;
  const packages = new Set(
    macros.map((macro) => macro.packageName).filter((name) => name !== projectName && !adapterPackage.test(name)),
  );
  return [
    ...macros
      .filter((macro) => macro.packageName === projectName && !hiddenMacro.test(macro.name))
      .map((macro) => macroEntry(macro, typed)),
    ...dbtFunctions.map((name) => {
      const quoted = withQuotes.has(name);
      const asSnippet = quoted || name === "source" || name === "config";
      return entry("function", name, typed, {
        detail: "dbt",
        insert:
          name === "source" ? "source('$1', '$2')" : quoted ? `${name}('$1')` : name === "config" ? "config($0)" : name,
        snippet: asSnippet,
        goesOn: asSnippet,
      });
    }),
    ...[...packages].map((name) => entry("variable", name, typed, { detail: "package" })),
  ];
}

const members: Record<string, readonly string[]> = {
  target: [
    "name",
    "schema",
    "database",
    "type",
    "threads",
    "profile_name",
    "user",
    "host",
    "account",
    "warehouse",
    "role",
  ],
  this: ["database", "schema", "identifier", "name", "type"],
  loop: ["first", "last", "index", "index0", "length", "previtem", "nextitem"],
  model: ["name", "unique_id", "config", "columns", "tags", "path", "alias", "schema", "database"],
  flags: ["FULL_REFRESH", "WHICH", "STORE_FAILURES", "FAIL_FAST"],
  adapter: [
    "dispatch",
    "get_relation",
    "get_columns_in_relation",
    "get_missing_columns",
    "quote",
    "create_schema",
    "drop_relation",
    "already_exists",
    "rename_relation",
  ],
  exceptions: ["raise_compiler_error", "warn"],
  modules: ["datetime", "pytz", "re", "itertools"],
  graph: ["nodes", "sources", "exposures", "metrics", "groups"],
  config: ["get", "require"],
  api: ["Relation", "Column"],
};

function memberEntries({ lookup }: CompletionRequest, name: string, typed: string): CompletionEntry[] {
  return [
    ...lookup.index.macros
      .filter((macro) => macro.packageName === name && !hiddenMacro.test(macro.name))
      .map((macro) => macroEntry(macro, typed)),
    ...(members[name] ?? []).map((member) => entry("variable", member, typed, { detail: `of ${name}` })),
  ];
}
