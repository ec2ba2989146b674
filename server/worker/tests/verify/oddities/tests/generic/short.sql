{% test short(model, column_name, most=10, names=[]) %}
  {{ config(severity='warn', fail_calc='count(*)') }}
select {{ column_name }} from {{ model }}
where length(cast({{ column_name }} as varchar)) > {{ most }} {# names #}
{% for name in names %}  and {{ column_name }} <> '{{ name }}'
{% endfor %}
{% endtest %}
