{% set relation = adapter.get_relation(database=target.database, schema=target.schema, identifier='chain_c') %}
{% set columns = adapter.get_columns_in_relation(ref('people')) %}
{% call statement('how_many', fetch_result=true) %}select 7 as n{% endcall %}
select {{ counted(ref('chain_c')) }} as counted, '{{ relation }}' as relation,
  '{{ columns | map(attribute="name") | join(",") }}' as columns,
  {{ load_result('how_many')['data'][0][0] if execute else 0 }} as how_many,
  {{ relation is not none }} as there, '{{ load_relation(ref("grown")) }}' as grown
