{% macro duckdb__weigh(column) %}round({{ toolbox.default__weigh(column) }}, 2){% endmacro %}

{% macro ref() %}
  {% set version = kwargs.get('version') or kwargs.get('v') %}
  {% set relation = builtins.ref(*varargs, version=version) if version is not none else builtins.ref(*varargs) %}
  {% do return(relation.include(database=var('with_database', true))) %}
{% endmacro %}

{% macro source(source_name, table_name) %}
  {% do return(builtins.source(source_name, table_name)) %}
{% endmacro %}

{% macro generate_schema_name(custom_schema_name, node) -%}
  {%- if node.resource_type == 'seed' -%}{{ target.schema }}
  {%- elif custom_schema_name is none -%}{{ target.schema }}
  {%- else -%}{{ target.schema }}_{{ node.fqn[0] }}_{{ custom_schema_name | trim }}{%- endif -%}
{%- endmacro %}

{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
  {%- if custom_alias_name -%}{{ custom_alias_name | trim }}
  {%- elif node.version -%}{{ node.name ~ '_v' ~ (node.version | replace('.', '_')) }}
  {%- else -%}{{ node.name }}{%- endif -%}
{%- endmacro %}

{% macro wrapped(name) %}
/* {{ name }} */ {{ caller() }} /* end */
{% endmacro %}

{% macro counted(relation) %}
  {% if execute %}
    {% set found = run_query('select 40 + 2 as answer') %}
    {% do return(found.columns[0].values()[0]) %}
  {% endif %}
  {% do return(0) %}
{% endmacro %}

{% macro an_operation(name='x') %}{% do log(name, info=true) %}{% endmacro %}
