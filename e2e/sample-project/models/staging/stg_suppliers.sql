select
    supplier_id,
    name as supplier_name,
    city as supplier_city,
    country_code,
    country_code <> 'IE' as is_imported,
    email as order_email,
    lead_time_days,
    is_active,
    {{ utc_timestamp('onboarded_at') }} as onboarded_at
from {{ source('riverbank_raw', 'suppliers') }}
