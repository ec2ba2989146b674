select
    date '{{ var("run-date") }}' as run_date,
    '{{ var("region") }}' as region,
    {{ var('limits').high | sum }} as highest,
    {{ var('limits').get('low', 'null') }} as lowest,
    {{ given('only-given') }} as given,
    '{{ "nothing" if (var("nothing", "absent") is none) else target.name }}' as nothing,
    '{{ var("words", []) | join("+") }}' as words,
    '{{ var("numbers", []) | string }}' as numbers
from {{ ref('some-numbers') }}
join {{ source('raw-data', 'order-events') }} using (kind)
