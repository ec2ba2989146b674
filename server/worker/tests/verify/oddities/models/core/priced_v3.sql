select 1 as id, 3 as cost from {{ ref('priced', v=1) }}
