select
    event_id,
    session_id,
    customer_id,
    event_type,
    page_path,
    device,
    {{ utc_timestamp('occurred_at') }} as occurred_at,
    cast({{ utc_timestamp('occurred_at') }} as date) as occurred_on,
    milliseconds_on_page,
    product_id,
    properties
from {{ source('riverbank_raw', 'web_events') }}
