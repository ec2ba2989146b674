select
    {{ month_of('requested_at') }} as month_on,
    reason,
    is_our_fault,
    count(*) as returns,
    count(*) filter (where is_approved) as approved_returns,
    cast(sum(refund_amount) as numeric(18, 2)) as refund_amount
from {{ ref('int_returns_valued') }}
group by 1, reason, is_our_fault
