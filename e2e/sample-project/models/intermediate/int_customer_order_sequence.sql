{{ config(materialized='ephemeral') }}

select
    order_id,
    customer_id,
    ordered_on,
    order_total,
    goods_margin,
    row_number() over (partition by customer_id order by ordered_at, order_id) as order_number,
    ordered_on - lag(ordered_on) over (partition by customer_id order by ordered_at, order_id) as days_since_previous,
    min(ordered_on) over (partition by customer_id) as first_ordered_on
from {{ ref('int_orders_totalled') }}
where counts_as_revenue
