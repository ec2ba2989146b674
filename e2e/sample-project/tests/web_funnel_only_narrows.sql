{{ config(severity='error', tags=['web']) }}

select *
from {{ ref('customers_web_funnel') }}
where sessions_with_purchase > sessions or sessions_with_basket > sessions or sessions_with_checkout > sessions
