with chain_a as (select * from {{ ref('chain_a') }})
select n from chain_a
