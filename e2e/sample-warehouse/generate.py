"""Make the raw tables of the sample warehouse, in DuckDB or PostgreSQL. See README.md."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import tables

VERSION = 1  # raise when the data change, so that existing warehouses are remade

Run = Callable[[str], "list[tuple[object, ...]]"]


def main() -> int:
    """Parse the command line, make the tables in one transaction, print what was made. Returns the exit code."""
    arguments = _arguments()
    started = time.monotonic()
    made = _with_duckdb(arguments) if arguments.adapter == "duckdb" else _with_postgres(arguments)
    seconds = time.monotonic() - started
    print(f"{'made' if made else 'already there'}: raw tables at scale {arguments.scale:g}, {seconds:.1f} s")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Make the raw tables of the sample warehouse.")
    parser.add_argument("--adapter", choices=["duckdb", "postgres"], required=True)
    parser.add_argument("--scale", type=float, default=1.0, help="1 makes two million web events")
    parser.add_argument("--force", action="store_true", help="remake the tables even if they are there")
    parser.add_argument("--path", help="duckdb: the database file")
    parser.add_argument("--dsn-env", help="postgres: the environment variable that holds the connection string or URL")
    parser.add_argument("--host", help="postgres: host, or the folder of the socket")
    parser.add_argument("--port", type=int, default=5432)
    parser.add_argument("--user", default="postgres")
    parser.add_argument("--dbname", default="postgres")
    parser.add_argument("--password-env", help="postgres: the environment variable that holds the password")
    arguments = parser.parse_args()
    if arguments.scale <= 0:
        parser.error("--scale must be above 0")
    if arguments.adapter == "duckdb" and not arguments.path:
        parser.error("--adapter duckdb needs --path")
    if arguments.adapter == "postgres" and not (arguments.dsn_env or arguments.host):
        parser.error("--adapter postgres needs --dsn-env or --host")
    for name in filter(None, (arguments.dsn_env, arguments.password_env)):
        if name not in os.environ:
            parser.error(f"the environment variable {name} is not set")
    return arguments


def _with_duckdb(arguments: argparse.Namespace) -> bool:
    import duckdb

    Path(arguments.path).parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(arguments.path) as connection:
        connection.execute("set timezone = 'UTC'")

        def run(statement: str) -> list[tuple[object, ...]]:
            return connection.execute(statement).fetchall()

        run("begin")
        made = make(run, arguments)
        run("commit")
        run("checkpoint")
        return made


def _with_postgres(arguments: argparse.Namespace) -> bool:
    import psycopg2

    if arguments.dsn_env:
        connection = psycopg2.connect(os.environ[arguments.dsn_env])
    else:
        password = os.environ[arguments.password_env] if arguments.password_env else None
        connection = psycopg2.connect(
            host=arguments.host, port=arguments.port, user=arguments.user, dbname=arguments.dbname, password=password
        )
    try:
        with connection, connection.cursor() as cursor:

            def run(statement: str) -> list[tuple[object, ...]]:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []

            run("set timezone = 'UTC'")
            run("set local synchronous_commit = off")
            run("set local jit = off")
            run("set local work_mem = '64MB'")
            made = make(run, arguments)
            if made:
                run("analyze")
        return made
    finally:
        connection.close()


def make(run: Run, arguments: argparse.Namespace) -> bool:
    """Create schema `raw` and its tables unless they are there at this version and scale. Returns whether it did."""
    if not arguments.force and _present(run, arguments.scale):
        return False
    size = tables.Size.of(arguments.scale)
    run("drop schema if exists raw cascade")
    run("create schema raw")
    statements = tables.reference_tables() | tables.generated_tables(arguments.adapter, size)
    for name, select in statements.items():
        began = time.monotonic()
        run(f"create table raw.{name} as {select}")
        [(rows,)] = run(f"select count(*) from raw.{name}")
        print(f"  raw.{name:<12} {rows:>9} rows  {time.monotonic() - began:5.1f} s", file=sys.stderr)
    scale = f"cast({arguments.scale!r} as double precision)"
    run(f"create table raw.generator as select {VERSION} as version, {scale} as scale")
    return True


def _present(run: Run, scale: float) -> bool:
    found = run("select 1 from information_schema.tables where table_schema = 'raw' and table_name = 'generator'")
    return bool(found) and run("select version, scale from raw.generator") == [(VERSION, scale)]


if __name__ == "__main__":
    sys.exit(main())
