select
    {{ month_of('started_at') }} as month_on,
    device,
    customer_id is not null as is_signed_in,
    count(*) as sessions,
    count(*) filter (where product_views > 0) as sessions_with_product,
    count(*) filter (where has_basket) as sessions_with_basket,
    count(*) filter (where has_checkout) as sessions_with_checkout,
    count(*) filter (where has_purchase) as sessions_with_purchase,
    {{ ratio('count(*) filter (where has_purchase)', 'count(*)') }} as conversion
from {{ ref('int_web_sessions') }}
group by 1, 2, 3
