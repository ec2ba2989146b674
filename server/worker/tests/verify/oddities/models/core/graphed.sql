{% if execute %}
{% for node in graph.nodes.values() | sort(attribute='unique_id') if node.resource_type in ('model', 'seed', 'snapshot') %}
select '{{ node.unique_id }}' as id, '{{ node.relation_name }}' as relation, {{ node.depends_on.nodes | length }} as parents, '{{ node.config.materialized }}' as kind union all
{% endfor %}
{% for source in graph.sources.values() %}select '{{ source.source_name }}.{{ source.name }}', '{{ source.relation_name }}', 0, 'source' union all
{% endfor %}
select '{{ graph.exposures | length }} {{ graph.metrics | length }} {{ graph.groups | length }} {{ graph.semantic_models | length }} {{ graph.saved_queries | length }}', '', 0, ''
{% endif %}
