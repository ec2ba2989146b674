select
    return_id,
    order_line_id,
    order_id,
    reason_code,
    quantity as returned_quantity,
    {{ utc_timestamp('requested_at') }} as requested_at,
    is_approved,
    comment as customer_comment
from {{ source('riverbank_raw', 'returns') }}
