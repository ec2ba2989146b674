{{ config(event_time='happened_on') }}
select id, joined as happened_on from {{ ref('people') }}
