{% set columns = {
    'one': 1,
    'two': [2, 3],
} %}
{%- set space = namespace(total=0) -%}
select
{%- for name, value in columns.items() %}
    {%- if value is iterable %}{% for part in value %}{% set space.total = space.total + part %}{% endfor %}{% endif %}
    {{ value if value is number else value | length }} as {{ name }}{{ "," if not loop.last }}
{%- endfor %},
    {{ space.total }} as total,
    '{{ env_var("ODDITIES_SHADE", "unset") }}' as env,
    '{{ target.name }} {{ target.type }} {{ target.schema }} {{ target.threads }} {{ target.database }}' as target,
    '{{ flags.WHICH }} {{ flags.FULL_REFRESH }} {{ execute }}' as flags,
    '{{ model.unique_id }} {{ model.path }} {{ model.original_file_path }} {{ model.alias }}' as model,
    '{{ local_md5("x") }} {{ modules.re.sub("a", "b", "aaa") }} {{ tojson({"b": 1, "a": [none]}) }}' as modules
    {% raw %}/* {{ raw }} */{% endraw %}
{% call wrapped('x') %}from {{ ref('chain_c') }}{% endcall %}
