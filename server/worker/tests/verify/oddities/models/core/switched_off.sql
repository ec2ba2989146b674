select 1 as off from {{ ref('nobody') }}
