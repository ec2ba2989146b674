{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['ordered_on', 'store_id'],
        on_schema_change='fail'
    )
}}

select
    orders.ordered_on,
    orders.store_id,
    calendar.is_weekend,
    calendar.is_holiday,
    count(*) as orders,
    count(distinct orders.customer_id) as customers,
    cast(sum(orders.goods_amount) as numeric(18, 2)) as goods_amount,
    cast(sum(orders.delivery_fee) as numeric(18, 2)) as delivery_fees,
    cast(sum(orders.discount_amount) as numeric(18, 2)) as discounts,
    cast(sum(orders.goods_margin) as numeric(18, 2)) as goods_margin
from {{ ref('fct_orders') }} as orders
inner join {{ ref('int_calendar') }} as calendar on calendar.calendar_on = orders.ordered_on
where orders.counts_as_revenue
{% if is_incremental() %}
    -- Orders still being prepared may yet be cancelled, so the last three days are counted again.
    and orders.ordered_on >= (select max(ordered_on) - 3 from {{ this }})
{% endif %}
group by orders.ordered_on, orders.store_id, calendar.is_weekend, calendar.is_holiday
