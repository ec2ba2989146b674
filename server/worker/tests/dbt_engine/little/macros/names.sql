{% macro generate_schema_name(custom_schema_name, node) -%}
  {%- if custom_schema_name is none -%}{{ target.schema }}
  {%- else -%}{{ target.schema }}_{{ custom_schema_name | trim }}{%- endif -%}
{%- endmacro %}

{% macro positive(column) %}{{ column }} > 0{% endmacro %}

{% macro row_count(relation) -%}
  {%- if execute -%}
    {%- set result = run_query('select count(*) from ' ~ relation) -%}
    {{ result.columns[0].values()[0] }}
  {%- else -%}0{%- endif -%}
{%- endmacro %}
