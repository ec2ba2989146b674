select
    delivery_id,
    order_id,
    store_id,
    status as delivery_status,
    courier_name,
    vehicle,
    {{ utc_timestamp('promised_from') }} as promised_from,
    {{ utc_timestamp('promised_until') }} as promised_until,
    {{ utc_timestamp('dispatched_at') }} as dispatched_at,
    {{ utc_timestamp('delivered_at') }} as delivered_at,
    distance_km,
    rating
from {{ source('riverbank_raw', 'deliveries') }}
