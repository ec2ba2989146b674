{{ config(materialized='table') }}

with lines as (

    select
        order_id,
        count(*) as line_count,
        cast(sum(quantity) as bigint) as item_count,
        cast(sum(net_amount) as numeric(18, 2)) as goods_amount,
        cast(sum(discount) as numeric(18, 2)) as discount_amount,
        cast(sum(cost_amount) as numeric(18, 2)) as cost_amount,
        cast(sum(margin) as numeric(18, 2)) as goods_margin,
        count(*) filter (where is_substituted) as substituted_count
    from {{ ref('int_order_lines_priced') }}
    group by order_id

)

select
    orders.order_id,
    orders.customer_id,
    orders.store_id,
    orders.ordered_at,
    orders.ordered_on,
    orders.order_status,
    orders.channel,
    orders.promotion_id,
    orders.is_gift,
    lines.line_count,
    lines.item_count,
    lines.substituted_count,
    lines.goods_amount,
    lines.discount_amount,
    lines.cost_amount,
    lines.goods_margin,
    orders.delivery_fee,
    orders.tip,
    cast(lines.goods_amount + orders.delivery_fee + orders.tip as numeric(18, 2)) as order_total,
    orders.order_status in ('delivered', 'preparing') as counts_as_revenue
from {{ ref('stg_orders') }} as orders
inner join lines on lines.order_id = orders.order_id
