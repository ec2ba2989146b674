{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['active_on', 'device'],
        tags=['web']
    )
}}

select
    occurred_on as active_on,
    device,
    count(*) as events,
    count(customer_id) as signed_in_events,
    count(*) filter (where event_type = 'purchase') as purchases,
    cast(floor(sum(milliseconds_on_page) / 1000.0) as bigint) as seconds_on_pages
from {{ ref('stg_web_events') }}
{% if is_incremental() %}
where occurred_on >= (select max(active_on) - 1 from {{ this }})
{% endif %}
group by occurred_on, device
