select o.order_id, c.name, o.amount
from {{ ref('stg_orders') }} as o
join {{ ref('named_customers') }} as c using (customer_id)
where {{ positive('o.amount') }}
