{{ config(alias='the-' ~ var('region'), enabled=var('with-report', true)) }}
select '{{ this }}' as this, '{{ model.tags | sort | join(", ") }}' as tags from {{ ref('with_hyphens', 'order-lines') }}
cross join {{ ref('beside_it', 'packaged-one') }}
