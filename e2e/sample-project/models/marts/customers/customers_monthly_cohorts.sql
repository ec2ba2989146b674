with activity as (

    select distinct
        customer_id,
        {{ month_of('first_ordered_on') }} as cohort_on,
        {{ month_of('ordered_on') }} as active_on
    from {{ ref('int_customer_order_sequence') }}

),

months as (

    select
        cohort_on,
        cast(
            (extract(year from active_on) - extract(year from cohort_on)) * 12
            + extract(month from active_on) - extract(month from cohort_on) as integer
        ) as months_since_first_order,
        count(*) as customers
    from activity
    group by 1, 2

)

select
    cohort_on,
    months_since_first_order,
    customers,
    {{ ratio('customers', 'first_value(customers) over (partition by cohort_on order by months_since_first_order)') }}
        as retained_share
from months
