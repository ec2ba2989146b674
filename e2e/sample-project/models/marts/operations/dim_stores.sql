select
    stores.store_id,
    stores.store_name,
    stores.city,
    stores.region,
    stores.latitude,
    stores.longitude,
    stores.manager_name,
    stores.opened_on,
    {{ as_of_date() }} - stores.opened_on as days_open,
    stores.phone,
    stores.is_hub,
    stores.weekday_hours,
    stores.sunday_hours,
    stores.sunday_hours is not null as opens_on_sunday,
    regions.drop_cost_euros,
    regions.cost_per_km_euros
from {{ ref('stg_stores') }} as stores
inner join {{ ref('delivery_regions') }} as regions on regions.region = stores.region
