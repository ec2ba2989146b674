{{ config(materialized='incremental', unique_key='id', on_schema_change='append_new_columns') }}
select id, name as "größe" from {{ source('raw', 'people') }}
{% if is_incremental() %}
  where id > (select max(id) from {{ this }}) -- there is one: {{ this.identifier }}
{% endif %}
