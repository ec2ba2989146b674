"""Counts and profiles, in the dialects of the adapters, and names that try to be more."""

from __future__ import annotations

import duckdb
import pytest
import sqlglot

from millrace_worker.protocol.errors import WorkerError
from millrace_worker.subjects import measures
from millrace_worker.subjects.dialects import dialect_of

SQL = "select * from (values (1, 'a'), (2, 'a'), (null, 'b'), (2, null)) as t(n, s) -- the end;"


def test_a_profile_is_one_query_over_the_statement() -> None:
    assert duckdb.sql(measures.profile(SQL, "n", "duckdb", as_text=False)).fetchall() == [
        ("rows", None, 4),
        ("nulls", None, 1),
        ("distinct", None, 2),
        ("minimum", "1", None),
        ("maximum", "2", None),
        ("top", "2", 2),
        ("top", "1", 1),
    ]
    empty = "select 1 as n where false"
    assert duckdb.sql(measures.profile(empty, "n", "duckdb", as_text=False)).fetchall() == [
        ("rows", None, 0),
        ("nulls", None, 0),
        ("distinct", None, 0),
        ("minimum", None, None),
        ("maximum", None, None),
    ]


def test_a_profile_of_every_column_is_one_query_with_a_row_a_column() -> None:
    columns = [("n", "INTEGER"), ("s", "VARCHAR")]
    assert duckdb.sql(measures.profiles(SQL, columns, "duckdb")).fetchall() == [
        ("n", "INTEGER", 4, 1, 2, "1", "2"),
        ("s", "VARCHAR", 4, 1, 2, "a", "b"),
    ]
    nothing = measures.profiles("select 1 as n, [1] as l where false", [("n", "INTEGER"), ("l", "INTEGER[]")], "duckdb")
    assert duckdb.sql(nothing).fetchall() == [
        ("n", "INTEGER", 0, 0, 0, None, None),
        ("l", "INTEGER[]", 0, 0, 0, None, None),
    ]


def test_a_profile_of_a_thousand_columns() -> None:
    names = [f"c{number}" for number in range(1000)]
    sql = f"select {', '.join(f'{number} as {name}' for number, name in enumerate(names))}"
    rows = duckdb.sql(measures.profiles(sql, [(name, "INTEGER") for name in names], "duckdb")).fetchall()
    assert [(row[0], row[5]) for row in rows] == [(name, str(number)) for number, name in enumerate(names)]


@pytest.mark.parametrize("adapter", ["duckdb", "postgres", "snowflake", "bigquery", "sqlserver", "databricks", "trino"])
def test_names_and_types_of_a_profile_stay_what_they_are(adapter: str) -> None:
    dialect = dialect_of(adapter)
    hostile = "x\"`]' from secrets; drop table t --"
    sql = measures.profiles("select 1 as a", [(hostile, "int"), ("b", "ARRAY<INT64>")], dialect)
    statements = sqlglot.parse(sql, read=dialect)
    assert len(statements) == 1
    assert statements[0] is not None
    assert hostile in {column.name for column in statements[0].find_all(sqlglot.exp.Column)}
    assert hostile in {literal.this for literal in statements[0].find_all(sqlglot.exp.Literal)}


def test_counts_and_distinct_values() -> None:
    assert duckdb.sql(measures.count(SQL + "\n;", "duckdb")).fetchall() == [(4,)]
    assert duckdb.sql(measures.distinct(SQL, "s", "duckdb", as_text=False)).fetchall()[0] == ("a", 2)
    assert duckdb.sql(measures.limited(SQL, 2, "duckdb")).fetchall() == [(1, "a"), (2, "a")]


@pytest.mark.parametrize("adapter", ["duckdb", "postgres", "snowflake", "bigquery", "sqlserver", "databricks", "trino"])
def test_a_column_name_stays_a_name(adapter: str) -> None:
    hostile = 'x"`] from secrets; drop table t --'
    dialect = dialect_of(adapter)
    for build in (measures.profile, measures.distinct):
        sql = build("select 1 as a", hostile, dialect, as_text=False)
        statements = sqlglot.parse(sql, read=dialect)
        assert len(statements) == 1
        assert statements[0] is not None
        assert hostile in {column.name for column in statements[0].find_all(sqlglot.exp.Column)}


def test_several_statements_are_refused() -> None:
    with pytest.raises(WorkerError, match="one statement"):
        measures.count("select 1; select 2", "duckdb")


def test_verdicts_of_several_tests_with_those_that_fail_first() -> None:
    def one(failures: int, severity: str) -> str:
        sql = f"select {failures} as failures, {failures} > 0 as should_warn, {failures} > 0 as should_error -- the end"
        return measures.verdict(sql, severity, "duckdb")

    named = [("a_good", one(0, "error")), ("it's_bad", one(3, "ERROR")), ("b_odd", one(1, "warn"))]
    assert duckdb.sql(measures.verdicts(named, "duckdb")).fetchall() == [
        ("it's_bad", "fail", 3),
        ("b_odd", "warn", 1),
        ("a_good", "pass", 0),
    ]
    with pytest.raises(WorkerError, match="one test in a statement"):
        measures.verdicts(named, "tsql")


@pytest.mark.parametrize("adapter", ["sqlserver", "fabric", "synapse"])
def test_a_with_stands_at_the_beginning_where_the_warehouse_takes_it_nowhere_else(adapter: str) -> None:
    dialect = dialect_of(adapter)
    sql = "/* why */ with a as (select 1 as x), b as (select x from a)\nselect x from b;"
    assert measures.limited(sql, 5, dialect) == (
        "/* why */ with a as (select 1 as x), b as (select x from a),\n"
        "millrace_rows as (\nselect x from b\n)\nSELECT TOP 5 * FROM millrace_rows"
    )
    plain = measures.count("select 1 as x", dialect)
    assert plain.startswith("with millrace_rows as (\nselect 1 as x\n)\nSELECT COUNT")
    for build in (measures.profile, measures.distinct):
        built = build(sql, "x", dialect, as_text=False)
        assert built.lower().count("with ") == 1
        assert built.startswith("/* why */ with a as (")


@pytest.mark.parametrize(
    ("sql", "ends"),
    [
        ("select x from t order by x", "order by x\noffset 0 rows\n)"),
        ("with a as (select 1 as x) select x from a order by x", "order by x\noffset 0 rows\n)"),
        ("select top 3 x from t order by x", "order by x\n)"),
        ("select x from t order by x offset 2 rows", "offset 2 rows\n)"),
        ("select row_number() over (order by x) as n from t", "from t\n)"),
    ],
)
def test_an_order_is_given_what_sql_server_wants_of_one_in_a_cte(sql: str, ends: str) -> None:
    assert f"{ends}\nSELECT COUNT" in measures.count(sql, "tsql")


@pytest.mark.parametrize("adapter", ["duckdb", "postgres", "snowflake", "bigquery", "databricks", "trino", "redshift"])
def test_elsewhere_the_statement_stays_as_it_is(adapter: str) -> None:
    sql = "with a as (select 1 as x) select x from a order by x"
    assert measures.count(sql, dialect_of(adapter)).startswith(f"with millrace_rows as (\n{sql}\n)\nSELECT COUNT(*)")
