select 2 as price, '{{ this }}' as me
