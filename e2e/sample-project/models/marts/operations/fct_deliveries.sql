{{ config(materialized='view') }}

select
    deliveries.*,
    orders.customer_id,
    orders.ordered_at,
    orders.item_count,
    orders.order_total,
    cast(orders.delivery_fee - deliveries.delivery_cost as numeric(18, 2)) as delivery_result
from {{ ref('int_deliveries_timed') }} as deliveries
inner join {{ ref('int_orders_totalled') }} as orders on orders.order_id = deliveries.order_id
