

{{- config(
    materialized = 'table',
    post_hook = ["insert into {{ this }} select 4", {"sql": "select '{{ var('shade') }}'", "transaction": false}],
    sql_header = "set threads = 2;"
) -}}

select b.n from {{ ref('chain_b') }} as b left join {{ ref('chain_a') }} as a using (n)   
union all select 1 where false


