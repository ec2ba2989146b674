"""The same SQL as dbt, for every node; unsaved text; broken files; one person's schema."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from engine_client import Opened, open_project

from millrace_worker.dbt import NeedsWarehouse, Project, ProjectSpec

ORDERS = "models/marts/customer_orders.sql"


def test_every_node_is_byte_equal_to_dbt_compile(little: Opened, expected: dict[str, Any]) -> None:
    theirs = {
        unique_id: node["compiled_code"]
        for unique_id, node in expected.items()
        if node["resource_type"] not in ("seed", "operation")
    }
    assert {unique_id: little.sql(unique_id=unique_id) for unique_id in theirs} == theirs
    assert len(theirs) >= 20


def test_a_session_never_opens_the_warehouse(little: Opened) -> None:
    with pytest.raises(NeedsWarehouse):
        little.project.compile(path="models/marts/counted.sql")
    with pytest.raises(NeedsWarehouse):
        little.project.compile(sql="{{ adapter.get_relation('little', 'main', 'raw_orders') }}")
    assert little.sql("models/marts/counted.sql") == "select 3 as orders"


def test_nothing_is_written(little: Opened, project_folder: Path) -> None:
    before = {path for path, _, _ in os.walk(project_folder)} | set(project_folder.rglob("*"))
    little.sql(ORDERS)
    little.lay("models/staging/schema.yml", "version: 2\n")
    little.settle()
    after = {path for path, _, _ in os.walk(project_folder)} | set(project_folder.rglob("*"))
    assert after == before


def test_unsaved_text_counts_for_the_file_and_for_what_refers_to_it(little: Opened) -> None:
    little.lay("models/staging/stg_orders.sql", "{{ config(materialized='ephemeral') }}select 7 as order_id")
    assert little.sql("models/staging/stg_orders.sql") == "select 7 as order_id"
    assert "__dbt__cte__stg_orders as (\nselect 7 as order_id\n)" in str(little.sql(ORDERS))
    little.lay("models/staging/stg_orders.sql", None)
    assert "__dbt__cte__stg_orders" not in str(little.sql(ORDERS))


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ("select *\nfrom {{ ref('nope') }}", 2, 14, "nope"),
        ("\n\nselect *\nfrom {{ ref('stg_orders' }}", 4, 1, "unexpected"),
        ("select 1\n{% if true %}", 2, 1, "end of template"),
        ("select 1,\n  {{ no_such_macro(1) }}", 2, 3, "no_such_macro"),
    ],
)
def test_a_broken_model_is_told_at_its_place_and_keeps_its_last_good_sql(
    little: Opened, text: str, line: int, column: int, says: str
) -> None:
    good = little.sql(ORDERS)
    little.lay(ORDERS, text)
    result = little.project.compile(path=ORDERS, version=5)
    error = result["error"]
    assert error is not None
    assert says in error["message"]
    assert error["location"] is not None
    assert (error["location"]["path"], error["location"]["line"]) == (ORDERS, line)
    assert error["location"]["column"] == column
    assert (result["lastGoodSql"], result["version"]) == (good, 5)
    assert little.sql("tests/no_negative_amounts.sql")
    little.lay(ORDERS, None)
    assert little.sql(ORDERS) == good
    assert little.project.error is None


def test_other_files_are_patched_by_a_trial(little: Opened, project_folder: Path) -> None:
    macros = (project_folder / "macros/names.sql").read_text()
    little.lay("macros/names.sql", macros.replace("> 0", ">= 0"))
    assert little.project.pending
    little.settle()
    assert "o.amount >= 0" in str(little.sql(ORDERS))
    little.lay("macros/names.sql", "{% macro positive(column) %}")
    little.settle()
    assert little.project.error is not None
    assert little.project.error["location"] is not None
    assert little.project.error["location"]["path"] == "macros/names.sql"
    assert "o.amount >= 0" in str(little.sql(ORDERS))
    little.lay("macros/names.sql", None)
    little.settle()
    assert little.project.error is None
    assert "o.amount > 0" in str(little.sql(ORDERS))


def test_new_renamed_and_deleted_models(little: Opened) -> None:
    little.lay("models/marts/fresh.sql", "select * from {{ ref('stg_orders') }}")
    assert little.sql("models/marts/fresh.sql") == 'select * from "little"."main"."stg_orders"'
    little.lay(ORDERS, "select * from {{ ref('fresh') }}")
    assert little.sql(ORDERS) == 'select * from "little"."main_marts"."fresh"'
    little.lay("models/marts/fresh.sql", None, deleted=True)
    little.settle()
    assert little.project.compile(path=ORDERS)["error"] is not None
    little.lay(ORDERS, None)
    little.settle()
    assert little.project.error is None
    assert little.project.graph.node(path="models/marts/fresh.sql", unique_id=None) is None


def test_a_broken_yaml_file_is_told_and_the_rest_works_on(little: Opened) -> None:
    little.lay("models/marts/schema.yml", "version: 2\nmodels:\n  - name: customer_orders\n   columns: []\n")
    little.settle()
    error = little.project.error
    assert error is not None
    assert error["location"] is not None
    assert (error["location"]["path"], error["location"]["line"]) == ("models/marts/schema.yml", 4)
    assert little.sql(ORDERS)


def test_a_broken_project_file_is_told_and_mends(little: Opened) -> None:
    little.lay("dbt_project.yml", "name: little\nversion: [\n")
    little.settle()
    error = little.project.error
    assert error is not None
    assert error["location"] is not None
    assert error["location"]["path"] == "dbt_project.yml"
    assert little.sql(ORDERS)
    little.lay("dbt_project.yml", None)
    little.settle()
    assert little.project.error is None


def test_a_folder_that_is_no_dbt_project(tmp_path: Path) -> None:
    environment = {"adapter": "duckdb", "target": "dev", "schema": "main", "threads": 1, "settings": {}}
    project = Project.parse(ProjectSpec(str(tmp_path), environment), lambda *_: None)
    assert project.error is not None
    assert "dbt_project.yml" in project.error["message"]
    assert project.compile(path="models/a.sql")["error"] is not None


def test_each_person_has_their_own_schema(project_folder: Path, built: Path) -> None:
    settings = {"path": str(built / "little.duckdb")}
    environment = {"adapter": "duckdb", "target": "dev", "schema": "main", "threads": 2, "settings": settings}
    project = Project.parse(ProjectSpec(str(project_folder), environment), lambda *_: None)
    project.personalise(
        project_root=str(project_folder), schema="ada", secrets={}, environment_variables={}, settings=settings
    )
    fresh = open_project(project_folder, settings, schema="ada")
    for unique_id, node in fresh.project.graph.manifest.nodes.items():
        assert project.graph.manifest.nodes[unique_id].relation_name == node.relation_name
    assert project.graph.manifest.sources["source.little.raw.payments"].schema == "ada"
    paid = project.compile(path="models/marts/paid.sql")["sql"]
    assert paid is not None
    assert '"little"."ada"."payments" -- ada dev' in paid


def test_committed_text_gives_way_to_the_tree(project_folder: Path, built: Path) -> None:
    settings = {"path": str(built / "little.duckdb")}
    environment = {"adapter": "duckdb", "target": "dev", "schema": "main", "threads": 2, "settings": settings}
    committed = {ORDERS: "select 'committed' as x", "models/marts/gone.sql": "select 1 as y"}
    project = Project.parse(ProjectSpec(str(project_folder), environment, committed=committed), lambda *_: None)
    assert project.compile(path=ORDERS)["sql"] == "select 'committed' as x"
    project.personalise(
        project_root=str(project_folder), schema="main", secrets={}, environment_variables={}, settings=settings
    )
    project.sync_with_disk()
    assert "__dbt__cte__named_customers" in str(project.compile(path=ORDERS)["sql"])
    assert project.graph.node(path="models/marts/gone.sql", unique_id=None) is None


def test_index_names_places(little: Opened) -> None:
    index = little.project.index()
    source = next(node for node in index["nodes"] if node["uniqueId"] == "source.little.raw.payments")
    assert (source["path"], source["line"], source["sourceName"]) == ("models/staging/schema.yml", 6, "raw")
    orders = next(node for node in index["nodes"] if node["name"] == "customer_orders")
    assert (orders["relation"], orders["materialized"]) == ('"little"."main_marts"."customer_orders"', "table")
    money = next(macro for macro in index["macros"] if macro["uniqueId"] == "macro.helpers.money")
    assert (money["path"], money["line"], money["arguments"]) == (
        "local_packages/helpers/macros/money.sql",
        1,
        ["column"],
    )
    assert index["vars"] == ["cutoff", "unit"]


def test_index_tells_of_owners_tests_and_parameters(little: Opened) -> None:
    index = little.project.index()
    nodes = {node["uniqueId"]: node for node in index["nodes"]}
    assert nodes["exposure.little.board"]["owner"] == "Ada"
    checks = [node["checks"] for node in nodes.values() if node["name"] == "unique_stg_orders_order_id"]
    assert checks == [
        {"test": "unique", "packageName": None, "node": "model.little.stg_orders", "column": "order_id"},
    ]
    assert nodes["model.little.stg_orders"]["checks"] is None
    positive = next(macro for macro in index["macros"] if macro["uniqueId"] == "macro.little.positive")
    assert positive["parameters"] == [{"name": "column", "default": None, "type": None, "description": ""}]
    star = next(macro for macro in index["macros"] if macro["uniqueId"] == "macro.dbt.test_accepted_values")
    assert [(one["name"], one["default"]) for one in star["parameters"]] == [
        ("model", None),
        ("column_name", None),
        ("values", None),
        ("quote", "True"),
    ]
