{{ config(materialized='view') }}

select
    payments.payment_id,
    payments.order_id,
    orders.customer_id,
    orders.store_id,
    payments.payment_method,
    payments.payment_status,
    payments.amount,
    case when payments.payment_status = 'captured' then payments.amount else 0 end as captured_amount,
    payments.processor_reference,
    payments.paid_at
from {{ ref('stg_payments') }} as payments
inner join {{ ref('stg_orders') }} as orders on orders.order_id = payments.order_id
