select
    product_id,
    sku,
    name as product_name,
    size as pack_size,
    category,
    supplier_id,
    {{ cents_to_euros('price_cents') }} as price,
    {{ cents_to_euros('cost_cents') }} as cost,
    is_organic,
    shelf_life_days,
    shelf_life_days is not null and shelf_life_days < 20 as is_perishable,
    {{ json_text('attributes', 'storage') }} as storage,
    cast({{ json_text('attributes', 'grams_co2') }} as integer) as grams_co2,
    attributes,
    description,
    is_discontinued,
    {{ utc_timestamp('updated_at') }} as updated_at
from {{ source('riverbank_raw', 'products') }}
