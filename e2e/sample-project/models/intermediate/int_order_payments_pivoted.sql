{{ config(group='finance', access='private') }}
{#- One column per way to pay, asked from the warehouse, so that a new way to pay needs no change here. -#}
{% set methods = distinct_values(source('riverbank_raw', 'payments'), 'method', ['card', 'direct_debit', 'gift_card', 'invoice', 'wallet']) %}

select
    order_id,
    count(*) as payment_count,
    min(paid_at) as first_paid_at,
    {%- for method in methods %}
    cast(coalesce(sum(amount) filter (where payment_method = '{{ method }}'), 0) as numeric(18, 2)) as {{ method }}_amount,
    {%- endfor %}
    cast(sum(amount) as numeric(18, 2)) as paid_amount
from {{ ref('stg_payments') }}
group by order_id
