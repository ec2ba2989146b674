"""Column lineage through a project: transitive, cached, and recomputed when a parent's columns change."""

from __future__ import annotations

from millrace_worker.lineage import Leaf, ModelSql, ProjectLineage


def project() -> ProjectLineage:
    lineage = ProjectLineage("duckdb")
    lineage.update(
        [
            ModelSql("source.raw", '"db"."raw"."orders"', None, columns=("id", "cents", "state")),
            ModelSql(
                "model.stg",
                '"db"."main"."stg"',
                'select id as order_id, cents / 100 as amount, state from "db"."raw"."orders"',
                ("source.raw",),
            ),
            ModelSql("model.wide", '"db"."main"."wide"', 'select * from "db"."main"."stg"', ("model.stg",)),
            ModelSql(
                "model.daily",
                '"db"."main"."daily"',
                'select state, sum(amount) as revenue from "db"."main"."wide" group by 1',
                ("model.wide",),
            ),
        ]
    )
    return lineage


def test_upstream_and_downstream_through_every_layer() -> None:
    lineage = project()
    assert lineage.upstream("model.daily", "revenue") == {
        Leaf("model.wide", "amount"): "aggregated",
        Leaf("model.stg", "amount"): "aggregated",
        Leaf("source.raw", "cents"): "aggregated",
    }
    assert lineage.downstream("source.raw", "id") == {
        Leaf("model.stg", "order_id"): "renamed",
        Leaf("model.wide", "order_id"): "renamed",
    }
    assert lineage.columns("model.wide") == ("order_id", "amount", "state")


def test_an_edit_changes_what_stands_on_it_and_nothing_else() -> None:
    lineage = project()
    before = lineage.of("model.daily"), lineage.of("model.stg")
    assert lineage.of("model.daily") is before[0]
    lineage.update(
        [
            ModelSql(
                "model.stg",
                '"db"."main"."stg"',
                'select id as order_id, cents as amount, state, 1 as extra from "db"."raw"."orders"',
                ("source.raw",),
            )
        ]
    )
    assert lineage.columns("model.wide") == ("order_id", "amount", "state")
    lineage.of("model.wide")
    assert lineage.columns("model.wide") == ("order_id", "amount", "state", "extra")
    assert lineage.upstream("model.daily", "revenue")[Leaf("source.raw", "cents")] == "aggregated"


def test_a_source_without_known_columns_passes_them_through() -> None:
    lineage = project()
    lineage.update([ModelSql("source.raw", '"db"."raw"."orders"', None)])
    assert lineage.upstream("model.daily", "state")[Leaf("source.raw", "state")] == "passed"
    assert lineage.columns("source.raw") is None
