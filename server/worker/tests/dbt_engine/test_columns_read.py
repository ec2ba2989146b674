"""Columns that a session's query processes read of a real PostgreSQL: by exact names, for that session alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from fixtures.client import RunnerClient, SessionClient

SOURCES = """
sources:
  - name: lake
    tables:
      - name: orders
      - name: big
        identifier: Orders
      - name: folded
        identifier: ORDERS
        quoting: {identifier: false}
      - name: guarded
"""
FILES = {
    "dbt_project.yml": "name: shop\nversion: '1.0'\nconfig-version: 2\nprofile: shop\n",
    "models/sources.yml": SOURCES,
    "models/reads.sql": "select id, stat from {{ source('lake', 'orders') }}\n",
    "models/stars.sql": "select {% for c in adapter.get_columns_in_relation(source('lake', 'guarded')) %}"
    "{{ c.name }}{{ ',' if not loop.last }}{% endfor %} from {{ source('lake', 'guarded') }}\n",
    "models/hidden.sql": "select hidden, other from {{ source('lake', 'guarded') }}\n",
}


@pytest.fixture(scope="module")
def dbt_runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunnerClient]:
    client = RunnerClient(tmp_path_factory.mktemp("columns-runner"))
    yield client
    client.stop()


@pytest.fixture(scope="module")
def lake(postgres_port: int) -> int:
    connection = psycopg2.connect(host="127.0.0.1", port=postgres_port, user="postgres", dbname="postgres")
    with connection, connection.cursor() as cursor:
        cursor.execute("drop schema if exists lake cascade; create schema lake")
        cursor.execute("create table lake.orders (id bigint, state text)")
        cursor.execute('create table lake."Orders" (number bigint, "Made" date)')
        cursor.execute("create table lake.guarded (id bigint, hidden text)")
        cursor.execute("create role clerk login; grant usage on schema lake to clerk")
        cursor.execute("grant select on lake.orders to clerk; grant select (id) on lake.guarded to clerk")
    connection.close()
    return postgres_port


@pytest.fixture
def share(tmp_path: Path) -> Path:
    for person in ("ada", "eve"):
        for path, text in FILES.items():
            target = tmp_path / "share" / person / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
    return tmp_path / "share"


def opened(runner: RunnerClient, share: Path, person: str, port: int, role: str = "postgres") -> SessionClient:
    environment = {
        "adapter": "postgres",
        "schema": "public",
        "settings": {"host": "127.0.0.1", "port": port, "user": role, "dbname": "postgres"},
    }
    return runner.session(
        share / person,
        shareRoot=str(share),
        user=person,
        environment=environment,
        egress=[{"host": "127.0.0.1", "port": port}],
        secrets={"password": "not-asked-for"},
    )


def read(session: SessionClient, what: dict[str, Any], **limits: int) -> None:
    """A preview, to the end of its process: only then has the session heard of it."""
    messages, _ = session.query(what=what, **limits).all()
    assert messages[-1]["error"] is None, messages[-1]["error"]
    session.wait("queryEnded")


def known(session: SessionClient, table: str) -> tuple[list[str], bool]:
    found = session.call("modelColumns", uniqueIds=[f"source.shop.lake.{table}"])["result"]["nodes"][0]
    return [column["name"] for column in found["columns"]], found["complete"]


def said(session: SessionClient, path: str) -> list[str]:
    found = session.call("diagnostics", paths=[path])["result"]["files"][0]["problems"]
    return [problem["message"] for problem in found]


def named(name: str) -> dict[str, Any]:
    return {"database": "postgres", "schema": "lake", "name": name}


def test_a_session_learns_what_its_previews_read_and_nobody_else_does(
    dbt_runner: RunnerClient, share: Path, lake: int
) -> None:
    ada, eve = (opened(dbt_runner, share, person, lake) for person in ("ada", "eve"))
    assert eve.ready_event["fromTemplate"] is True  # type: ignore[attr-defined]
    ada.wait("lineage")
    read(ada, {"kind": "catalogColumns", **named("orders")}, rows=1)
    assert (known(ada, "orders"), said(ada, "models/reads.sql")) == (([], False), [])
    read(ada, {"kind": "catalogColumns", **named("orders")})
    ada.wait("lineage")  # the browser asks again
    assert known(ada, "orders") == (["id", "state"], True)
    message = "No table of this query has a column stat, as the warehouse has it. Did you mean state?"
    assert said(ada, "models/reads.sql") == [message]
    assert (known(eve, "orders"), said(eve, "models/reads.sql")) == (([], False), [])
    late = opened(dbt_runner, share, "eve", lake)
    assert (known(late, "orders"), said(late, "models/reads.sql")) == (([], False), [])
    for session in (ada, eve, late):
        session.close()


def test_names_are_told_apart_as_postgres_does(dbt_runner: RunnerClient, share: Path, lake: int) -> None:
    ada = opened(dbt_runner, share, "ada", lake)
    read(ada, {"kind": "named", **named("Orders")})
    assert [known(ada, table) for table in ("orders", "big", "folded")] == [
        ([], False),
        (["number", "Made"], True),
        ([], False),
    ]
    read(ada, {"kind": "relation", "uniqueId": "source.shop.lake.folded"})
    assert [known(ada, table)[0] for table in ("orders", "big", "folded")] == [
        ["id", "state"],
        ["number", "Made"],
        ["id", "state"],
    ]
    # No relation of another database is read, whatever is asked for.
    read(ada, {"kind": "catalogColumns", **named("guarded"), "database": "elsewhere"})
    assert known(ada, "guarded") == ([], False)
    ada.close()


def test_what_a_role_is_not_shown_is_never_said_to_be_missing(dbt_runner: RunnerClient, share: Path, lake: int) -> None:
    clerk = opened(dbt_runner, share, "ada", lake, role="clerk")
    # Preview is switched off: nothing is asked of the warehouse, and so nothing is learnt.
    refused = clerk.compile(path="models/stars.sql", warehouse=False)["result"]
    assert (refused["introspective"], refused["sql"], known(clerk, "guarded")) == (True, None, ([], False))
    compiled = clerk.compile(path="models/stars.sql", warehouse=True)["result"]
    assert compiled["error"] is None
    assert "select id from" in compiled["sql"]
    assert (known(clerk, "guarded"), said(clerk, "models/hidden.sql")) == ((["id"], False), [])
    read(clerk, {"kind": "catalogColumns", **named("guarded")})
    assert known(clerk, "guarded") == (["id", "hidden"], True)
    assert said(clerk, "models/hidden.sql") == ["No table of this query has a column other, as the warehouse has it."]
    clerk.close()
