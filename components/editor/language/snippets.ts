import { type CompletionEntry, entry } from "./completion-entry";
import type { languageOf } from "./language-of";

interface Snippet {
  readonly label: string;
  readonly detail: string;
  readonly insert: string;
}

const sql: readonly Snippet[] = [
  { label: "__ref", detail: "a model", insert: "{{ ref('$1') }}$0" },
  { label: "__source", detail: "a source table", insert: "{{ source('$1', '$2') }}$0" },
  {
    label: "__config",
    detail: "the model's configuration",
    insert: "{{ config(materialized='${1|view,table,incremental,ephemeral|}') }}\n$0",
  },
  {
    label: "__incremental",
    detail: "only the new rows",
    insert:
      "{% if is_incremental() %}\nwhere ${1:updated_at} > (select max(${1:updated_at}) from {{ this }})\n{% endif %}$0",
  },
  {
    label: "__cte",
    detail: "import CTEs and a final select",
    insert: "with ${1:source} as (\n    select * from {{ ref('$2') }}\n)\n\nselect\n    $0\nfrom ${1:source}",
  },
  {
    label: "__staging",
    detail: "a staging model: source, renamed, final select",
    insert:
      "with source as (\n    select * from {{ source('$1', '$2') }}\n),\n\nrenamed as (\n    select\n        $0\n    from source\n)\n\nselect * from renamed",
  },
  { label: "__case", detail: "case when", insert: "case\n    when $1 then $2\n    else $3\nend as $0" },
  {
    label: "__window",
    detail: "the latest row of each",
    insert: "row_number() over (partition by ${1:id} order by ${2:updated_at} desc) as ${3:row_number}$0",
  },
  { label: "__if", detail: "Jinja if", insert: "{% if $1 %}\n$0\n{% endif %}" },
  { label: "__for", detail: "Jinja for", insert: "{% for ${1:item} in ${2:items} %}\n$0\n{% endfor %}" },
  { label: "__set", detail: "Jinja set", insert: "{% set ${1:name} = $2 %}$0" },
  { label: "__macro", detail: "a macro", insert: "{% macro ${1:name}($2) %}\n$0\n{% endmacro %}" },
  {
    label: "__test",
    detail: "a generic test",
    insert:
      "{% test ${1:name}(model, column_name) %}\nselect * from {{ model }} where not ({{ column_name }} $0)\n{% endtest %}",
  },
  { label: "__var", detail: "a project variable", insert: "{{ var('$1') }}$0" },
  {
    label: "__snapshot",
    detail: "a snapshot",
    insert:
      "{% snapshot ${1:name} %}\n{{ config(unique_key='$2', strategy='timestamp', updated_at='$3') }}\nselect * from {{ source('$4', '$5') }}\n{% endsnapshot %}$0",
  },
];

const yaml: readonly Snippet[] = [
  {
    label: "__model",
    detail: "a model with a column",
    insert: "- name: $1\n  description: $2\n  columns:\n    - name: $3\n      description: $0",
  },
  { label: "__column", detail: "a column", insert: "- name: $1\n  description: $0" },
  {
    label: "__source",
    detail: "a source with a table",
    insert: "- name: $1\n  schema: $2\n  tables:\n    - name: $3\n      description: $0",
  },
  { label: "__doc", detail: "a docs block", insert: "\"{{ doc('$1') }}\"$0" },
  {
    label: "__relationships",
    detail: "a test for a foreign key",
    insert: "- relationships:\n    arguments:\n      to: ref('$1')\n      field: $0",
  },
  {
    label: "__accepted",
    detail: "a test for a list of values",
    insert: "- accepted_values:\n    arguments:\n      values: [$0]",
  },
  {
    label: "__freshness",
    detail: "how old rows may be",
    insert:
      "freshness:\n  warn_after: {count: ${1:12}, period: ${2:hour}}\n  error_after: {count: ${3:24}, period: ${4:hour}}$0",
  },
  {
    label: "__unit",
    detail: "a unit test",
    insert:
      "- name: $1\n  model: $2\n  given:\n    - input: ref('$3')\n      rows:\n        - {$4}\n  expect:\n    rows:\n      - {$0}",
  },
  {
    label: "__exposure",
    detail: "an exposure",
    insert:
      "- name: $1\n  type: ${2|dashboard,notebook,analysis,ml,application|}\n  owner:\n    name: $3\n  depends_on:\n    - ref('$0')",
  },
];

const markdown: readonly Snippet[] = [
  { label: "__docs", detail: "a docs block", insert: "{% docs ${1:name} %}\n\n$0\n\n{% enddocs %}" },
];

/** What `__` offers, by the file's language; none inside Jinja. */
export function snippetsFor(language: ReturnType<typeof languageOf>, place: string, typed: string): CompletionEntry[] {
  const bySql = place === "sql" || place === "relation" ? sql : [];
  const known = language === "dbt-yaml" ? yaml : language === "dbt-markdown" ? markdown : bySql;
  return known
    .filter(({ label }) => label.startsWith(typed))
    .map(({ label, detail, insert }) => entry("snippet", label, typed, { detail, insert, snippet: true }));
}
