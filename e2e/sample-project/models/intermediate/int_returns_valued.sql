{{ config(materialized='ephemeral') }}

select
    returns.return_id,
    returns.order_line_id,
    returns.order_id,
    lines.product_id,
    lines.supplier_id,
    returns.reason_code,
    reasons.reason,
    reasons.is_our_fault,
    returns.returned_quantity,
    returns.requested_at,
    returns.is_approved,
    cast(
        case when returns.is_approved then lines.net_amount * returns.returned_quantity / lines.quantity else 0 end
        as numeric(18, 2)
    ) as refund_amount
from {{ ref('stg_returns') }} as returns
inner join {{ ref('int_order_lines_priced') }} as lines on lines.order_line_id = returns.order_line_id
inner join {{ ref('return_reasons') }} as reasons on reasons.reason_code = returns.reason_code
