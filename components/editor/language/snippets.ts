/** What `__` offers. */
export const snippets: readonly { label: string; detail: string; insert: string }[] = [
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
  { label: "__if", detail: "Jinja if", insert: "{% if $1 %}\n$0\n{% endif %}" },
  { label: "__for", detail: "Jinja for", insert: "{% for ${1:item} in ${2:items} %}\n$0\n{% endfor %}" },
  { label: "__set", detail: "Jinja set", insert: "{% set ${1:name} = $2 %}$0" },
  { label: "__macro", detail: "a macro", insert: "{% macro ${1:name}($2) %}\n$0\n{% endmacro %}" },
  { label: "__var", detail: "a project variable", insert: "{{ var('$1') }}$0" },
  {
    label: "__snapshot",
    detail: "a snapshot",
    insert:
      "{% snapshot ${1:name} %}\n{{ config(unique_key='$2', strategy='timestamp', updated_at='$3') }}\nselect * from {{ source('$4', '$5') }}\n{% endsnapshot %}$0",
  },
];
