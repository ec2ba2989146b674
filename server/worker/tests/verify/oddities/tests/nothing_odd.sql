{{ config(tags=['odd'], store_failures=true, alias='odd_things') }}
select * from {{ ref('chain_c') }} where n < {{ var('numbers')[0] }} - 1 -- {{ this }}
