{%- macro given(name) -%}
  {{ return("'" ~ var(name, 'not given') ~ "'") }}
{%- endmacro %}

{% macro generate_schema_name(custom_schema_name, node) -%}
  {{ target.schema ~ '-' ~ (custom_schema_name or node.resource_type) }}
{%- endmacro %}
