select
    order_line_id,
    order_id,
    line_number,
    product_id,
    quantity,
    {{ cents_to_euros('unit_price_cents') }} as unit_price,
    {{ cents_to_euros('discount_cents') }} as discount,
    {{ cents_to_euros('unit_price_cents * quantity - discount_cents') }} as net_amount,
    is_substituted
from {{ source('riverbank_raw', 'order_lines') }}
