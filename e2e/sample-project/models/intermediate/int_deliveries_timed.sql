select
    deliveries.delivery_id,
    deliveries.order_id,
    deliveries.store_id,
    deliveries.delivery_status,
    deliveries.courier_name,
    deliveries.vehicle,
    deliveries.promised_from,
    deliveries.promised_until,
    deliveries.dispatched_at,
    deliveries.delivered_at,
    {{ minutes_between('deliveries.dispatched_at', 'deliveries.delivered_at') }} as minutes_on_the_road,
    {{ minutes_between('deliveries.promised_until', 'deliveries.delivered_at') }} as minutes_after_promise,
    {{ minutes_between('deliveries.promised_until', 'deliveries.delivered_at') }} > {{ var('late_after_minutes') }} as is_late,
    deliveries.distance_km,
    cast(regions.drop_cost_euros + deliveries.distance_km * regions.cost_per_km_euros as numeric(18, 2)) as delivery_cost,
    deliveries.rating
from {{ ref('stg_deliveries') }} as deliveries
inner join {{ ref('stg_stores') }} as stores on stores.store_id = deliveries.store_id
inner join {{ ref('delivery_regions') }} as regions on regions.region = stores.region
