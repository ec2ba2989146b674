{{ config(materialized='table') }}

select
    lines.product_id,
    orders.ordered_on as sold_on,
    cast(sum(lines.quantity) as bigint) as units_sold,
    cast(sum(lines.net_amount) as numeric(18, 2)) as net_sales,
    cast(sum(lines.margin) as numeric(18, 2)) as margin
from {{ ref('int_order_lines_priced') }} as lines
inner join {{ ref('int_orders_totalled') }} as orders on orders.order_id = lines.order_id
where orders.counts_as_revenue
group by lines.product_id, orders.ordered_on
