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
