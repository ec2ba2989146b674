select
    products.product_id,
    products.sku,
    products.product_name,
    products.pack_size,
    products.category,
    departments.department,
    departments.buyer,
    suppliers.supplier_name,
    suppliers.is_imported,
    products.price,
    products.cost,
    {{ ratio('products.price - products.cost', 'products.price') }} as list_margin,
    departments.target_margin,
    {{ ratio('products.price - products.cost', 'products.price') }} >= departments.target_margin as meets_target_margin,
    products.is_organic,
    products.is_perishable,
    products.shelf_life_days,
    products.storage,
    products.grams_co2,
    products.attributes,
    products.description,
    products.is_discontinued
from {{ ref('stg_products') }} as products
inner join {{ ref('stg_suppliers') }} as suppliers on suppliers.supplier_id = products.supplier_id
inner join {{ ref('product_departments') }} as departments on departments.category = products.category
