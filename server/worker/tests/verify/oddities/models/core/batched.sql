{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='happened_on', begin='2024-01-01', batch_size='day', unique_key='id') }}
select * from {{ ref('events') }}
