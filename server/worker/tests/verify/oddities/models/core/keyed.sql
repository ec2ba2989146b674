select p.id from {{ ref('priced') }} p, {{ ref('priced', version=3) }} q, {{ ref('oddities', 'priced', v=1) }} r
