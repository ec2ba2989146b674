{{ config(materialized='view') }}

select
    customer_id,
    full_name,
    email,
    city,
    last_ordered_on,
    {{ as_of_date() }} - last_ordered_on as days_since_last_order,
    orders,
    lifetime_spend
from {{ ref('dim_customers') }}
where segment = 'dormant' and accepts_marketing and email is not null
