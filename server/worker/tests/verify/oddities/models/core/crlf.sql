select 1 as windows,
  '{{ var("shade") }}' as shade
from {{ ref('chain_c') }}
{% if true %}
where true
{% endif %}
