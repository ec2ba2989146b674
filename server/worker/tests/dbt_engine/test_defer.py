"""Deferral equals `dbt compile --defer --state`, byte for byte, and says what is wrong with a state."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.adapters.factory import get_adapter
from engine_client import DBT, Opened, open_project

from millrace_worker.dbt import NeedsWarehouse
from millrace_worker.defer.existing import FRESH_SECONDS, Existing
from millrace_worker.protocol.errors import WorkerError

CHOSEN = "customer_orders latest_prices orders_snapshot order_log,top_orders no_negative_amounts"
"""In groups of nodes that do not refer to each other: selecting one or all of them is the same to favor-state."""
_COMPILE = """
import json, sys
from dbt.cli.main import dbtRunner
state, groups = sys.argv[1:]
_ONE = ["--indirect-selection", "empty"]
found = {}
for mode, more in {"off": [], "on": ["--defer"], "favorState": ["--defer", "--favor-state"]}.items():
    for group in groups.split(","):
        ran = dbtRunner().invoke(["--quiet", "compile", "--state", state, *more, *_ONE, "--select", *group.split()])
        assert ran.success, ran.exception
        sql = {result.node.unique_id: result.node.compiled_code for result in ran.result.results}
        found.setdefault(mode, {}).update(sql)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def state(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The manifest of a production run: the same project in another schema."""
    folder = tmp_path_factory.mktemp("production")
    profile = (built / "profiles.yml").read_text()
    assert "schema: main" in profile
    (folder / "profiles.yml").write_text(profile.replace("schema: main", "schema: production"))
    arguments = ["parse", "--profiles-dir", str(folder), "--target-path", str(folder / "state")]
    run = subprocess.run([*DBT, *arguments], cwd=built, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
    return folder / "state" / "manifest.json"


@pytest.fixture(scope="module")
def half_built(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse in which some of the project has not been built, and some of production has."""
    folder = tmp_path_factory.mktemp("half") / "little"
    shutil.copytree(built, folder)
    with duckdb.connect(str(folder / "little.duckdb")) as connection:
        connection.execute("drop view main.stg_orders")
        connection.execute("drop table main_marts.prices_v1")
        connection.execute("create schema production")
        connection.execute("create table production.stg_orders as select 42 as order_id")
    return folder


@pytest.fixture
def session(half_built: Path, project_folder: Path) -> Opened:
    """A session on that warehouse."""
    return open_project(project_folder, {"path": str(half_built / "little.duckdb")})


def defer(session: Opened, mode: Any, manifest: Path | None) -> Any:
    return session.project.defer({"mode": mode, "manifest": None if manifest is None else str(manifest)})


def test_deferred_sql_is_byte_equal_to_dbt(session: Opened, half_built: Path, state: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", _COMPILE, str(state.parent), CHOSEN],
        cwd=half_built,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    theirs = json.loads(run.stdout.strip().splitlines()[-1])
    ours = {}
    for mode, nodes in theirs.items():
        defer(session, mode, state)
        ours[mode] = {unique_id: session.sql(unique_id=unique_id) for unique_id in nodes}
    for mode, nodes in theirs.items():
        for unique_id, sql in nodes.items():
            assert (mode, unique_id, ours[mode][unique_id]) == (mode, unique_id, sql)
    orders = "model.little.customer_orders"
    assert {mode: '"production"."stg_orders"' in nodes[orders] for mode, nodes in ours.items()} == {
        "off": False,
        "on": True,
        "favorState": True,
    }
    prices = ours["on"]["model.little.latest_prices"]
    assert '"production_marts"."prices_v1"' in prices and '"main_marts"."prices_v2"' in prices


def test_only_a_query_process_asks_whether_a_relation_exists(session: Opened, state: Path) -> None:
    defer(session, "on", state)
    with pytest.raises(NeedsWarehouse):
        session.project.compile(path="models/marts/customer_orders.sql")
    defer(session, "favorState", state)
    assert '"production"."stg_orders"' in str(session.project.compile(path="models/marts/customer_orders.sql")["sql"])
    assert '"production"."stg_orders"' in str(session.sql(sql="select * from {{ ref('stg_orders') }}"))


def test_what_exists_is_asked_once_for_a_while(session: Opened, state: Path) -> None:
    project, path = session.project, "models/marts/customer_orders.sql"
    defer(session, "on", state)
    asked = project.compile(path=path, allow_warehouse=True)["sql"]
    assert '"production"."stg_orders"' in str(asked)
    heard = json.loads(json.dumps(project.heard))
    # asked in a process of its own, dbt's own cache goes with it
    get_adapter(project.graph.config).cache.clear()
    assert sorted(fact[2:4] for fact in heard) == [["raw_customers", True], ["stg_orders", False]]
    assert project.compile(path=path)["sql"] == asked
    # what proved wrong, or was seen before another choice, does not count
    project.learn(None)
    with pytest.raises(NeedsWarehouse):
        project.compile(path=path)
    project.learn(heard)
    assert project.compile(path=path)["sql"] == asked
    defer(session, "on", state)
    with pytest.raises(NeedsWarehouse):
        project.compile(path=path)
    project.learn([[*fact[:3], True, fact[4]] for fact in heard])
    assert '"main"."stg_orders"' in str(project.compile(path=path)["sql"])


def test_only_deferral_is_answered_from_what_was_seen(session: Opened, state: Path) -> None:
    defer(session, "on", state)
    session.project.learn([["little", "main", "stg_orders", True, time.monotonic()]])
    asks = "{{ load_relation(ref('stg_orders')) }}"
    with pytest.raises(NeedsWarehouse):
        session.project.compile(sql=asks)
    assert session.project.compile(sql=asks, allow_warehouse=True)["sql"] == "None"


def test_a_relation_that_is_gone_makes_what_was_seen_worthless(session: Opened, state: Path) -> None:
    defer(session, "on", state)
    session.project.learn([["little", "main", "stg_orders", True, time.monotonic()]])
    _, _, tail = session.rows("select * from {{ ref('stg_orders') }}")
    assert tail["error"]["details"]["missing"] == "model.little.stg_orders"
    assert session.project.heard is None
    session.rows("select 1")
    assert session.project.heard == []
    session.rows(what={"kind": "catalog"})
    assert session.project.heard is None


def test_an_answer_is_kept_for_a_while_and_the_newer_one_counts() -> None:
    now = [100.0]
    seen = Existing(lambda: now[0])
    asked: list[str] = []

    def ask() -> str:
        asked.append("asked")
        return "relation"

    key = ("d", "s", "t")
    assert (seen.answer(key, ask), seen.answer(key, ask), len(asked)) == ("relation", True, 1)
    seen.learn([("d", "s", "t", False, 90.0)])
    assert seen.answer(key, ask) is True
    seen.learn([("d", "s", "t", False, 101.0)])
    assert seen.answer(key, ask) is False
    now[0] = 101.0 + FRESH_SECONDS
    assert seen.answer(key, ask) == "relation"
    assert [fact[3:] for fact in seen.heard] == [(True, 100.0), (True, 101.0 + FRESH_SECONDS)]


def test_previews_read_from_production(session: Opened, state: Path) -> None:
    relation = {"kind": "relation", "uniqueId": "model.little.stg_orders"}
    _, _, tail = session.rows(what=relation)
    assert "has not been built in this target" in tail["error"]["message"]
    defer(session, "on", state)
    for what in (relation, None):
        _, table, tail = session.rows("select * from {{ ref('stg_orders') }}" if what is None else None, what=what)
        assert tail["error"] is None
        assert table is not None and table.to_pylist() == [{"order_id": 42}]


def test_switching_parses_nothing_and_unsaved_text_counts(session: Opened, state: Path) -> None:
    version = session.project.graph_version
    session.lay("models/marts/customer_orders.sql", "select 1 as typed from {{ ref('stg_orders') }}")
    own = session.sql("models/marts/customer_orders.sql")
    defer(session, "favorState", state)
    assert (
        session.sql("models/marts/customer_orders.sql") == 'select 1 as typed from "little"."production"."stg_orders"'
    )
    assert defer(session, "off", None)["mode"] == "off"
    assert session.sql("models/marts/customer_orders.sql") == own
    assert session.project.graph_version == version + 1  # the typed text


def test_a_state_that_is_replaced_or_removed_is_seen(session: Opened, state: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    shutil.copy(state, manifest)
    defer(session, "favorState", manifest)
    fresh = tmp_path / "next.json"
    fresh.write_text(manifest.read_text().replace('"production"', '"newer"').replace('\\"production\\"', '\\"newer\\"'))
    fresh.replace(manifest)
    assert '"newer"."stg_orders"' in str(session.sql("models/marts/customer_orders.sql"))
    manifest.unlink()
    error = session.project.compile(path="models/marts/customer_orders.sql")["error"]
    assert error is not None
    assert (error["code"], error["message"]) == (
        "NOT_FOUND",
        "There is no production manifest for this environment.",
    )


def _edited(state: Path, folder: Path, **metadata: Any) -> Path:
    data = json.loads(state.read_text())
    data["metadata"].update(metadata)
    path = folder / "edited.json"
    path.write_text(json.dumps(data))
    return path


def test_what_cannot_be_deferred_to_is_told(session: Opened, state: Path, tmp_path: Path) -> None:
    def refusal(manifest: Path | None) -> str:
        with pytest.raises(WorkerError) as caught:
            defer(session, "on", manifest)
        return caught.value.message

    broken = tmp_path / "broken.json"
    broken.write_text(state.read_text()[:-100])
    other = tmp_path / "other.json"
    other.write_text('{"metadata": {}}')
    version = "https://schemas.getdbt.com/dbt/manifest/v{}.json"
    assert (
        refusal(None) == refusal(tmp_path / "nowhere.json") == "There is no production manifest for this environment."
    )
    assert refusal(broken) == "The production manifest is no valid JSON."
    assert refusal(other) == "The production manifest is no dbt manifest: it has no metadata or no nodes."
    assert "of the dbt project shop, not of little" in refusal(_edited(state, tmp_path, project_name="shop"))
    newer = refusal(_edited(state, tmp_path, dbt_schema_version=version.format(99)))
    assert newer == "The production manifest is of schema version 99; this engine's dbt reads up to version 12."
    assert defer(session, "off", None)["nodes"] == 0
    older = _edited(state, tmp_path, dbt_schema_version=version.format(11), dbt_version="1.7.0")
    found = defer(session, "favorState", older)
    assert (found["mode"], found["dbtVersion"]) == ("favorState", "1.7.0")
    # a refusal leaves what was chosen
    assert refusal(broken)
    assert '"production"."stg_orders"' in str(session.sql("models/marts/customer_orders.sql"))
