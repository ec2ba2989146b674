select * from {{ ref('chain_b') }} where {{ dbt_version is not none }} and '{{ this.schema }}' = '{{ target.schema }}'
