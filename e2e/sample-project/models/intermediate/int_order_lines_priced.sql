select
    lines.order_line_id,
    lines.order_id,
    lines.product_id,
    products.category,
    products.supplier_id,
    lines.quantity,
    lines.unit_price,
    lines.discount,
    lines.net_amount,
    cast(products.cost * lines.quantity as numeric(18, 2)) as cost_amount,
    cast(lines.net_amount - products.cost * lines.quantity as numeric(18, 2)) as margin,
    lines.is_substituted
from {{ ref('stg_order_lines') }} as lines
inner join {{ ref('stg_products') }} as products on products.product_id = lines.product_id
