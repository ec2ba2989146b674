{% macro distinct_values(relation, column, default=[]) %}
    {#- While dbt parses, and before the first build, there is nothing to ask. -#}
    {% if not execute or load_relation(relation) is none %}
        {{ return(default) }}
    {% endif %}
    {% set found = run_query("select distinct " ~ column ~ " as found from " ~ relation ~ " where " ~ column ~ " is not null order by 1") %}
    {{ return(found.columns[0].values() | list) }}
{% endmacro %}
