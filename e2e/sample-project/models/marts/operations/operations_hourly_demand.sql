select
    store_id,
    cast(extract(isodow from ordered_at) as integer) as weekday_number,
    cast(extract(hour from ordered_at) as integer) as hour_of_day,
    count(*) as orders,
    cast(avg(item_count) as numeric(18, 2)) as average_items,
    count(*) filter (where channel = 'app') as app_orders
from {{ ref('int_orders_totalled') }}
group by 1, 2, 3
