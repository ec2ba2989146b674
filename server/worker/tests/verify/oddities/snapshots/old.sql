{% snapshot old_history %}
{{ config(unique_key='id', strategy='check', check_cols=['name'], target_schema='archive') }}
select * from {{ source('raw', 'people') }} where '{{ this }}' <> ''
{% endsnapshot %}
{% snapshot second_history %}
{{ config(unique_key='id', strategy='timestamp', updated_at='joined', schema='snap') }}
select * from {{ ref('people') }}
{% endsnapshot %}
