with baskets as (

    select distinct lines.order_id, lines.product_id
    from {{ ref('stg_order_lines') }} as lines
    inner join {{ ref('stg_orders') }} as orders on orders.order_id = lines.order_id
    where orders.ordered_on > {{ as_of_date() }} - {{ var('basket_window_days') }}

),

pairs as (

    select
        one.product_id as product_id,
        other.product_id as other_product_id,
        count(*) as orders
    from baskets as one
    inner join baskets as other on other.order_id = one.order_id and other.product_id > one.product_id
    group by 1, 2

)

select
    pairs.product_id,
    first_products.product_name,
    pairs.other_product_id,
    other_products.product_name as other_product_name,
    pairs.orders
from pairs
inner join {{ ref('dim_products') }} as first_products on first_products.product_id = pairs.product_id
inner join {{ ref('dim_products') }} as other_products on other_products.product_id = pairs.other_product_id
