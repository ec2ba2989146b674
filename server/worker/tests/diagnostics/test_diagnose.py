"""Problems of a real dbt project's files while they are typed: at the exact place, with what was meant."""

# ruff: noqa: E501  SQL reads best on one line

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "dbt_engine"))
from engine_client import Opened, open_project

FILES = {
    "dbt_project.yml": "name: shop\nversion: '1.0'\nconfig-version: 2\nprofile: shop\n",
    "seeds/countries.csv": "code,name\nde,Germany\n",
    "macros/money.sql": "{% macro euros(c) %}({{ c }} / 100){% endmacro %}\n",
    "macros/other.sql": "{% macro other() %}1{% endmacro %}\n",
    "models/sources.yml": "sources:\n  - name: raw\n    tables:\n      - name: orders\n      - name: payments\n",
    "models/stg_orders.sql": "select id as order_id, state from {{ source('raw', 'orders') }}\n",
    "models/orders.sql": "select order_id, state, {{ euros('order_id') }} as euros\nfrom {{ ref('stg_orders') }}\n",
    "models/wide.sql": "select o.*, c.name\nfrom {{ ref('orders') }} o\njoin {{ ref('countries') }} c on c.code = o.state\n",
    "models/off.sql": "{{ config(enabled=false) }} select 1 as x",
    "models/schema.yml": "models:\n"
    "  - name: orders\n    columns:\n      - name: order_id\n      - name: state\n"
    "seeds:\n  - name: countries\n    columns: [{name: code}]\n",
}


@pytest.fixture
def shop(tmp_path: Path) -> Opened:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return open_project(tmp_path, {"path": ":memory:"})


def problems(opened: Opened, path: str, text: str | None = None) -> list[tuple[str, str, list[str]]]:
    """Code, the text at the place, and suggestions of each problem of a file."""
    if text is not None:
        opened.lay(path, text)
    found = opened.project.insight("diagnostics", {"paths": [path]})["files"][0]["problems"]
    lines = (text or FILES[path]).split("\n")
    told = []
    for problem in found:
        assert problem["line"] == problem["endLine"]
        part = lines[problem["line"] - 1][problem["column"] - 1 : problem["endColumn"] - 1]
        told.append((problem["code"], part, problem["suggestions"]))
    return told


def test_a_sound_project_has_no_problems(shop: Opened) -> None:
    paths = [path for path in FILES if not path.startswith("seeds")]
    found = shop.project.insight("diagnostics", {"paths": paths})
    assert [file for file in found["files"] if file["problems"]] == []
    assert len(found["files"]) == len(paths)


