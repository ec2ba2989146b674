{{ config(materialized='view') }}

select
    product_id,
    product_name,
    price,
    cost,
    dbt_valid_from as valid_from,
    dbt_valid_to as valid_to,
    dbt_valid_to is null as is_current
from {{ ref('product_prices') }}
