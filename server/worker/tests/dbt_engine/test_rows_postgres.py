"""Rows of PostgreSQL: exact types, a portal that only reads, limits."""

from __future__ import annotations

import datetime
import decimal
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from engine_client import Opened, open_project


@pytest.fixture
def opened(postgres_port: int, project_folder: Path) -> Opened:
    with _connect(postgres_port) as connection, connection.cursor() as cursor:
        cursor.execute("drop table if exists kept; create table kept as select 1 as id")
    settings = {"host": "127.0.0.1", "port": postgres_port, "user": "postgres", "dbname": "postgres"}
    return open_project(
        project_folder, settings, adapter="postgres", schema="public", secrets={"password": "not-asked-for"}
    )


def _connect(port: int) -> Any:
    return psycopg2.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres")


def _kept(port: int) -> Any:
    with _connect(port) as connection, connection.cursor() as cursor:
        cursor.execute(
            "select array_agg(id order by id), (select count(*) from pg_class where relname like 'made%') from kept"
        )
        return cursor.fetchone()


def test_types_are_exact(opened: Opened) -> None:
    heads, table, tail = opened.rows(
        "select 9007199254740993::int8 as big, 12345678901234567890.1234::numeric(38,4) as money, 1.5::numeric as free,"
        " true as yes, '\\x00ff'::bytea as raw, date '2024-02-29' as day, timestamptz '2024-01-01 12:00+02' as moment,"
        " timestamp '2024-01-01 12:00:00.123456' as local, time '10:00:01' as at, '{\"a\": 1}'::jsonb as doc,"
        " interval '1 year 2 days' as span, array[1,2] as list, int4range(1,5) as span2, null::text as nothing,"
        " 'a' as twice, 'b' as twice, 1.5::real as small, 'infinity'::timestamp as forever"
    )
    assert tail["error"] is None
    assert table is not None
    row = {name: column[0].as_py() for name, column in zip(table.column_names, table.columns, strict=True)}
    assert row | {"twice": None} == {
        "big": 9007199254740993,
        "money": decimal.Decimal("12345678901234567890.1234"),
        "free": "1.5",
        "yes": True,
        "raw": b"\x00\xff",
        "day": datetime.date(2024, 2, 29),
        "moment": datetime.datetime(2024, 1, 1, 10, tzinfo=datetime.timezone.utc),
        "local": datetime.datetime(2024, 1, 1, 12, 0, 0, 123456),
        "at": datetime.time(10, 0, 1),
        "doc": '{"a": 1}',
        "span": "1 year 2 days",
        "list": "{1,2}",
        "span2": "[1,5)",
        "nothing": None,
        "twice": None,
        "small": 1.5,
        "forever": "infinity",
    }
    names = [column["type"] for column in heads[0]["columns"]]
    assert names[:3] == ["bigint", "numeric(38,4)", "numeric"]
    assert "int4range" in names


@pytest.mark.parametrize(
    "sql",
    [
        "create table made (id int)",
        "insert into kept values (2) returning id",
        "with gone as (delete from kept returning id) select * from gone",
        "select 1; insert into kept values (2)",
        "select 1; commit; insert into kept values (2)",
        "commit",
        "set transaction read write",
        "select set_config('transaction_read_only', 'off', false)",
        "select set_config('default_transaction_read_only', 'off', false), nextval('made_sequence')",
        "do $$ begin insert into kept values (2); end $$",
        "copy kept to stdout",
        "$m$; insert into kept values (2); --",
        "{% do run_query('commit') %}{% do run_query('set transaction read write') %}select 1",
        "{% do run_query('insert into kept values (2)') %}select 1",
        "{% do run_query('select 1; commit; begin; insert into kept values (2)') %}select 1",
        "{% call statement('x', auto_begin=true) %}insert into kept values (2); commit{% endcall %}select 1",
    ],
)
def test_a_preview_never_changes_the_warehouse(opened: Opened, postgres_port: int, sql: str) -> None:
    _, _, tail = opened.rows(sql)
    assert _kept(postgres_port) == ([1], 0)
    assert tail["outcome"] == "failed"
    assert tail["error"]["code"] in ("WAREHOUSE_ERROR", "DBT_ERROR")


def test_many_rows_and_limits(opened: Opened) -> None:
    _, table, tail = opened.rows("select i, 'row ' || i as name from generate_series(1, 50000) i", rows=100_000)
    assert table is not None
    assert (tail["outcome"], tail["rows"], table["i"][-1].as_py()) == ("complete", 50_000, 50_000)
    _, table, tail = opened.rows("select i from generate_series(1, 50000) i", rows=1234)
    assert table is not None
    assert (tail["outcome"], tail["limit"], table.num_rows) == ("limited", "rows", 1234)
    _, _, tail = opened.rows("select pg_sleep(30)", seconds=1)
    assert (tail["outcome"], tail["limit"]) == ("limited", "seconds")


def test_an_error_is_at_its_line(opened: Opened) -> None:
    opened.lay("models/marts/paid.sql", "select\n  1 as one,\n  {{ 'nope' }}\n")
    _, _, tail = opened.rows(path="models/marts/paid.sql")
    assert tail["error"]["code"] == "WAREHOUSE_ERROR"
    assert tail["error"]["location"]["line"] == 3
    assert tail["error"]["location"]["path"] == "models/marts/paid.sql"
