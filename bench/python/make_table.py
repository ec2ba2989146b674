"""Builds a DuckDB file with one table of eight columns of the usual types, deterministic. Arguments: path, rows."""

from __future__ import annotations

import sys

import duckdb

path, rows = sys.argv[1], int(sys.argv[2])
connection = duckdb.connect(path)
connection.execute(
    """
    create table big as
    select
        range as id,
        (range * 7919 % 100003)::integer as customer_id,
        (range * 104729 % 1000000007)::double / 1000.0 as weight,
        ((range * 31 % 1000000) / 100.0)::decimal(12, 2) as amount,
        date '2020-01-01' + (range % 2000)::integer as ordered_on,
        timestamp '2020-01-01 00:00:00' + to_seconds(range % 100000000) as created_at,
        ['placed', 'shipped', 'completed', 'returned'][1 + range % 4] as status,
        md5(range::varchar) as reference
    from range(?)
    """,
    [rows],
)
connection.execute("checkpoint")
connection.close()
