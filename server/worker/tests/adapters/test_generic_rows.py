"""Rows of an adapter that Millrace does not know, through DB-API cursors: SQLite's and DuckDB's drivers stand in."""

from __future__ import annotations

import datetime
import decimal
import sqlite3
import types
from collections.abc import Sequence
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from millrace_worker.protocol.errors import WorkerError
from millrace_worker.rows import generic_types, read_only
from millrace_worker.rows.generic_source import GenericSource, guard_statements


class Manager:
    """dbt's SQLConnectionManager as the source uses it."""

    def __init__(self, handle: Any) -> None:
        self.connection = types.SimpleNamespace(handle=handle, credentials=types.SimpleNamespace(type="other"))

    def get_thread_connection(self) -> Any:
        return self.connection

    def add_query(self, sql: str, auto_begin: bool = True) -> tuple[Any, Any]:
        cursor = self.connection.handle.cursor()
        cursor.execute(sql)
        return self.connection, cursor

    def close(self, connection: Any) -> None:
        connection.handle.close()


def source_of(handle: Any) -> GenericSource:
    adapter = types.SimpleNamespace(connections=Manager(handle), type=lambda: "other")
    source = GenericSource(adapter)
    source.connect("select 1")
    return source


def table_of(source: GenericSource, sql: str, rows: int = 1000) -> pa.Table:
    source.execute(sql, 10, 1000)
    return pa.Table.from_batches(list(source.batches(rows)), source.schema)


def test_values_of_every_kind_arrive_exactly() -> None:
    source = source_of(duckdb.connect())
    table = table_of(
        source,
        """
        select true as flag, 1::integer as small, 9223372036854775807::bigint as large, 1.5::double as real,
          170141183460469231731687303715884105727::hugeint as huge, 12.340::decimal(18,3) as price,
          'ä€😀' as text, '\\x00\\xff'::blob as bytes, date '2024-02-29' as day, time '23:59:59.999999' as moment,
          timestamp '2024-02-29 12:00:00.123456' as naive, timestamptz '2024-02-29 12:00:00.123456+02' as zoned,
          interval 3 days as span, ['a', null] as list, {'n': 9007199254740993, 'd': 1.10::decimal(4,2)} as struct,
          null::integer as nothing
        """,
    )
    row = table.to_pylist()[0]
    assert row["flag"] is True
    assert row["small"] == 1
    assert row["large"] == 9223372036854775807
    assert row["real"] == 1.5
    assert row["huge"] in ("170141183460469231731687303715884105727", 170141183460469231731687303715884105727)
    assert str(row["price"]) == "12.340"
    assert row["text"] == "ä€😀"
    assert row["bytes"] == b"\x00\xff"
    assert row["day"] == datetime.date(2024, 2, 29)
    assert row["moment"] == datetime.time(23, 59, 59, 999999)
    assert row["naive"] == datetime.datetime(2024, 2, 29, 12, 0, 0, 123456)
    assert row["zoned"] == datetime.datetime(2024, 2, 29, 10, 0, 0, 123456, tzinfo=datetime.timezone.utc)
    assert row["list"] == '["a", null]'
    assert row["struct"] == '{"n": "9007199254740993", "d": "1.10"}'
    assert row["nothing"] is None
    source.close()


def test_it_reads_in_batches_and_no_further_than_asked() -> None:
    connection = sqlite3.connect(":memory:")
    asked = []

    class Cursor:
        def __init__(self) -> None:
            self.inner = connection.cursor()

        def execute(self, sql: str) -> None:
            self.inner.execute(sql)

        @property
        def description(self) -> Any:
            return self.inner.description

        def fetchmany(self, rows: int) -> Any:
            asked.append(rows)
            return self.inner.fetchmany(rows)

    handle = types.SimpleNamespace(cursor=Cursor, close=connection.close)
    source = source_of(handle)
    sql = "with recursive n(i) as (select 1 union all select i + 1 from n limit 1000000) select i from n"
    table = table_of(source, sql, rows=5000)
    assert 5000 < table.num_rows <= 5001
    assert sum(asked) <= 5001
    assert table.column("i").to_pylist()[:3] == [1, 2, 3]


def columns(values: Sequence[Any], description: tuple[Any, ...] = ("c", None)) -> generic_types.Column:
    return generic_types.columns_of([description], [(value,) for value in values])[0]


@pytest.mark.parametrize(
    ("values", "description", "expected"),
    [
        ([1, None, 2], ("c", None), pa.int64()),
        ([2**63], ("c", None), pa.string()),
        ([1], ("c", "UInt64"), pa.string()),
        ([1], ("c", None, None, None, 9, 0), pa.int64()),
        ([1], ("c", "decimal(38,0)"), pa.decimal128(38, 0)),
        ([decimal.Decimal("1.50")], ("c", None), pa.string()),
        ([decimal.Decimal("1.50")], ("c", None, None, None, 10, 2), pa.decimal128(10, 2)),
        ([decimal.Decimal("1.505")], ("c", None, None, None, 10, 2), pa.string()),
        ([decimal.Decimal("NaN")], ("c", None, None, None, 10, 2), pa.string()),
        ([1, "a"], ("c", None), pa.string()),
        ([None], ("c", None), pa.string()),
        ([memoryview(b"x"), bytearray(b"y")], ("c", None), pa.binary()),
    ],
)
def test_the_type_of_a_column(values: list[Any], description: tuple[Any, ...], expected: pa.DataType) -> None:
    column = columns(values, description)
    assert column.type == expected
    assert generic_types.batch_of([(value,) for value in values], [column]).num_rows == len(values)


def test_a_column_that_changes_its_type_is_named() -> None:
    column = columns([1])
    with pytest.raises(WorkerError, match="The column c began as int64"):
        generic_types.batch_of([(2**70,)], [column])


@pytest.mark.parametrize(
    "sql",
    [
        "select 1",
        "with a as (select 1) select * from a union all select 2",
        "show tables",
        "explain select 1",
        "describe t",
        "select 'drop table x; delete from y' as text",
    ],
)
@pytest.mark.parametrize("adapter", ["snowflake", "bigquery", "trino", "clickhouse", "sqlserver", "unheard-of"])
def test_statements_that_read_pass(sql: str, adapter: str) -> None:
    read_only.check(sql, adapter)


@pytest.mark.parametrize(
    "sql",
    [
        "delete from t",
        "select 1; select 2",
        "insert into t select 1",
        "with gone as (delete from t returning *) select * from gone",
        "create table t as select 1",
        "call do_it()",
        "merge into t using s on t.a = s.a when matched then delete",
        "drop table t",
        "grant select on t to u",
        "select * into t2 from t",
        "this is no sql at all (",
    ],
)
@pytest.mark.parametrize("adapter", ["snowflake", "redshift", "sqlserver", "trino", "unheard-of"])
def test_statements_that_write_are_refused(sql: str, adapter: str) -> None:
    with pytest.raises(WorkerError):
        read_only.check(sql, adapter)


def test_the_adapters_own_statements_are_looked_at_too() -> None:
    class Own(Manager):
        pass

    connection = sqlite3.connect(":memory:")
    manager = Own(connection)
    guard_statements(manager, "other")
    with pytest.raises(WorkerError, match="A preview only reads"):
        manager.add_query("create table t (a integer)")
    assert manager.add_query("select name from sqlite_master")[1].fetchall() == []
