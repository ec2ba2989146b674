select * from {{ ref('people_history') }}, {{ ref('old_history') }}, {{ source('raw', 'renamed') }}, lateral (select {{ function('half') }}(3))
