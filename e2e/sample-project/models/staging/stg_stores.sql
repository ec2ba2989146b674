select
    store_id,
    name as store_name,
    city,
    region,
    latitude,
    longitude,
    manager_name,
    opened_on,
    phone,
    is_hub,
    {{ json_text('hours', 'weekdays') }} as weekday_hours,
    {{ json_text('hours', 'sunday') }} as sunday_hours
from {{ source('riverbank_raw', 'stores') }}
