{{ config(materialized='ephemeral') }}
with base as (select * from {{ ref('stg_customers') }})
select * from base where name is not null
