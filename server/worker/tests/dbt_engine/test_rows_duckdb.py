"""Rows of DuckDB: hardened, read-only, exact, within limits, and gone when cancelled."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from engine_client import Opened, open_project

from millrace_worker.rows.duckdb_source import first_limit_mb

ORDERS = "models/marts/customer_orders.sql"


def test_rows_of_a_model_with_its_unsaved_text(little: Opened) -> None:
    heads, table, tail = little.rows(path=ORDERS)
    assert table is not None
    assert (tail["outcome"], tail["rows"], table.num_rows) == ("complete", 2, 2)
    assert [column["type"] for column in heads[0]["columns"]] == ["INTEGER", "VARCHAR", "DECIMAL(18,2)"]
    little.lay(ORDERS, "select 1 as a, 2 as a from {{ ref('raw_orders') }} where false")
    heads, table, tail = little.rows(path=ORDERS)
    assert table is not None
    assert ([column["name"] for column in heads[0]["columns"]], tail["rows"]) == (["a", "a"], 0)


def test_a_query_runs_the_text_that_it_brings(little: Opened) -> None:
    little.lay(ORDERS, "select 1 as older")
    little.sql(path=ORDERS)
    newer = "select 2 as newer, 3 as other"
    query = {"type": "query", "queryId": "q", "path": ORDERS, "sql": None, "text": newer, "what": None, "limits": {}}
    assert little.project.statement(query) is None
    assert little.project.statement({**query, "text": "select 1 as older"}) is not None
    _, table, _ = little.rows(path=ORDERS, text=newer)
    assert table is not None
    assert table.column_names == ["newer", "other"]


def test_introspection_runs_in_the_query(little: Opened) -> None:
    _, table, tail = little.rows(path="models/marts/counted.sql")
    assert tail["error"] is None
    assert table is not None
    assert table["orders"].to_pylist() == [3]


@pytest.mark.parametrize(
    "sql",
    [
        "create table made (id int)",
        "insert into main.raw_orders select * from main.raw_orders",
        "select 1; drop table main.raw_orders",
        "attach '/tmp/x.duckdb'",
        "copy (select 1) to '/tmp/millrace-copy.csv'",
        "select * from read_text('/etc/passwd')",
        "set temp_directory = '/tmp'",
        "reset lock_configuration",
        "install httpfs",
        "{% do run_query('drop table main.raw_orders') %}select 1",
    ],
)
def test_a_preview_only_reads(little: Opened, built: Path, sql: str) -> None:
    before = hashlib.sha256((built / "little.duckdb").read_bytes()).hexdigest()
    _, _, tail = little.rows(sql)
    assert tail["outcome"] == "failed"
    assert hashlib.sha256((built / "little.duckdb").read_bytes()).hexdigest() == before
    assert not Path("/tmp/millrace-copy.csv").exists()


def test_memory_begins_with_what_a_statement_seems_to_need_and_grows(little: Opened) -> None:
    scan = "select order_id as joined from orders where grouped is null"
    assert (
        first_limit_mb(scan) < first_limit_mb("select a.x from a JOIN b using (id)") == first_limit_mb("x order\nby y")
    )
    # Holds some 100 MB back, which is more than any statement begins with.
    _, table, tail = little.rows("select count(*) as n from (select distinct md5(range::varchar) from range(1500000))")
    assert tail["error"] is None
    assert table is not None
    assert table["n"].to_pylist() == [1_500_000]


def test_limits_stop_the_reading(little: Opened) -> None:
    endless = "select i, 'text ' || i as t from range(100000000000) r(i)"
    _, table, tail = little.rows(endless, rows=1500)
    assert table is not None
    assert (tail["outcome"], tail["limit"], table.num_rows) == ("limited", "rows", 1500)
    _, _, tail = little.rows(endless, rows=10**8, byte_limit=3_000_000)
    assert (tail["outcome"], tail["limit"]) == ("limited", "bytes")
    assert 1_000_000 < tail["bytes"] <= 3_000_000
    _, _, tail = little.rows("select count(*) from range(10000000000) a, range(1000000) b", seconds=1)
    assert (tail["outcome"], tail["limit"]) == ("limited", "seconds")
    _, table, tail = little.rows("select i from range(1500) r(i)", rows=1500)
    assert (tail["outcome"], tail["rows"]) == ("complete", 1500)


def test_wide_rows_and_large_cells(little: Opened) -> None:
    columns = ", ".join(f"i + {number} as c{number}" for number in range(500))
    _, table, tail = little.rows(f"select {columns} from range(5000) r(i)", rows=10_000)
    assert table is not None
    assert (tail["rows"], table.num_columns) == (5000, 500)
    _, table, tail = little.rows("select repeat('x', 50000000) as cell from range(3)")
    assert table is not None
    assert (tail["rows"], len(table["cell"][2].as_py())) == (3, 50_000_000)


def test_interrupt_ends_a_running_statement(little: Opened) -> None:
    stop = threading.Event()

    def cancel() -> None:
        stop.set()
        little.project.interrupt()

    timer = threading.Timer(1.0, cancel)
    started = time.monotonic()
    timer.start()
    _, _, tail = little.rows("select count(*) from range(10000000000) a, range(1000000) b", stop=stop)
    assert tail["error"]["code"] == "CANCELLED"
    assert time.monotonic() - started < 10


def test_a_database_error_is_at_the_line_of_the_file(little: Opened) -> None:
    little.lay(ORDERS, "select\n  {{ 1 }} as one,\n  nope\nfrom {{ ref('raw_orders') }}")
    _, _, tail = little.rows(path=ORDERS)
    assert tail["error"]["code"] == "WAREHOUSE_ERROR"
    assert tail["error"]["location"] == {"path": ORDERS, "line": 3, "column": 3, "endLine": None, "endColumn": None}


def test_a_locked_file_is_busy_and_a_missing_one_is_said(built: Path, project_folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "held.duckdb"
    code = f"import duckdb, sys; c = duckdb.connect({str(file)!r}); c.execute('create table t as select 1'); "
    holder = subprocess.Popen(
        [sys.executable, "-c", code + "print('held', flush=True); sys.stdin.read()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        _, _, tail = open_project(project_folder, {"path": str(file)}).rows("select 1")
        assert tail["error"]["code"] == "WAREHOUSE_BUSY"
    finally:
        holder.communicate(b"")
    _, _, tail = open_project(project_folder, {"path": str(tmp_path / "none.duckdb")}).rows("select 1")
    assert tail["error"]["code"] == "WAREHOUSE_ERROR"
    assert "none.duckdb does not exist" in tail["error"]["message"]
    assert not (tmp_path / "none.duckdb").exists()


SEEN = """
select current_database() as a, current_schema() as b,
    (select list(database_name order by 1) from duckdb_databases()) as c,
    (select list(name || '=' || value order by 1) from duckdb_settings()
     where name not in ('memory_limit', 'max_memory', 'search_path', 'access_mode')) as d
