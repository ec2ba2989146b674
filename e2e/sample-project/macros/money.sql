{% macro cents_to_euros(column, decimals=2) -%}
    cast(({{ column }}) / 100.0 as numeric(18, {{ decimals }}))
{%- endmacro %}

{% macro ratio(part, whole, decimals=4) -%}
    cast(cast({{ part }} as numeric(18, 6)) / nullif({{ whole }}, 0) as numeric(18, {{ decimals }}))
{%- endmacro %}