CASES: dict[str, tuple[str, str, list[tuple[str, str, list[str]]]]] = {
    "a missing model": (
        "models/wide.sql",
        "select 1 as x from {{ ref('ordrs') }}",
        [("missing-ref", "ordrs", ["orders"])],
    ),
    "nothing is like it": ("models/wide.sql", "select 1 as x from {{ ref('zzzzzzzz') }}", [("missing-ref", "zzzzzzzz", [])]),
    "a missing source and a missing table": (
        "models/wide.sql",
        "select 1 as x from {{ source('rawr', 'orders') }}, {{ source(\n'raw', \"payment\") }}",
        [("missing-source", "rawr", ["raw"]), ("missing-source", "payment", ["payments"])],
    ),
    "a model that is switched off": ("models/wide.sql", "select * from {{ ref('off') }}", [("disabled", "off", [])]),
    "comments and names that are worked out are left alone": (
        "models/wide.sql",
        "{# {{ ref('nothing') }} #}{% set n = 'orders' %}select 1 as x from {{ ref(n) }} {% raw %}{{ ref('no') }}{% endraw %}",
        [],
    ),
    "in a macro": ("macros/other.sql", "{% macro other() %}{{ ref('order') }}{% endmacro %}", [("missing-ref", "order", ["orders"])]),
    "a column that the model above does not have": (
        "models/wide.sql",
        "select o.order_id, o.stat, c.nam\nfrom {{ ref('orders') }} o\njoin {{ ref('countries') }} c on c.code = o.state",
        [("unknown-column", "stat", ["state"]), ("unknown-column", "nam", ["name"])],
    ),
    "a column beside templated text": (
        "models/wide.sql",
        "{{ config(materialized='table') }}\n\nselect {{ euros('order_id') }} as e,\n    orderid\nfrom {{ ref('orders') }}",
        [("unknown-column", "orderid", ["order_id"])],
    ),
    "never where columns are not known": ("models/stg_orders.sql", "select anything from {{ source('raw', 'orders') }}", []),
    "YAML for a model that is not there": (
        "models/schema.yml",
        "models:\n  - name: order\n    columns:\n      - name: x\n",
        [("missing-node", "order", ["orders"])],
    ),
    "YAML columns that are not there": (
        "models/schema.yml",
        "models:\n  - name: orders\n    columns:\n      - name: 'order_idd'\n      - name: STATE\nseeds:\n  - name: countries\n"
        "    columns: [{name: cod}]\n",
        [("missing-column", "order_idd", ["order_id"]), ("missing-column", "cod", ["code"])],
    ),
    "a model described twice": (
        "models/schema.yml",
        "models:\n  - name: orders\n  - name: orders\n",
        [("duplicate", "orders", [])],
    ),
    "a reference in YAML": (
        "models/schema.yml",
        "exposures:\n  - name: board\n    type: dashboard\n    owner: {name: x}\n    depends_on: [ref('order')]\n",
        [("missing-ref", "order", ["orders"])],
    ),
    "YAML that is none is somebody else's": ("models/schema.yml", "models: [", []),
    "names and keys that are no texts": (
        "models/schema.yml",
        "{{ x }}: 1\n? [a]\n: b\nmodels:\n  - name: [orders]\n  - name: {a: b}\n  - name: orders\n    columns: [{name: [x]}]\n"
        "sources:\n  - name: [raw]\n    tables: [{name: x}]\n  - name: raw\n    tables: [{name: {a: b}}]\n",
        [],
    ),
    "a macro of that name": ("macros/other.sql", "{% macro euros() %}1{% endmacro %}", [("duplicate", "euros", [])]),
    "a cycle": ("models/stg_orders.sql", "select order_id, state from {{ ref('wide') }}", [("cycle", "wide", [])]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_problems(shop: Opened, name: str) -> None:
    path, text, expected = CASES[name]
    assert problems(shop, path, text) == expected


def test_a_file_of_another_models_name(shop: Opened) -> None:
    found = problems(shop, "models/more/orders.sql", "select 1 as x\n")
    assert found == [("duplicate", "select 1 as x", [])]


def test_a_contract_that_the_sql_does_not_keep(shop: Opened) -> None:
    shop.lay(
        "models/schema.yml",
        "models:\n  - name: orders\n    config: {contract: {enforced: true}}\n"
        "    columns:\n      - {name: order_id, data_type: int}\n      - {name: stte, data_type: int}\n",
    )
    shop.settle()
    found: Any = shop.project.insight("diagnostics", {"paths": ["models/schema.yml"]})["files"][0]["problems"]
    assert [(problem["code"], problem["severity"], problem["line"]) for problem in found] == [
        ("missing-column", "error", 6)
    ]


def test_the_cycle_is_told_with_its_way(shop: Opened) -> None:
    shop.lay("models/stg_orders.sql", "select order_id, state from {{ ref('wide') }}")
    found = shop.project.insight("diagnostics", {"paths": ["models/stg_orders.sql"]})["files"][0]["problems"]
    assert (
        found[0]["message"] == "This closes a cycle: stg_orders reads wide, which reads orders, which reads stg_orders."
    )


def test_a_new_model_is_known_before_dbt_has_parsed_it(shop: Opened) -> None:
    shop.lay("models/brand_new.sql", "select 1 as x")
    assert problems(shop, "models/wide.sql", "select x from {{ ref('brand_new') }}") == []
