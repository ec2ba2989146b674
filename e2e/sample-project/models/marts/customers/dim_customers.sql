{{ config(meta={'owner': 'growth', 'contains_personal_data': true}) }}

select
    customers.customer_id,
    customers.full_name,
    customers.email,
    customers.phone,
    customers.address,
    customers.address_line,
    customers.city,
    customers.home_store_id,
    customers.born_on,
    customers.plan,
    customers.accepts_marketing,
    customers.signed_up_at,
    coalesce(value.segment, 'never ordered') as segment,
    value.first_ordered_on,
    value.last_ordered_on,
    coalesce(value.orders, 0) as orders,
    coalesce(value.lifetime_spend, 0) as lifetime_spend
from {{ ref('stg_customers') }} as customers
left join {{ ref('customers_lifetime_value') }} as value on value.customer_id = customers.customer_id
