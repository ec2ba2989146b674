select
    payment_id,
    order_id,
    sequence_number,
    method as payment_method,
    {{ cents_to_euros('amount_cents') }} as amount,
    status as payment_status,
    processor_reference,
    {{ utc_timestamp('paid_at') }} as paid_at
from {{ source('riverbank_raw', 'payments') }}
