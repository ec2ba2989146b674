with sold as (

    select product_id, cast(sum(units_sold) as bigint) as units_sold
    from {{ ref('int_product_daily_sales') }}
    group by product_id

),

returned as (

    select
        product_id,
        cast(sum(returned_quantity) as bigint) as units_returned,
        cast(sum(refund_amount) as numeric(18, 2)) as refund_amount,
        string_agg(distinct reason, ', ' order by reason) as reasons
    from {{ ref('int_returns_valued') }}
    group by product_id

)

select
    products.product_id,
    products.product_name,
    products.category,
    products.supplier_name,
    sold.units_sold,
    coalesce(returned.units_returned, 0) as units_returned,
    {{ ratio('coalesce(returned.units_returned, 0)', 'sold.units_sold') }} as return_rate,
    coalesce(returned.refund_amount, 0) as refund_amount,
    returned.reasons
from {{ ref('dim_products') }} as products
inner join sold on sold.product_id = products.product_id
left join returned on returned.product_id = products.product_id
