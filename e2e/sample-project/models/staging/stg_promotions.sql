select
    promotion_id,
    code as promotion_code,
    name as promotion_name,
    kind as promotion_kind,
    percent_off,
    starts_on,
    ends_on,
    ends_on - starts_on + 1 as days_running,
    {{ cents_to_euros('budget_cents') }} as budget
from {{ source('riverbank_raw', 'promotions') }}
