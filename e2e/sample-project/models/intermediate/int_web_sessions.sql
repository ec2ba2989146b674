{{ config(materialized='table') }}

select
    session_id,
    max(customer_id) as customer_id,
    max(device) as device,
    min(occurred_at) as started_at,
    max(occurred_at) as last_event_at,
    count(*) as event_count,
    count(*) filter (where event_type = 'product_view') as product_views,
    count(*) filter (where event_type = 'search') as searches,
    bool_or(event_type = 'add_to_basket') as has_basket,
    bool_or(event_type = 'checkout') as has_checkout,
    bool_or(event_type = 'purchase') as has_purchase,
    cast(floor(sum(milliseconds_on_page) / 1000.0) as bigint) as seconds_on_pages
from {{ ref('stg_web_events') }}
group by session_id
