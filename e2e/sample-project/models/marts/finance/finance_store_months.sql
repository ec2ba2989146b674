with sales as (

    select
        {{ month_of('ordered_on') }} as month_on,
        store_id,
        cast(sum(orders) as bigint) as orders,
        cast(sum(goods_amount + delivery_fees) as numeric(18, 2)) as revenue,
        cast(sum(goods_margin + delivery_fees) as numeric(18, 2)) as margin
    from {{ ref('finance_daily_revenue') }}
    group by 1, store_id

),

deliveries as (

    select
        {{ month_of('promised_from') }} as month_on,
        store_id,
        cast(sum(delivery_cost) as numeric(18, 2)) as delivery_cost
    from {{ ref('int_deliveries_timed') }}
    where delivery_status = 'delivered'
    group by 1, store_id

)

select
    sales.month_on,
    sales.store_id,
    stores.store_name,
    sales.orders,
    sales.revenue,
    cast(sales.margin - coalesce(deliveries.delivery_cost, 0) as numeric(18, 2)) as contribution,
    {{ ratio('sales.margin - coalesce(deliveries.delivery_cost, 0)', 'sales.revenue') }} as contribution_share,
    cast(sales.revenue - lag(sales.revenue) over (partition by sales.store_id order by sales.month_on) as numeric(18, 2))
        as revenue_change
from sales
inner join {{ ref('stg_stores') }} as stores on stores.store_id = sales.store_id
left join deliveries on deliveries.store_id = sales.store_id and deliveries.month_on = sales.month_on
