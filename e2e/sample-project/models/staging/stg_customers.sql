select
    customer_id,
    first_name,
    last_name,
    first_name || ' ' || last_name as full_name,
    email,
    phone,
    address,
    {{ json_text('address', 'line') }} as address_line,
    city,
    home_store_id,
    born_on,
    accepts_marketing,
    plan,
    {{ utc_timestamp('signed_up_at') }} as signed_up_at
from {{ source('riverbank_raw', 'customers') }}
