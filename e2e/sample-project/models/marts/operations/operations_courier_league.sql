with couriers as (

    select
        {{ month_of('promised_from') }} as month_on,
        courier_name,
        count(*) as deliveries,
        cast(sum(distance_km) as numeric(18, 1)) as kilometres,
        {{ ratio('count(*) filter (where not is_late)', 'count(*)') }} as on_time_share,
        cast(avg(rating) as numeric(18, 2)) as average_rating
    from {{ ref('fct_deliveries') }}
    where delivery_status = 'delivered'
    group by 1, courier_name

)

select
    *,
    rank() over (partition by month_on order by on_time_share desc, average_rating desc nulls last, courier_name) as place
from couriers
