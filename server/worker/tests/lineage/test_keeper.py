"""Lineage of a real dbt project as its session keeps it: templates with Jinja, edits, slices and what is marked."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "dbt_engine"))
from engine_client import Opened, open_project

from millrace_worker.protocol.errors import WorkerError

PROJECT = """
name: shop
version: "1.0"
config-version: 2
profile: shop
vars: {currency: eur}
"""
FILES = {
    "dbt_project.yml": PROJECT,
    "seeds/countries.csv": "code,name\nde,Germany\n",
    "models/sources.yml": """
sources:
  - name: raw
    schema: raw
    tables:
      - name: orders
        columns: [{name: id}, {name: state}]
      - name: payments
""",
    "models/stg_orders.sql": "{{ config(materialized='view') }}\n"
    "select id as order_id, state, upper(state) as state_name from {{ source('raw', 'orders') }}\n",
    "models/stg_payments.sql": "select order_id, cents / 100 as amount from {{ source('raw', 'payments') }}",
    "models/paid.sql": "{{ config(materialized='ephemeral') }}\n"
    "select order_id, sum(amount) as paid from {{ ref('stg_payments') }} group by 1",
    "models/orders.sql": "{% set columns = ['order_id', 'state_name'] %}\n"
    "select {% for column in columns %}o.{{ column }}, {% endfor %}\n"
    "    p.paid as paid_{{ var('currency') }}\n"
    "from {{ ref('stg_orders') }} as o\nleft join {{ ref('paid') }} as p on p.order_id = o.order_id",
    "models/wide.sql": "select orders.*, countries.name\n"
    "from {{ ref('orders') }} as orders, {{ ref('countries') }} countries",
    "models/asks.sql": "{% set found = run_query('select 1') %}\nselect {{ found }} as x from {{ ref('wide') }}",
    "snapshots/states.yml": """
snapshots:
  - name: states
    relation: ref('stg_orders')
    config: {unique_key: order_id, strategy: check, check_cols: [state]}
