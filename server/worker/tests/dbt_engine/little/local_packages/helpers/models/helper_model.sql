select 1 as helper_id, '{{ var("unit") }}' as unit
