select '{{ var("region") }}' as region, {{ var('size') }} as size, '{{ var("run-date", "never") }}' as run_date