""",
}


def write(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


@pytest.fixture
def shop(tmp_path: Path) -> Opened:
    write(tmp_path, FILES)
    return open_project(tmp_path, {"path": ":memory:"})


def finish(opened: Opened) -> None:
    while opened.project.behind:
        opened.project.work(0.01)


def columns(opened: Opened, *names: str) -> list[Any]:
    ids = [name if "." in name else f"model.shop.{name}" for name in names]
    return opened.project.insight("modelColumns", {"uniqueIds": ids})["nodes"]


def lineage(opened: Opened, unique_id: str, column: str, **more: Any) -> Any:
    params = {"uniqueId": unique_id, "column": column, "upstream": True, "downstream": True, "limit": 1000}
    return opened.project.insight("columnLineage", {**params, **more})


def edges(found: Any) -> set[tuple[str, str, str]]:
    def name(end: Any) -> str:
        return f"{end['uniqueId'].split('.')[-1]}.{end['column']}"

    return {(name(edge["source"]), name(edge["target"]), edge["kind"]) for edge in found["edges"]}


def test_a_column_through_plain_and_templated_models_and_an_ephemeral_one(shop: Opened) -> None:
    finish(shop)
    found = lineage(shop, "model.shop.stg_payments", "amount")
    assert edges(found) == {
        ("payments.cents", "stg_payments.amount", "transformed"),
        ("stg_payments.amount", "paid.paid", "aggregated"),
        ("paid.paid", "orders.paid_eur", "renamed"),
        ("orders.paid_eur", "wide.paid_eur", "passed"),
    }
    assert (found["pending"], found["truncated"], found["unresolved"]) == (False, False, [])
    keys = lineage(shop, "model.shop.stg_orders", "order_id")["uses"]
    assert {(use["target"], use["kind"]) for use in keys} == {("model.shop.orders", "join")}


def test_columns_come_from_what_is_known_and_are_open_where_it_is_not(shop: Opened) -> None:
    finish(shop)
    wide, states, raw = columns(shop, "wide", "snapshot.shop.states", "source.shop.raw.orders")
    assert ([column["name"] for column in wide["columns"]], wide["complete"]) == (
        ["order_id", "state_name", "paid_eur", "name"],
        True,
    )
    assert [column["name"] for column in states["columns"]][-1] == "dbt_valid_to"
    assert ([column["name"] for column in raw["columns"]], raw["complete"]) == (["id", "state"], False)
    assert columns(shop, "asks")[0]["unresolved"] == ["The model asks the warehouse while it compiles."]


def test_an_edit_is_followed_before_it_is_saved_and_nothing_else_is_worked_out_again(
    shop: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    from millrace_worker.lineage import project as worked

    finish(shop)
    done: list[str] = []
    statement_lineage = worked.statement_lineage

    def counted(sql: str, *rest: Any) -> Any:
        done.append(sql)
        return statement_lineage(sql, *rest)

    monkeypatch.setattr(worked, "statement_lineage", counted)
    shop.lay("models/stg_payments.sql", "select order_id, cents as amount from {{ source('raw', 'payments') }}")
    finish(shop)
    assert len(done) == 1
    assert ("payments.cents", "stg_payments.amount", "renamed") in edges(lineage(shop, "model.shop.paid", "paid"))
    # a column more goes through the star of what stands on it, and no further
    done.clear()
    shop.lay("models/orders.sql", FILES["models/orders.sql"].replace("p.paid as", "p.paid as paid, o.state, p.paid as"))
    finish(shop)
    assert len(done) == 2
    assert "state" in [column["name"] for column in columns(shop, "wide")[0]["columns"]]


def test_a_macro_that_stands_alone_is_rendered_once_and_followed_when_it_changes(
    shop: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    from millrace_worker.lineage import insight

    finish(shop)
    compiled: list[str] = []
    rendered: list[str] = []
    compile_node, render_in = insight.compile_node, insight.render_in

    def counted(config: Any, manifest: Any, node: Any) -> Any:
        compiled.append(node.name)
        return compile_node(config, manifest, node)

    def counted_part(config: Any, manifest: Any, node: Any, text: str) -> str:
        rendered.append(text)
        return render_in(config, manifest, node, text)

    monkeypatch.setattr(insight, "compile_node", counted)
    monkeypatch.setattr(insight, "render_in", counted_part)
    macro = "{{% macro money(column) %}}sum({{{{ column }}}}) as {}_{{{{ var('currency') }}}}{{% endmacro %}}\n"
    shop.lay("macros/money.sql", macro.format("total"))
    for number in range(2):
        text = "select {{ money('amount') }} from {{ ref('stg_payments') }}"
        shop.lay(f"models/sums_{number}.sql", text)
    shop.settle()
    finish(shop)
    assert compiled == []
    assert rendered == ["{{ money('amount') }}"]
    names = [[column["name"] for column in found["columns"]] for found in columns(shop, "sums_0", "sums_1")]
    assert names == [["total_eur"], ["total_eur"]]
    # nobody who calls it is parsed again, and yet all of them say something else
    shop.lay("macros/money.sql", macro.format("whole"))
    shop.settle()
    assert columns(shop, "sums_0")[0]["columns"][0]["name"] == "whole_eur"
    finish(shop)
    assert columns(shop, "sums_1")[0]["columns"][0]["name"] == "whole_eur"
    assert len(rendered) == 2
    # what reads more than its arguments is dbt's to write
    shop.lay("macros/money.sql", "{% macro money(column) %}{{ column }} as {{ this.name }}{% endmacro %}")
    shop.settle()
    finish(shop)
    assert sorted(compiled) == ["sums_0", "sums_1"]
    assert columns(shop, "sums_1")[0]["columns"][0]["name"] == "sums_1"


def test_work_goes_in_slices_and_an_answer_before_the_end_says_so(shop: Opened) -> None:
    project = shop.project
    slices = 0
    behind = []
    while project.behind:
        project.work(0.0001)
        behind.append(project.behind)
        slices += 1
    assert slices > 5
    assert project.progress()[1:] == (10, 10)
    assert behind[-1] == 0


def test_a_question_is_answered_at_once_for_what_it_needs(shop: Opened) -> None:
    found = lineage(shop, "model.shop.stg_orders", "order_id", downstream=False)
    assert edges(found) == {("orders.id", "stg_orders.order_id", "renamed")}
    assert found["pending"] is False
    assert lineage(shop, "model.shop.stg_orders", "order_id")["pending"] is True


def test_results_are_bounded(shop: Opened) -> None:
    finish(shop)
    found = lineage(shop, "model.shop.stg_payments", "amount", limit=2)
    assert len(found["edges"]) == 2
    assert found["truncated"] is True


def test_dbts_own_selector_chooses(shop: Opened) -> None:
    def chosen(select: str, exclude: str = "") -> set[str]:
        answer = shop.project.insight("select", {"select": select, "exclude": exclude})
        return {unique_id.split(".")[-1] for unique_id in answer["uniqueIds"]}

    assert chosen("stg_payments+1") == {"stg_payments", "paid"}
    assert chosen("config.materialized:ephemeral,+orders") == {"paid"}
    assert chosen("+orders", "source:* config.materialized:ephemeral") == {"orders", "stg_orders", "stg_payments"}
    assert chosen("resource_type:seed states") == {"countries", "states"}
    assert chosen("1+wide") == {"wide", "orders", "countries"}
    assert chosen("path:models/stg_*") == {"stg_orders", "stg_payments"}
    assert chosen("path:seeds snapshots/states.yml") == {"countries", "states"}
    assert chosen("path:models", "models/sources.yml models/stg_*") == {"paid", "orders", "wide", "asks"}
    assert chosen("path:no/such/folder") == set()


def test_a_selector_that_cannot_be_read_is_dbts_error(shop: Opened) -> None:
    with pytest.raises(WorkerError, match="nothing_like_this"):
        shop.project.insight("select", {"select": "nothing_like_this:x", "exclude": ""})