"""


def test_a_driver_that_was_started_ahead_is_the_same_to_sql(little: Opened) -> None:
    _, direct, _ = little.rows(SEEN)
    little.project.prepare()
    _, prepared, tail = little.rows(SEEN)
    assert tail["error"] is None
    assert direct is not None
    assert prepared is not None
    assert prepared.to_pylist() == direct.to_pylist()
    little.project.prepare()
    _, table, _ = little.rows("select count(*) as n from main.raw_orders")
    assert table is not None
    assert table["n"].to_pylist() == [3]


@pytest.mark.parametrize(
    "sql",
    [
        "create table made (id int)",
        "attach '/tmp/x.duckdb'",
        "copy (select 1) to '/tmp/millrace-copy.csv'",
        "select * from read_text('/etc/passwd')",
        "reset lock_configuration",
        "{% do run_query('drop table main.raw_orders') %}select 1",
    ],
)
def test_a_driver_that_was_started_ahead_only_reads(little: Opened, sql: str) -> None:
    little.project.prepare()
    _, _, tail = little.rows(sql)
    assert tail["outcome"] == "failed"
    assert not Path("/tmp/millrace-copy.csv").exists()


def test_what_the_pane_has_compiled_is_what_a_preview_runs(little: Opened) -> None:
    query = {"type": "query", "queryId": "q", "path": ORDERS, "sql": None, "text": None, "what": None, "limits": {}}
    assert little.project.statement(query) is None
    compiled = little.sql(path=ORDERS)
    known = little.project.statement(query)
    assert known is not None
    assert (known["sql"], known["path"]) == (compiled, ORDERS)
    little.lay(ORDERS, "select 1 as a")
    assert little.project.statement(query) is None
    little.lay(ORDERS, "select {{ nothing( }}")
    assert little.project.statement(query) is None
