with months as (

    select
        {{ month_of('sold_on') }} as month_on,
        product_id,
        cast(sum(units_sold) as bigint) as units_sold,
        cast(sum(net_sales) as numeric(18, 2)) as net_sales,
        cast(sum(margin) as numeric(18, 2)) as margin
    from {{ ref('int_product_daily_sales') }}
    group by 1, product_id

)

select
    months.month_on,
    products.category,
    months.product_id,
    products.product_name,
    months.units_sold,
    months.net_sales,
    months.margin,
    rank() over (partition by months.month_on, products.category order by months.net_sales desc, months.product_id)
        as place_in_category
from months
inner join {{ ref('dim_products') }} as products on products.product_id = months.product_id
