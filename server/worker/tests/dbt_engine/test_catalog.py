"""The warehouse's own catalog, on real DuckDB and PostgreSQL: relations, columns, and a relation by its name."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import psycopg2
import pytest
from engine_client import open_project

from millrace_worker.protocol.errors import WorkerError
from millrace_worker.subjects import catalog

ODD = 'Odd "name'


def values(found: tuple[list[dict[str, Any]], Any, Any]) -> list[tuple[Any, ...]]:
    """The rows that arrived. Fails with what the preview said."""
    _heads, table, tail = found
    assert tail["error"] is None, tail["error"]
    return [] if table is None else [tuple(row.values()) for row in table.to_pylist()]


def test_duckdb_lists_tables_and_views_of_every_schema_and_reads_odd_names(
    project_folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "shop.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema raw")
        connection.execute("create schema empty")
        connection.execute("create table raw.orders (id bigint, paid decimal(10, 2), made timestamptz)")
        connection.execute("create view main.kept as select 1 as id")
        connection.execute('create table raw."Odd ""name" as select 7 as "A b"')
    opened = open_project(project_folder, {"path": str(file)})
    assert values(opened.rows(what={"kind": "catalog"})) == [
        ("shop", "empty", None, "schema"),
        ("shop", "main", "kept", "view"),
        ("shop", "raw", ODD, "table"),
        ("shop", "raw", "orders", "table"),
        ("shop", "raw", None, "schema"),
    ]
    orders = {"database": "shop", "schema": "raw", "name": "orders"}
    assert values(opened.rows(what={"kind": "catalogColumns", **orders})) == [
        ("id", "BIGINT"),
        ("paid", "DECIMAL(10,2)"),
        ("made", "TIMESTAMP WITH TIME ZONE"),
    ]
    odd = {"kind": "named", "database": "shop", "schema": "raw", "name": ODD}
    assert values(opened.rows(what=odd)) == [(7,)]
    assert values(opened.rows(what={"kind": "count", "of": odd})) == [(1,)]
    assert values(opened.rows(what={"kind": "catalogColumns", "database": None, "schema": "raw", "name": "x'"})) == []


def test_postgres_lists_what_the_role_may_see(project_folder: Path, postgres_port: int) -> None:
    connection = psycopg2.connect(host="127.0.0.1", port=postgres_port, user="postgres", dbname="postgres")
    with connection, connection.cursor() as cursor:
        cursor.execute("drop schema if exists shop cascade; create schema shop")
        cursor.execute("drop schema if exists bare cascade; create schema bare")
        cursor.execute("create table shop.orders (id bigint, paid numeric(10, 2), note varchar(20))")
        cursor.execute("alter table shop.orders drop column note")
        cursor.execute("create materialized view shop.daily as select count(*) as n from shop.orders")
    connection.close()
    settings = {"host": "127.0.0.1", "port": postgres_port, "user": "postgres", "dbname": "postgres"}
    opened = open_project(
        project_folder, settings, adapter="postgres", schema="public", secrets={"password": "not-asked-for"}
    )
    listed = values(opened.rows(what={"kind": "catalog"}))
    assert [row for row in listed if row[1] in ("bare", "shop")] == [
        ("postgres", "bare", None, "schema"),
        ("postgres", "shop", "daily", "materialized view"),
        ("postgres", "shop", "orders", "table"),
        ("postgres", "shop", None, "schema"),
    ]
    assert {"pg_catalog", "information_schema"}.isdisjoint(row[1] for row in listed)
    orders = {"kind": "catalogColumns", "database": "postgres", "schema": "shop", "name": "orders"}
    assert values(opened.rows(what=orders)) == [("id", "bigint"), ("paid", "numeric(10,2)")]
    named = {"kind": "named", "database": "postgres", "schema": "shop", "name": "daily"}
    assert values(opened.rows(what=named)) == [(0,)]


def test_other_adapters_are_asked_in_their_own_database_and_those_without_a_catalog_say_so() -> None:
    credentials = SimpleNamespace(database="SALES", schema="marts")
    assert '"SALES".information_schema.tables' in catalog.relations("snowflake", credentials)
    assert '"SALES".information_schema.schemata' in catalog.relations("snowflake", credentials)
    assert "schemata" not in catalog.relations("bigquery", credentials).lower()
    assert "`SALES`.`marts`.INFORMATION_SCHEMA.TABLES" in catalog.relations("bigquery", credentials)
    what = {"database": "d", "schema": "it's", "name": "t"}
    assert "table_schema = 'it''s'" in catalog.columns("redshift", what, "postgres")
    with pytest.raises(WorkerError, match="no information_schema"):
        catalog.relations("spark", credentials)
    with pytest.raises(WorkerError, match="quotes of its own"):
        catalog.columns("snowflake", {**what, "database": 'a".b'}, "snowflake")
