"""CTEs cut out of compiled SQL: what is run must give what the CTE gives in its place."""

from __future__ import annotations

import duckdb
import pytest

from millrace_worker.protocol.errors import WorkerError
from millrace_worker.subjects.ctes import ctes_of, select_from_cte


def rows(sql: str, name: str, occurrence: int = 0) -> list[tuple[object, ...]]:
    return duckdb.sql(select_from_cte(sql, name, occurrence, "duckdb")).fetchall()


def test_a_cte_with_what_it_depends_on_and_nothing_else() -> None:
    sql = (
        "with a as (select 1 as x), broken as (select * from nowhere), b as (select x + 1 as x from a)\n"
        "select * from b -- a comment at the end"
    )
    assert select_from_cte(sql, "b", 0, "duckdb") == (
        "with a as (select 1 as x),\nb as (select x + 1 as x from a)\nselect * from b"
    )
    assert rows(sql, "B") == [(2,)]


@pytest.mark.parametrize(
    ("sql", "name", "expected"),
    [
        ("with a as (select 1 as x -- why (not\n), b as (select ')' as y, x from a) select * from b", "b", [(")", 1)]),
        ("/* with z as (select 1) */ with a as (select '(' as x union all select ')') select * from a", "a", 2),
        ("with a as (with b as (select 3 as x), c as (select * from b) select * from c) select * from a", "c", [(3,)]),
        ("with o as (select 7 as x), a as (with b as (select * from o) select * from b) select 1", "b", [(7,)]),
        ("with a as (select 1 as x) select * from (with b as (select x from a) select * from b)", "b", [(1,)]),
        ("with a as (select 1 as x), c as (with a as (select 2 as x) select * from a) select 1", "a", [(1,)]),
        ("with recursive t(n) as (select 1 union all select n + 1 from t where n < 4) select 1 from t", "t", 4),
        ("with recursive t(n) as (select 1 union all select n + 1 from t where n < 4), u as (from t) select 1", "u", 4),
        ('with "Odd name"(a, b) as not materialized (select 1, 2) select * from "Odd name"', "Odd name", [(1, 2)]),
        (
            "with a as (select 1 as x) select * from a union all (with b as (select 5 as x) select * from b)",
            "b",
            [(5,)],
        ),
        ("select * from (with a as (select 1 as x) select * from a) union all select 2", "a", [(1,)]),
        ("with a as (select cast('2024-01-01' as timestamp with time zone) as x) select 1", "a", 1),
    ],
)
def test_as_people_write_them(sql: str, name: str, expected: int | list[tuple[object, ...]]) -> None:
    found = rows(sql, name)
    assert (len(found) if isinstance(expected, int) else found) == expected


def test_of_several_with_one_name_the_asked_for() -> None:
    sql = "with a as (select 1 as x), c as (with a as (select 2 as x) select * from a) select * from a, c"
    assert [rows(sql, "a", 0), rows(sql, "a", 1)] == [[(1,)], [(2,)]]
    assert [cte.name for cte in ctes_of(sql, "duckdb")] == ["a", "c", "a"]


def test_a_half_written_one_is_left_out_and_the_others_work() -> None:
    assert rows("with a as (select 1 as x), b as (select * from a where", "a") == [(1,)]
    with pytest.raises(WorkerError, match="no CTE named b"):
        rows("with a as (select 1 as x), b as (select * from a where", "b")


def test_sql_that_cannot_be_cut_into_tokens_is_told() -> None:
    with pytest.raises(WorkerError, match="has no end"):
        rows("with a as (select 'open) select * from a", "a")


NESTED = (
    "with o as (select 7 as x), a as (with b as (select * from o), c as (select * from b) select * from c) select 1"
)


@pytest.mark.parametrize("dialect", ["tsql", "fabric"])
def test_a_nested_cte_is_selected_at_the_top_level_where_a_with_may_not_nest(dialect: str) -> None:
    assert select_from_cte(NESTED, "c", 0, dialect) == (
        "with o as (select 7 as x),\nb as (select * from o),\nc as (select * from b)\nselect * from c"
    )
    assert select_from_cte(NESTED, "o", 0, dialect) == "with o as (select 7 as x)\nselect * from o"
    assert duckdb.sql(select_from_cte(NESTED, "c", 0, dialect)).fetchall() == [(7,)]


def test_two_of_one_name_stay_nested() -> None:
    sql = "with a as (select 1 as x), b as (with a as (select 2 as x from a) select * from a) select * from b"
    for dialect in ("fabric", "snowflake"):
        assert select_from_cte(sql, "a", 1, dialect) == (
            "with a as (select 1 as x)\nselect * from (\nwith a as (select 2 as x from a)\nselect * from a\n) as a"
        )


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "snowflake", "bigquery", "databricks", "trino"])
def test_elsewhere_what_is_around_stays_around(dialect: str) -> None:
    assert select_from_cte(NESTED, "c", 0, dialect) == (
        "with o as (select 7 as x)\nselect * from (\n"
        "with b as (select * from o),\nc as (select * from b)\nselect * from c\n) as c"
    )
