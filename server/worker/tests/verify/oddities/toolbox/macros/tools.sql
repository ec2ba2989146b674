{% macro weigh(column) -%}
  {{ return(adapter.dispatch('weigh', 'toolbox')(column)) }}
{%- endmacro %}
{% macro default__weigh(column) %}{{ column }} * {{ var('scale') }} /* {{ var('unit') }} */{% endmacro %}
{% macro shade() %}{{ adapter.dispatch('shade', 'toolbox')() }}{% endmacro %}
{% macro default__shade() %}'{{ var('shade', 'none') }}'{% endmacro %}
