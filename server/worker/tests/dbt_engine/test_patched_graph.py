"""The patched graph equals a full parse, whatever is edited in whatever order; a fork parses without its parent."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import pytest
from engine_client import Opened, open_project

EDITS: dict[str, list[str | None]] = {
    "models/staging/stg_orders.sql": [
        None,
        "{{ config(materialized='ephemeral') }}select 1 as order_id, 2 as customer_id, 3 as amount",
        "{{ config(tags=['odd'], alias='orders_renamed') }}select * from {{ ref('raw_orders') }}",
        "select * from {{ ref('nowhere') }}",
        "select {{ ref('raw_orders' }}",
    ],
    "models/marts/customer_orders.sql": [
        None,
        "{{ config(schema='other') }}select * from {{ ref('stg_orders') }}, {{ source('raw', 'payments') }}",
        "{{ config(enabled=false) }}select 1",
        "{% for i in range(2) %}select {{ i }}{% if not loop.last %} union all {% endif %}{% endfor %}",
    ],
    "models/marts/added.sql": [None, "select * from {{ ref('customer_orders') }}", "select * from {{ ref('paid') }}"],
    "models/marts/paid.sql": [None, "DELETED"],
    "models/marts/prices_v1.sql": [None, "select 3 as price, 'three' as me"],
    "macros/names.sql": [
        None,
        "{% macro positive(c) %}{{ c }} >= 1{% endmacro %}{% macro row_count(r) %}0{% endmacro %}",
    ],
    "macros/more.sql": [None, "{% macro more() %}more{% endmacro %}", "{% macro more( %}"],
    "models/staging/docs.md": [None, "{% docs orders %}Other words.{% enddocs %}"],
    "models/staging/schema.yml": [
        None,
        "version: 2\nsources:\n  - name: raw\n    tables: [{name: payments, identifier: pay}]\n"
        "models:\n  - name: stg_orders\n    config: {tags: [daily]}\n    columns:\n      - name: order_id\n"
        "        data_tests: [not_null]\n",
        "version: 2\nmodels:\n - name: [\n",
    ],
    "seeds/raw_customers.csv": [None, "customer_id,name,more\n1,Eve,2\n"],
    "snapshots/orders_snapshot.sql": [None, "DELETED"],
}
VOLATILE = (
    "created_at",
    "build_path",
    "compiled_path",
    # only state comparison reads these; dbt's partial parse and its static parser leave others than a full parse
    "unrendered_config",
    "unrendered_config_call_dict",
    "unrendered_schema",
    "unrendered_database",
)


def _plain(value: Any) -> Any:
    """A node as data, without what differs between any two parses."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if key not in VOLATILE}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def graph_of(opened: Opened) -> dict[str, Any]:
    manifest = opened.project.graph.manifest
    graph: dict[str, Any] = {}
    for kind in ("nodes", "sources", "exposures", "unit_tests", "docs"):
        for unique_id, node in getattr(manifest, kind).items():
            graph[unique_id] = _plain(node.to_dict())
            depends_on = graph[unique_id].get("depends_on")
            if depends_on:
                depends_on["macros"] = sorted(depends_on.get("macros", []))
    for unique_id, macro in manifest.macros.items():
        if macro.package_name in ("little", "helpers"):
            graph[unique_id] = _plain(macro.to_dict())
    graph["disabled"] = sorted(manifest.disabled)
    return graph


def difference(key: str, ours: dict[str, Any], theirs: dict[str, Any]) -> Any:
    """What of one node differs, short enough to read."""
    one, other = ours.get(key), theirs.get(key)
    if one == other:
        return None
    if not isinstance(one, dict) or not isinstance(other, dict):
        return key, one if one is None else "ours", other if other is None else "theirs"
    return key, {
        name: (one.get(name), other.get(name)) for name in {**one, **other} if one.get(name) != other.get(name)
    }


@pytest.mark.parametrize("seed", range(4))
def test_random_edits_end_in_the_graph_of_a_full_parse(
    project_folder: Path, built: Path, little: Opened, seed: int
) -> None:
    choice = random.Random(seed)
    for _ in range(7):
        path = choice.choice(list(EDITS))
        text = choice.choice(EDITS[path])
        little.lay(path, None if text == "DELETED" else text, deleted=text == "DELETED")
        if choice.random() < 0.5:
            little.settle()
    little.settle()
    # put aside what is broken: the last good state of such a file is a matter of its history
    for _ in range(len(EDITS)):
        if not little.project.graph.errors:
            break
        for path in list(EDITS) if len(little.project.graph.errors) == 0 else list(little.project.graph.errors):
            little.lay(path, None)
        little.settle()
    assert little.project.error is None
    for path, text in little.project.graph.tree.overlay.items():
        file = project_folder / path
        if text is None:
            file.unlink()
        else:
            file.write_text(text)
    ours, theirs = graph_of(little), graph_of(open_project(project_folder, {"path": str(built / "little.duckdb")}))
    assert list(filter(None, (difference(key, ours, theirs) for key in {**ours, **theirs}))) == []


def test_a_fork_parses_models_without_its_parents_threads(little: Opened) -> None:
    child = os.fork()
    if child == 0:
        little.lay("models/marts/customer_orders.sql", "select 1 as forked from {{ ref('raw_orders') }}")
        os._exit(0 if "forked" in str(little.sql("models/marts/customer_orders.sql")) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_no_lock_of_dbt_needs_shared_memory(little: Opened) -> None:
    assert type(little.project.graph.manifest._lock).__module__ == "_thread"
