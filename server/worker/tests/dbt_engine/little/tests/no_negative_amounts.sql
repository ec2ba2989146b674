select * from {{ ref('customer_orders') }} where not ({{ positive('amount') }})
