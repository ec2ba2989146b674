"""Callers of a changed macro that are read in slices end in the graph of a full parse, whatever comes in between."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from engine_client import Opened, open_project
from test_patched_graph import (
    SEEDS,
    assert_what_is_kept,
    difference,
    graph_of,
    put_aside_what_is_broken,
    write_overlay,
)

RELATED = "macros/related.sql"
MODELS = [f"models/marts/related_{number}.sql" for number in range(1, 7)]


def macro(body: str) -> str:
    return f"{{% macro related(n) %}}{body}{{% endmacro %}}"


FILES: dict[str, list[str | None]] = {
    RELATED: [
        macro("/* {{ ref('raw_orders') }} {{ n }} */"),
        macro("/* {{ ref('raw_orders') }} {{ n | upper }}, that is */"),
        macro("{{ source('raw', 'payments') }}"),
        macro("{{ ref('nowhere') }}"),
        macro("{% if n == 't' %}{{ ref('nowhere') }}{% endif %}{{ ref('raw_customers') }}"),
        macro("{{ return('short') }}"),
        macro("{{ config(materialized='view') }}{{ ref('raw_orders') }}"),
        macro("{{ config(enabled=false) }}"),
        macro("{{ config(enabled=(n != 't')) }}"),
        macro("{{ ref('raw_orders' }}"),
        "DELETED",
    ],
    "macros/wrapped.sql": [
        "{% macro wrapped(n) %}{% set found = related(n) %}({{ found }}){% endmacro %}",
        "{% macro wrapped(n) %}{{ related(n) }}{{ ref('raw_customers') }}{% endmacro %}",
    ],
    "macros/test_related_values.sql": [
        "{% test related_values(model, column_name) %}select {{ related(column_name) }} from {{ model }}{% endtest %}",
        "{% test related_values(model, column_name) %}{{ config(severity='warn') }}select {{ wrapped(1) }}"
        "{% endtest %}",
    ],
    MODELS[0]: ["select {{ related('a') }} as id", "select {{ related('b') }} as id, {{ wrapped('c') }}", "DELETED"],
    MODELS[1]: ["{{ config(materialized='ephemeral') }}select {{ wrapped('a') }} as id", "select 1 as id"],
    MODELS[2]: ["{% set x = related('a') %}select * from {{ ref('related_2') }}", "select {{ related('t') }} as id"],
    MODELS[3]: ["{{ config(tags=[wrapped('t')]) }}select 1 as id", "{{ config(alias=related(1)) }}select 2 as id"],
    MODELS[4]: ["select * from {{ related(ref('related_3')) }}", "select 1 as id {{ related('t') }}", "DELETED"],
    MODELS[5]: [
        "{% if related(1) == 'short' %}select 1 as id{% else %}select * from {{ ref('related_1') }}{% endif %}"
    ],
    "models/marts/related.yml": [
        "version: 2\nmodels:\n"
        + "".join(
            f"  - name: related_{number}\n    columns: [{{name: id, data_tests: [related_values]}}]\n"
            for number in (1, 2, 3)
        ),
        "version: 2\nmodels:\n  - name: related_3\n    config: {tags: [odd]}\n"
        "    columns: [{name: id, data_tests: [related_values, not_null]}]\n",
    ],
    "models/staging/stg_orders.sql": [None, "select 1 as order_id, 2 as customer_id, 3 as amount"],
}


@pytest.fixture
def related(project_folder: Path, built: Path) -> Opened:
    """The little project with a macro of many callers, all but one of which wait."""
    for path, texts in FILES.items():
        if texts[0] is not None:
            (project_folder / path).write_text(texts[0])
    opened = open_project(project_folder, {"path": str(built / "little.duckdb")})
    opened.project.graph.callers.at_once = 1
    return opened


def lay(opened: Opened, path: str, text: str | None) -> None:
    opened.lay(path, None if text in ("DELETED", FILES[path][0]) else text, deleted=text == "DELETED")


@pytest.mark.parametrize("seed", range(SEEDS))
def test_edits_amid_the_slices_end_in_the_graph_of_a_full_parse(
    project_folder: Path, built: Path, related: Opened, seed: int
) -> None:
    choice = random.Random(seed)
    project = related.project
    for _ in range(16):
        path = RELATED if choice.random() < 0.4 else choice.choice(list(FILES))
        lay(related, path, choice.choice(FILES[path]))
        for _ in range(choice.choice((0, 1, 2, 3, 30))):
            project.run_pending()
            assert_what_is_kept(related)
        if choice.random() < 0.3:
            project.compile(path=choice.choice(MODELS))
            assert_what_is_kept(related)
    put_aside_what_is_broken(related)
    assert project.error is None
    assert project.reading is None
    write_overlay(related, project_folder)
    ours, theirs = graph_of(related), graph_of(open_project(project_folder, {"path": str(built / "little.duckdb")}))
    assert list(filter(None, (difference(key, ours, theirs) for key in {**ours, **theirs}))) == []


def refers_to(opened: Opened, name: str) -> list[str]:
    return list(opened.project.graph.manifest.nodes[name].depends_on.nodes)


def test_what_is_asked_for_is_read_first(related: Opened) -> None:
    project = related.project
    lay(related, RELATED, FILES[RELATED][2])
    project.run_pending()
    version, reading = project.graph_version, project.reading
    assert reading is not None
    assert project.pending
    assert refers_to(related, "model.little.related_5") == ["model.little.related_3", "seed.little.raw_orders"]
    related.sql(MODELS[4])
    assert "source.little.raw.payments" in refers_to(related, "model.little.related_5")
    # what it refers to decides how it is written: an ephemeral model is part of it
    assert "source.little.raw.payments" in refers_to(related, "model.little.related_3")
    still = project.reading
    assert still is not None
    assert still[0] > reading[0]
    project.insight("modelColumns", {"uniqueIds": ["model.little.related_6"]})
    assert "model.little.related_6" not in project.graph.callers.owed
    # one keystroke elsewhere, in the middle of it
    related.lay("models/marts/counted.sql", "select 5 as fives")
    assert related.sql("models/marts/counted.sql") == "select 5 as fives"
    assert project.reading is not None
    related.settle()
    assert (project.reading, project.pending) == (None, False)
    assert project.graph_version > version


def test_a_caller_that_does_not_parse_takes_the_change_back(related: Opened) -> None:
    project = related.project
    before = graph_of(related)
    related.lay("models/marts/counted.sql", "select 5 as fives")
    lay(related, RELATED, FILES[RELATED][4])
    project.run_pending()
    assert project.reading is not None
    assert project.error is None
    lay(related, "models/staging/stg_orders.sql", FILES["models/staging/stg_orders.sql"][1])
    related.settle()
    assert list(project.graph.errors) == [RELATED]
    assert "nowhere" in str(project.error)
    assert_what_is_kept(related)
    after = graph_of(related)
    changed = {key for key in {**before, **after} if before.get(key) != after.get(key)}
    assert changed == {"model.little.counted", "model.little.stg_orders"}
    # tried again with each change, that node among the first: no slice follows
    related.lay("models/marts/counted.sql", "select 6 as sixes")
    project.run_pending()
    assert list(project.graph.errors) == [RELATED]
    lay(related, RELATED, None)
    related.settle()
    assert project.error is None


def test_a_macro_that_is_what_it_was_needs_no_slices(related: Opened) -> None:
    project = related.project
    before = graph_of(related)
    lay(related, RELATED, FILES[RELATED][2])
    for _ in range(2):
        project.run_pending()
    assert project.reading is not None
    related.lay("models/marts/counted.sql", "select 5 as fives")
    lay(related, RELATED, None)
    project.run_pending()
    assert (project.reading, project.pending) == (None, False)
    assert_what_is_kept(related)
    after = graph_of(related)
    assert {key for key in {**before, **after} if before.get(key) != after.get(key)} == {"model.little.counted"}


def test_a_template_reads_all_callers_at_once(related: Opened) -> None:
    related.project.graph.callers.at_once = None
    lay(related, RELATED, FILES[RELATED][2])
    related.project.run_pending()
    assert not related.project.pending
    files = related.project.graph.manifest.files
    for number in (1, 2, 3, 4, 5):
        assert "source.little.raw.payments" in refers_to(related, f"model.little.related_{number}")
        assert files[f"little://{MODELS[number - 1]}"].nodes == [f"model.little.related_{number}"]
