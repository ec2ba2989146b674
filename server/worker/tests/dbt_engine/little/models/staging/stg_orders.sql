select
    order_id,
    customer_id,
    status,
    {{ helpers.money('amount') }} as amount
from {{ ref('raw_orders') }}
where ordered_at >= '{{ var("cutoff") }}'
