{% macro utc_timestamp(column) -%}
    ({{ column }} at time zone 'UTC')
{%- endmacro %}

{% macro month_of(column) -%}
    cast(date_trunc('month', {{ column }}) as date)
{%- endmacro %}

{% macro as_of_date() -%}
    cast('{{ var("as_of_date") }}' as date)
{%- endmacro %}

{% macro minutes_between(earlier, later) -%}
    {{ return(adapter.dispatch('minutes_between')(earlier, later)) }}
{%- endmacro %}

{% macro default__minutes_between(earlier, later) -%}
    cast(floor(extract(epoch from ({{ later }} - {{ earlier }})) / 60) as integer)
{%- endmacro %}

{% macro duckdb__minutes_between(earlier, later) -%}
    cast(floor(date_diff('second', {{ earlier }}, {{ later }}) / 60) as integer)
{%- endmacro %}

{% macro days_from_to(first, last) -%}
    {{ return(adapter.dispatch('days_from_to')(first, last)) }}
{%- endmacro %}

{% macro default__days_from_to(first, last) -%}
    select cast(day as date) as calendar_on
    from generate_series(cast('{{ first }}' as timestamp), cast('{{ last }}' as timestamp), interval '1 day') as days(day)
{%- endmacro %}

{% macro duckdb__days_from_to(first, last) -%}
    select cast(unnest(range(date '{{ first }}', date '{{ last }}' + interval 1 day, interval 1 day)) as date) as calendar_on
{%- endmacro %}
