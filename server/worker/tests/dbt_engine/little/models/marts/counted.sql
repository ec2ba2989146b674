select {{ row_count(ref('raw_orders')) }} as orders
