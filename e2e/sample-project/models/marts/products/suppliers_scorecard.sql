select
    suppliers.supplier_id,
    suppliers.supplier_name,
    suppliers.supplier_city,
    suppliers.country_code,
    suppliers.lead_time_days,
    suppliers.is_active,
    count(*) as products,
    cast(sum(rates.units_sold) as bigint) as units_sold,
    cast(sum(rates.units_returned) as bigint) as units_returned,
    {{ ratio('sum(rates.units_returned)', 'sum(rates.units_sold)') }} as return_rate,
    cast(sum(rates.refund_amount) as numeric(18, 2)) as refund_amount
from {{ ref('products_return_rates') }} as rates
inner join {{ ref('stg_products') }} as products on products.product_id = rates.product_id
inner join {{ ref('stg_suppliers') }} as suppliers on suppliers.supplier_id = products.supplier_id
group by
    suppliers.supplier_id, suppliers.supplier_name, suppliers.supplier_city, suppliers.country_code,
    suppliers.lead_time_days, suppliers.is_active
