-- The last eight weeks by region, for the Monday meeting.
select
    stores.region,
    cast(date_trunc('week', revenue.ordered_on) as date) as week_on,
    sum(revenue.orders) as orders,
    sum(revenue.goods_amount) as goods_amount,
    {{ ratio('sum(revenue.goods_margin)', 'sum(revenue.goods_amount)') }} as margin_share
from {{ ref('finance_daily_revenue') }} as revenue
inner join {{ ref('dim_stores') }} as stores on stores.store_id = revenue.store_id
where revenue.ordered_on > {{ as_of_date() }} - 56
group by 1, 2
order by 1, 2
