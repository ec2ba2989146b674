select
    promotions.promotion_id,
    promotions.promotion_code,
    promotions.promotion_name,
    promotions.promotion_kind,
    promotions.percent_off,
    promotions.starts_on,
    promotions.ends_on,
    promotions.budget,
    count(orders.order_id) as orders,
    count(distinct orders.customer_id) as customers,
    cast(coalesce(sum(orders.discount_amount), 0) as numeric(18, 2)) as discount_given,
    cast(coalesce(sum(orders.goods_margin), 0) as numeric(18, 2)) as goods_margin,
    {{ ratio('sum(orders.discount_amount)', 'promotions.budget') }} as budget_used
from {{ ref('stg_promotions') }} as promotions
left join {{ ref('fct_orders') }} as orders
    on orders.promotion_id = promotions.promotion_id and orders.counts_as_revenue
group by
    promotions.promotion_id, promotions.promotion_code, promotions.promotion_name, promotions.promotion_kind,
    promotions.percent_off, promotions.starts_on, promotions.ends_on, promotions.budget
