select
    orders.order_id,
    orders.customer_id,
    orders.store_id,
    orders.promotion_id,
    orders.ordered_at,
    orders.ordered_on,
    cast(orders.order_status as {{ dbt.type_string() }}) as order_status,
    cast(orders.channel as {{ dbt.type_string() }}) as channel,
    orders.is_gift,
    orders.line_count,
    orders.item_count,
    orders.goods_amount,
    orders.discount_amount,
    orders.delivery_fee,
    orders.tip,
    orders.order_total,
    orders.goods_margin,
    payments.paid_amount,
    payments.gift_card_amount,
    orders.counts_as_revenue
from {{ ref('int_orders_totalled') }} as orders
left join {{ ref('int_order_payments_pivoted') }} as payments on payments.order_id = orders.order_id
