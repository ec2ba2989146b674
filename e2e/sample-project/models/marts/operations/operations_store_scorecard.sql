select
    stores.store_id,
    stores.store_name,
    stores.region,
    count(*) as deliveries,
    count(*) filter (where deliveries.delivery_status = 'failed') as failed_deliveries,
    {{ ratio('count(*) filter (where not deliveries.is_late)', "count(*) filter (where deliveries.delivery_status = 'delivered')") }}
        as on_time_share,
    cast(avg(deliveries.minutes_on_the_road) as numeric(18, 1)) as average_minutes_on_the_road,
    cast(percentile_cont(0.9) within group (order by deliveries.minutes_after_promise) as numeric(18, 1))
        as minutes_after_promise_p90,
    cast(avg(deliveries.rating) as numeric(18, 2)) as average_rating,
    cast(sum(deliveries.delivery_result) as numeric(18, 2)) as delivery_result
from {{ ref('fct_deliveries') }} as deliveries
inner join {{ ref('dim_stores') }} as stores on stores.store_id = deliveries.store_id
group by stores.store_id, stores.store_name, stores.region
