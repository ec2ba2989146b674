select 1 as price, 'v1' as me
