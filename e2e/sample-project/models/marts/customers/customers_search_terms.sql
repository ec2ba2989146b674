select
    {{ json_text('properties', 'query') }} as search_term,
    count(*) as searches,
    count(distinct session_id) as sessions,
    count(*) filter (where cast({{ json_text('properties', 'results') }} as integer) = 0) as searches_without_result,
    cast(avg(cast({{ json_text('properties', 'results') }} as integer)) as numeric(18, 1)) as average_results
from {{ ref('stg_web_events') }}
where event_type = 'search' and occurred_on > {{ as_of_date() }} - 90
group by 1
