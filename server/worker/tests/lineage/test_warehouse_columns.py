"""Columns that a query process has read of a real DuckDB: what lineage and problems make of them, and for how long."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import Any

import duckdb
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "dbt_engine"))
from engine_client import Opened, open_project

from millrace_worker.lifecycle.query_columns import NOTHING_SHOWN, Overheard
from millrace_worker.lineage.warehouse import FRESH_SECONDS

ORDERS = "source.shop.raw.orders"
STAGED = "select id, stat from {{ source('raw', 'orders') }}\n"
FILES = {
    "dbt_project.yml": "name: shop\nversion: '1.0'\nconfig-version: 2\nprofile: shop\n",
    "models/sources.yml": "sources:\n  - name: raw\n    tables:\n"
    "      - name: orders\n        identifier: Orders\n        columns: [{name: ID}, {name: gone}]\n"
    "      - name: payments\n",
    "models/all_orders.sql": "select * from {{ source('raw', 'orders') }}\n",
    "models/staged.sql": STAGED,
    "models/marts.sql": "select id, made, stte from {{ ref('all_orders') }}\n",
    "models/both.sql": "select o.id, o.idd, p.cents, p.centz\n"
    "from {{ source('raw', 'orders') }} o, {{ ref('paid') }} p\n",
    "models/paid.sql": "select 1 as cents\n",
    "models/star.sql": "select {% for c in adapter.get_columns_in_relation(source('raw', 'payments')) %}"
    "{{ c.name }}{{ ',' if not loop.last }}{% endfor %} from {{ source('raw', 'payments') }}\n",
    "models/python.py": "def model(dbt, session):\n    return dbt.ref('paid')\n",
}


@pytest.fixture
def shop(tmp_path: Path) -> Opened:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("create schema raw")
        connection.execute("create table raw.orders (id bigint, state varchar, made date)")
        connection.execute("insert into raw.orders select i, 'new', current_date from range(50) t(i)")
        connection.execute("create table raw.payments (order_id bigint, cents integer)")
        connection.execute("create table python (one integer, two integer)")
    return open_project(tmp_path, {"path": str(tmp_path / "shop.duckdb")})


def learn(opened: Opened, params: dict[str, Any]) -> None:
    """The end of a query process, and what its session makes of it; the report is JSON, as between the two."""
    report = json.loads(json.dumps(opened.project.insight("columnsRead", params)))
    opened.project.insight("learnColumns", report)


def read(opened: Opened, what: dict[str, Any], rows: int = 1000) -> Any:
    """A preview as its query process runs it."""
    overheard = Overheard(what)
    opened.project.insight("listen", {})
    query = {"queryId": "q", "path": None, "sql": None, "text": None, "what": what}
    limits = {"rows": rows, "bytes": 1 << 30, "seconds": 60}
    tail = opened.project.stream(
        query={"type": "query", **query, "limits": limits},  # type: ignore[typeddict-item]
        send_json=overheard.json,
        send_arrow=overheard.arrow,
        stop=threading.Event(),
    )
    learn(opened, overheard.told(tail))
    return tail


def place(name: str) -> dict[str, Any]:
    return {"database": "shop", "schema": "raw", "name": name}


def node(opened: Opened, unique_id: str) -> tuple[list[str], bool]:
    found = opened.project.insight("modelColumns", {"uniqueIds": [unique_id]})["nodes"][0]
    return [column["name"] for column in found["columns"]], found["complete"]


def problems(opened: Opened, path: str) -> list[tuple[str, str, str, bool, list[str]]]:
    found = opened.project.insight("diagnostics", {"paths": [path]})["files"][0]["problems"]
    return [(one["severity"], one["code"], one["message"], "readAt" in one, one["suggestions"]) for one in found]


WARNING = ("warning", "unknown-column", "No table of this query has a column stat, as the warehouse has it.")


@pytest.mark.parametrize(
    "what",
    [
        {"kind": "relation", "uniqueId": ORDERS},
        {"kind": "named", **place("orders")},
        {"kind": "catalogColumns", **place("orders")},
    ],
    ids=lambda what: what["kind"],
)
def test_a_source_that_was_read_is_known_in_full(shop: Opened, what: dict[str, Any]) -> None:
    assert node(shop, ORDERS) == (["ID", "gone"], False)
    assert problems(shop, "models/staged.sql") == []
    assert read(shop, what)["error"] is None
    assert node(shop, ORDERS) == (["id", "state", "made"], True)
    assert node(shop, "model.shop.all_orders") == (["id", "state", "made"], True)
    found = shop.project.insight("modelColumns", {"uniqueIds": [ORDERS, "model.shop.all_orders"]})["nodes"]
    assert [column["type"] for column in found[0]["columns"]] == ["BIGINT", "VARCHAR", "DATE"]
    assert all("readAt" in one for one in found)
    assert problems(shop, "models/staged.sql") == [(*WARNING[:2], f"{WARNING[2]} Did you mean state?", True, ["state"])]
    # Through a star, in the model that reads it; and in the YAML that describes what is not there.
    assert [one[2:4] for one in problems(shop, "models/marts.sql")] == [
        ("No table of this query has a column stte, as the warehouse has it. Did you mean state?", True)
    ]
    assert problems(shop, "models/sources.yml") == [
        ("warning", "missing-column", "orders has no column gone, as the warehouse has it.", True, [])
    ]


def test_what_the_project_itself_says_is_not_put_down_to_the_warehouse(shop: Opened) -> None:
    read(shop, {"kind": "relation", "uniqueId": ORDERS})
    assert problems(shop, "models/both.sql") == [
        ("warning", "unknown-column", "o has no column idd, as the warehouse has it. Did you mean id?", True, ["id"]),
        ("error", "unknown-column", "p has no column centz. Did you mean cents?", False, ["cents"]),
    ]


def test_a_part_of_a_list_teaches_nothing_but_a_few_rows_teach_every_column(shop: Opened) -> None:
    what = {"kind": "catalogColumns", **place("orders")}
    assert read(shop, what, rows=2)["outcome"] == "limited"
    assert (node(shop, ORDERS), problems(shop, "models/staged.sql")) == ((["ID", "gone"], False), [])
    assert read(shop, {"kind": "relation", "uniqueId": ORDERS}, rows=1)["outcome"] == "limited"
    assert node(shop, ORDERS)[1] is True


def test_what_is_measured_or_is_another_relation_teaches_nothing_of_it(shop: Opened) -> None:
    of = {"kind": "named", **place("orders")}
    for what in ({"kind": "count", "of": of}, {"kind": "named", **place("payments")}, {"kind": "catalog"}):
        assert read(shop, what)["error"] is None
    assert read(shop, {"kind": "named", **place("nothing")})["error"]["code"] == "WAREHOUSE_ERROR"
    assert node(shop, ORDERS) == (["ID", "gone"], False)
    assert node(shop, "source.shop.raw.payments") == ([], False)


def test_it_expires_and_then_nothing_is_said(shop: Opened) -> None:
    now = [1000.0]
    memory = shop.project._insight._keeper.warehouse
    memory._clock = lambda: now[0]
    facts = [["shop", "raw", "orders", True, now[0], [["id", "BIGINT"], ["state", "VARCHAR"]]]]
    shop.project.insight("learnColumns", {"facts": facts, "before": None, "missing": None})
    assert len(problems(shop, "models/staged.sql")) == 1
    while shop.project.behind:
        shop.project.work(0.1)
    now[0] += FRESH_SECONDS + 1
    assert shop.project.behind > 0  # the browser hears of it when the session is idle
    assert (problems(shop, "models/staged.sql"), problems(shop, "models/marts.sql")) == ([], [])
    assert node(shop, ORDERS) == (["ID", "gone"], False)


def test_a_look_at_the_catalog_and_a_relation_that_is_gone_end_it(shop: Opened, tmp_path: Path) -> None:
    relation = {"kind": "relation", "uniqueId": ORDERS}
    read(shop, relation)
    read(shop, {"kind": "catalog"})
    assert node(shop, ORDERS)[1] is False
    read(shop, relation)
    assert node(shop, ORDERS)[1] is True
    shop.project.interrupt()
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("drop table raw.orders")
    assert read(shop, relation)["error"]["details"]["missing"] == ORDERS
    assert node(shop, ORDERS) == (["ID", "gone"], False)


def test_a_compile_that_asks_the_warehouse_teaches_what_it_was_told(shop: Opened) -> None:
    shop.project.insight("listen", {})
    assert shop.sql(path="models/star.sql") is not None
    learn(shop, NOTHING_SHOWN)
    assert node(shop, "source.shop.raw.payments") == (["order_id", "cents"], True)


def test_a_built_model_is_known_in_part_until_its_text_changes(shop: Opened) -> None:
    """Its relation may be older than its text: nothing is ever said to be missing from it."""
    shop.lay("models/reads.sql", "select three from {{ ref('python') }}")
    shop.settle()
    assert node(shop, "model.shop.python") == ([], False)
    read(shop, {"kind": "relation", "uniqueId": "model.shop.python"})
    assert node(shop, "model.shop.python") == (["one", "two"], False)
    assert problems(shop, "models/reads.sql") == []
    shop.lay("models/python.py", FILES["models/python.py"].replace("'paid'", "'staged'"))
    shop.settle()
    assert node(shop, "model.shop.python") == ([], False)
