select 1 as id, 2.5::decimal(10,2) as price -- v1, {{ model.version }}
