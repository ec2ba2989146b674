select
    customer_id,
    min(first_ordered_on) as first_ordered_on,
    max(ordered_on) as last_ordered_on,
    count(*) as orders,
    cast(sum(order_total) as numeric(18, 2)) as lifetime_spend,
    cast(sum(goods_margin) as numeric(18, 2)) as lifetime_margin,
    cast(avg(order_total) as numeric(18, 2)) as average_order,
    cast(avg(days_since_previous) as numeric(18, 1)) as average_days_between_orders,
    {{ as_of_date() }} - max(ordered_on) as days_since_last_order,
    case
        when {{ as_of_date() }} - max(ordered_on) > {{ var('dormant_after_days') }} then 'dormant'
        when count(*) = 1 then 'new'
        when sum(order_total) >= {{ var('high_value_from_euros') }} then 'high value'
        else 'regular'
    end as segment
from {{ ref('int_customer_order_sequence') }}
group by customer_id
