-- What was paid for an order is what its lines, fee and tip add up to.
select order_id, order_total, paid_amount
from {{ ref('fct_orders') }}
where order_total <> paid_amount or paid_amount is null
