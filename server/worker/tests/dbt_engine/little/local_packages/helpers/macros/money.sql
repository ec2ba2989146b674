{% macro money(column) -%}
  {{ return(adapter.dispatch('money', 'helpers')(column)) }}
{%- endmacro %}

{% macro default__money(column) -%}
  cast({{ column }} as decimal(18, 2)) /* {{ var("unit", "each") }} */
{%- endmacro %}
