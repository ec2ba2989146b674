"""Previews of anything, on real DuckDB and PostgreSQL: CTEs, tests, relations, counts and profiles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg2
import pytest
from engine_client import Opened, open_project

ORDERS = "models/marts/customer_orders.sql"
STATEMENT = {"kind": "statement"}


def records(found: tuple[list[dict[str, Any]], Any, Any]) -> list[dict[str, Any]]:
    """The rows that arrived. Fails with what the preview said."""
    _heads, table, tail = found
    assert tail["error"] is None, tail["error"]
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def test_a_cte_of_a_model_with_jinja_and_unsaved_text(little: Opened) -> None:
    little.lay(
        ORDERS,
        "{{ config(materialized='table') }}\n"
        "with {% for n in [1, 2] %}part_{{ n }} as (select {{ n }} as n){{ ',' }}{% endfor %}\n"
        "paid as (select o.order_id, n from {{ ref('stg_orders') }} as o, part_2 -- Jinja (and a comment\n)\n"
        "select * from paid -- the end",
    )
    heads, _, _ = found = little.rows(path=ORDERS, what={"kind": "cte", "name": "paid", "occurrence": 0})
    assert {row["n"] for row in records(found)} == {2}
    assert "part_1" not in heads[0]["sql"]
    assert records(little.rows(path=ORDERS, what={"kind": "cte", "name": "part_1", "occurrence": 0})) == [{"n": 1}]
    counted = {"kind": "count", "of": {"kind": "cte", "name": "paid", "occurrence": 0}}
    assert records(little.rows(path=ORDERS, what=counted)) == [{"rows": 2}]


def test_an_error_in_a_cte_is_at_its_line_of_the_file(little: Opened) -> None:
    little.lay(ORDERS, "with a as (select 1 as x),\nb as (\n  select nothing\n  from a\n)\nselect * from b")
    _, _, tail = little.rows(path=ORDERS, what={"kind": "cte", "name": "b", "occurrence": 0})
    assert tail["error"]["location"]["line"] == 3
    _, _, tail = little.rows(path=ORDERS, what={"kind": "cte", "name": "gone", "occurrence": 0})
    assert (tail["error"]["code"], "gone" in tail["error"]["message"]) == ("NOT_FOUND", True)


def test_a_test_shows_its_failing_rows_with_its_where_and_limit(little: Opened) -> None:
    prefix = "test.little.not_null_stg_customers_customer_id"
    generic = next(name for name in little.project.graph.manifest.nodes if name.startswith(prefix))
    failing = little.rows(what={"kind": "failures", "uniqueId": generic})
    assert records(failing) == []
    assert "customer_id < 100" in failing[0][0]["sql"]
    little.lay(
        "tests/no_negative_amounts.sql",
        "{{ config(limit=2, store_failures=true, severity='warn') }} select * from {{ ref('stg_orders') }}",
    )
    little.settle()
    singular = "test.little.no_negative_amounts"
    assert len(records(little.rows(what={"kind": "failures", "uniqueId": singular}))) == 2
    assert records(little.rows(what={"kind": "verdict", "uniqueId": singular})) == [{"status": "warn", "failures": 2}]
    assert records(little.rows(what={"kind": "verdict", "uniqueId": generic})) == [{"status": "pass", "failures": 0}]
    tested = {"kind": "verdicts", "uniqueId": "model.little.stg_orders"}
    verdicts = records(little.rows(what=tested))
    assert verdicts[0] == {"test": "no_negative_amounts", "status": "warn", "failures": 2}
    assert {row["status"] for row in verdicts[1:]} <= {"pass"}
    _, _, tail = little.rows(what={"kind": "verdicts", "uniqueId": "seed.little.raw_orders"})
    assert tail["error"]["message"] == "raw_orders has no data tests."
    of = {"kind": "failures", "uniqueId": singular}
    assert records(little.rows(what={"kind": "count", "of": of})) == [{"rows": 2}]
    _, _, tail = little.rows(what={"kind": "failures", "uniqueId": "test.little.gone"})
    assert tail["error"]["message"] == "The project has no test gone."


def test_a_unit_test_shows_what_it_expects_and_what_there_is(little: Opened) -> None:
    unit = next(iter(little.project.graph.manifest.unit_tests))
    rows = records(little.rows(what={"kind": "failures", "uniqueId": unit}))
    assert [row["actual_or_expected"] for row in rows] == ["actual", "expected"]
    assert rows[0] | {"actual_or_expected": ""} == rows[1] | {"actual_or_expected": ""}


def test_relations_as_they_are_in_the_warehouse(little: Opened) -> None:
    assert len(records(little.rows(what={"kind": "relation", "uniqueId": "seed.little.raw_orders"}))) == 3
    assert len(records(little.rows(what={"kind": "relation", "uniqueId": "source.little.raw.payments"}, rows=5))) == 1
    little.lay(ORDERS, "select 1 as edited")
    built = records(little.rows(what={"kind": "relation", "uniqueId": "model.little.customer_orders"}))
    assert "edited" not in built[0]
    _, _, tail = little.rows(what={"kind": "relation", "uniqueId": "model.little.named_customers"})
    assert "ephemeral" in tail["error"]["message"]


def test_what_has_not_been_built_is_said_with_what_to_do(little: Opened) -> None:
    little.lay("models/staging/fresh.sql", "select 1 as a")
    little.lay("models/staging/above.sql", "select * from {{ ref('fresh') }}")
    little.settle()
    for found in (
        little.rows(what={"kind": "relation", "uniqueId": "model.little.fresh"}),
        little.rows(path="models/staging/above.sql"),
    ):
        error = found[2]["error"]
        assert error["message"] == 'fresh has not been built in this target: there is no "little"."main"."fresh".'
        assert (error["code"], "Defer" in error["hint"]) == ("WAREHOUSE_ERROR", True)
    _, _, tail = little.rows("select * from nowhere")
    assert "nowhere does not exist" in tail["error"]["message"]


def test_profiles_in_one_query(little: Opened) -> None:
    what = {"kind": "profile", "of": STATEMENT, "column": "status"}
    sql = "select * from {{ ref('stg_orders') }} -- all of them"
    measured = {(row["measure"], row["value"]): row["rows"] for row in records(little.rows(sql, what=what))}
    assert measured["rows", None] == 2
    assert measured["distinct", None] == 2
    assert ("minimum", "placed") in measured
    what = {"kind": "distinct", "of": {"kind": "relation", "uniqueId": "seed.little.raw_orders"}, "column": "status"}
    assert {row["status"] for row in records(little.rows(what=what))} == {"placed", "shipped"}
    _, _, tail = little.rows(sql, what={"kind": "profile", "of": STATEMENT, "column": 'x" from raw_orders; --'})
    assert tail["error"]["code"] == "WAREHOUSE_ERROR"


def test_a_profile_of_every_column(little: Opened) -> None:
    of = {"kind": "relation", "uniqueId": "seed.little.raw_orders"}
    found = {row["column"]: row for row in records(little.rows(what={"kind": "profiles", "of": of}))}
    assert list(found["status"].values()) == ["status", "VARCHAR", 3, 0, 2, "placed", "shipped"]
    assert (found["order_id"]["distinct"], found["order_id"]["minimum"]) == (3, "1")
    odd = (
        "select {'a': 1} as s, [1, 2] as l, map {'k': 1} as m, null as n, true as b, uuid() as \"an id\","
        " '1'::blob as x"
    )
    rows = records(little.rows(odd, what={"kind": "profiles", "of": STATEMENT}))
    assert [row["column"] for row in rows] == ["s", "l", "m", "n", "b", "an id", "x"]
    assert [row["nulls"] for row in rows] == [0, 0, 0, 1, 0, 0, 0]


def test_what_the_pane_compiled_is_what_a_measure_is_of(little: Opened) -> None:
    assert little.project.compile(path=ORDERS)["sql"] is not None
    frame: Any = {"type": "query", "queryId": "q", "path": ORDERS, "sql": None, "text": None, "limits": {}}
    counted = {"kind": "count", "of": STATEMENT}
    assert little.project.statement({**frame, "what": counted}) is not None
    relation = {"kind": "relation", "uniqueId": "seed.little.raw_orders"}
    assert little.project.statement({**frame, "what": relation}) is None


def on_warehouse(postgres_port: int, statements: str) -> None:
    """Runs SQL on the PostgreSQL warehouse."""
    with psycopg2.connect(host="127.0.0.1", port=postgres_port, user="postgres", dbname="postgres") as connection:
        connection.cursor().execute(statements)


@pytest.fixture
def on_postgres(postgres_port: int, project_folder: Path) -> Opened:
    on_warehouse(
        postgres_port,
        "drop table if exists payments, raw_orders, stg_orders cascade;"
        "create table payments as select 1 as payment_id, 10 as amount;"
        "create table raw_orders as select 1 as order_id, 'placed' as status",
    )
    settings = {"host": "127.0.0.1", "port": postgres_port, "user": "postgres", "dbname": "postgres"}
    return open_project(project_folder, settings, adapter="postgres", schema="public", secrets={"password": "none"})


def test_on_postgres(on_postgres: Opened) -> None:
    sql = (
        "with t as (select g, g % 2 = 0 as even, ('{\"a\": ' || g % 3 || '}')::json as doc,"
        " gen_random_uuid() as id from generate_series(1, 9) g) select * from t -- end"
    )
    for column, distinct in (("even", 2), ("doc", 3), ("id", 9), ("g", 9)):
        what = {"kind": "profile", "of": {"kind": "cte", "name": "t", "occurrence": 0}, "column": column}
        measured = {row["measure"]: row["rows"] for row in records(on_postgres.rows(sql, what=what))}
        assert (measured["rows"], measured["distinct"]) == (9, distinct)
    assert records(on_postgres.rows(what={"kind": "relation", "uniqueId": "source.little.raw.payments"})) == [
        {"payment_id": 1, "amount": 10}
    ]
    _, _, tail = on_postgres.rows(what={"kind": "relation", "uniqueId": "model.little.stg_orders"})
    assert tail["error"]["message"].startswith("stg_orders has not been built in this target")
    every = {"kind": "profiles", "of": {"kind": "cte", "name": "t", "occurrence": 0}}
    found = {row["column"]: row for row in records(on_postgres.rows(sql, what=every))}
    assert list(found["g"].values()) == ["g", "integer", 9, 0, 9, "1", "9"]
    assert list(found["even"].values()) == ["even", "boolean", 9, 0, 2, "false", "true"]
    assert [(row["type"], row["distinct"]) for row in found.values()][2:] == [("json", 3), ("uuid", 9)]
    odd = (
        "select point(1, 2) as p, array[1, 2] as l, '\\x01'::bytea as b, int4range(1, 3) as r, null::xml as x,"
        " row(1, 'a') as c, b'101' as bits, 1.50::numeric(9, 2) as price, now() as at, 'a'::name as \"order\""
    )
    rows = records(on_postgres.rows(odd, what={"kind": "profiles", "of": STATEMENT}))
    assert [row["column"] for row in rows] == ["p", "l", "b", "r", "x", "c", "bits", "price", "at", "order"]
    assert rows[7]["minimum"] == "1.50"
    _, _, tail = on_postgres.rows(sql, what={"kind": "distinct", "of": STATEMENT, "column": "gone"})
    assert tail["error"]["hint"] == "There are: g, even, doc, id."
    unit = next(iter(on_postgres.project.graph.manifest.unit_tests))
    rows = on_postgres.rows(what={"kind": "failures", "uniqueId": unit})
    assert "stg_orders" in rows[2]["error"]["message"]


def test_the_tests_of_a_model_on_postgres(on_postgres: Opened, postgres_port: int) -> None:
    on_warehouse(
        postgres_port,
        "drop table if exists stg_orders; create table stg_orders as"
        " select 1 as order_id, 1 as customer_id, 'placed'::text as status, 5 as amount"
        " union all select 1, 2, 'lost', -1;"
        "create schema if not exists public_marts;"
        "create table if not exists public_marts.customer_orders as select 1 as order_id, 1 as amount",
    )
    on_postgres.lay(
        "tests/no_negative_amounts.sql",
        "{{ config(limit=2, severity='warn') }} select * from {{ ref('stg_orders') }} where amount < 0",
    )
    on_postgres.settle()
    tested = {"kind": "verdicts", "uniqueId": "model.little.stg_orders"}
    verdicts = [tuple(row.values()) for row in records(on_postgres.rows(what=tested))]
    assert [(status, failures) for _, status, failures in verdicts] == [
        ("fail", 1),
        ("fail", 1),
        ("warn", 1),
        ("pass", 0),
        ("pass", 0),
    ]
    assert verdicts[2][0] == "no_negative_amounts"
    singular = {"kind": "verdict", "uniqueId": "test.little.no_negative_amounts"}
    assert records(on_postgres.rows(what=singular)) == [{"status": "warn", "failures": 1}]
    assert len(records(on_postgres.rows(what={**singular, "kind": "failures"}))) == 1


def test_a_unit_test_on_postgres(on_postgres: Opened, postgres_port: int) -> None:
    with psycopg2.connect(host="127.0.0.1", port=postgres_port, user="postgres", dbname="postgres") as connection:
        connection.cursor().execute(
            "drop table if exists stg_orders; create table stg_orders as"
            " select 1::bigint as order_id, 1::int as customer_id, 'placed'::text as status, 5::numeric(10,2) as amount"
        )
    unit = next(iter(on_postgres.project.graph.manifest.unit_tests))
    rows = records(on_postgres.rows(what={"kind": "failures", "uniqueId": unit}))
    assert [row["actual_or_expected"] for row in rows] == ["actual", "expected"]
