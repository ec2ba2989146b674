-- Nothing arrives before it was ordered.
select delivery_id, ordered_at, delivered_at
from {{ ref('fct_deliveries') }}
where delivered_at < ordered_at
