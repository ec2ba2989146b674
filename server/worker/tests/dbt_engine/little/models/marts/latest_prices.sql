{% for version in [1, 2] %}
select * from {{ ref('prices', v=version) }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
