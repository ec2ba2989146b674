select returns.return_id, returns.returned_quantity, lines.quantity
from {{ ref('stg_returns') }} as returns
inner join {{ ref('stg_order_lines') }} as lines on lines.order_line_id = returns.order_line_id
where returns.returned_quantity > lines.quantity
