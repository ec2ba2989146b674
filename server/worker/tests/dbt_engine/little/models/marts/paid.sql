-- depends_on: {{ ref("payments") }}
select * from {{ source('raw', 'payments') }} -- {{ target.schema }} {{ target.name }}
