select
    order_id,
    customer_id,
    store_id,
    {{ utc_timestamp('ordered_at') }} as ordered_at,
    cast({{ utc_timestamp('ordered_at') }} as date) as ordered_on,
    status as order_status,
    channel,
    promotion_id,
    {{ cents_to_euros('delivery_fee_cents') }} as delivery_fee,
    {{ cents_to_euros('tip_cents') }} as tip,
    customer_note,
    is_gift
from {{ source('riverbank_raw', 'orders') }}
