"""What a session keeps of the warehouse's columns, and under which names."""

from __future__ import annotations

from typing import Any

import pytest

from millrace_worker.lineage import warehouse
from millrace_worker.lineage.warehouse import FRESH_SECONDS, WarehouseColumns, key_of_rendered

KEY = ("db", "raw", "orders")


class Clock:
    """Time as a test wants it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def fact(*columns: str, at: float = 1000.0, complete: bool = True, name: str = "orders") -> list[Any]:
    return ["db", "raw", name, complete, at, [[column, "int"] for column in columns]]


def names(memory: WarehouseColumns, name: str = "orders") -> tuple[str, ...] | None:
    seen = memory.of(("db", "raw", name))
    return None if seen is None else seen.names


def test_names_are_those_that_the_warehouse_would_look_for() -> None:
    cases = {
        ("postgres", '"db"."raw"."Orders"'): ("db", "raw", "Orders"),
        ("postgres", "DB.Raw.Orders"): ("db", "raw", "orders"),
        ("snowflake", 'db.raw."orders"'): ("DB", "RAW", "orders"),
        ("snowflake", "db.raw.orders"): ("DB", "RAW", "ORDERS"),
        ("duckdb", '"DB"."raw"."Orders"'): KEY,
        ("bigquery", "`p`.`D`.`Orders`"): ("p", "D", "Orders"),
        ("spark", "`Raw`.`Orders`"): (None, "raw", "orders"),
        ("sqlserver", "[db].[raw].[a]]b]"): ("db", "raw", "a]b"),
        ("postgres", '"db"."raw"."a.""b"'): ("db", "raw", 'a."b'),
        ("duckdb", "read_parquet('x.parquet')"): None,
        ("postgres", '(select * from "db"."raw"."orders" limit 0)'): None,
        ("postgres", "orders"): None,
    }
    assert {case: key_of_rendered(*case) for case in cases} == cases


def test_the_newer_reading_counts_but_a_part_does_not_replace_the_whole() -> None:
    memory = WarehouseColumns(Clock())
    memory.learn([fact("id", "state", at=900), fact("old", at=800)])
    assert names(memory) == ("id", "state")
    memory.learn([fact("id", at=950, complete=False)])
    assert names(memory) == ("id", "state")
    # A column that the whole did not have: the whole is older than the table.
    memory.learn([fact("id", "made", at=960, complete=False)])
    assert (names(memory), memory.of(KEY).complete) == (("id", "made"), False)  # type: ignore[union-attr]


def test_knowledge_expires_and_its_end_is_news() -> None:
    clock = Clock()
    memory = WarehouseColumns(clock)
    memory.learn([fact("id")])
    assert (memory.outdated, memory.news(), memory.outdated) == (True, {"orders"}, False)
    clock.now += FRESH_SECONDS - 1
    assert (memory.outdated, names(memory)) == (False, ("id",))
    clock.now += 2
    assert (memory.outdated, names(memory)) == (True, None)
    assert (memory.news(), memory.has("orders"), memory.outdated) == ({"orders"}, False, False)


def test_what_was_read_before_a_look_at_the_catalog_is_forgotten_also_when_it_comes_late() -> None:
    memory = WarehouseColumns(Clock())
    memory.learn([fact("id", at=900), fact("id", at=990, name="payments")])
    memory.forget(before=950)
    memory.learn([fact("late", at=940)])
    assert (names(memory), names(memory, "payments")) == (None, ("id",))
    memory.forget_relation(("db", "raw", "payments"))
    assert (names(memory, "payments"), memory.news()) == (None, {"orders", "payments"})


def test_it_is_bounded_by_relations_bytes_and_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warehouse, "MOST_RELATIONS", 3)
    memory = WarehouseColumns(Clock())
    memory.learn([fact("id", at=900 + number, name=f"t{number}") for number in range(5)])
    assert [names(memory, f"t{number}") for number in range(5)] == [None, None, ("id",), ("id",), ("id",)]
    monkeypatch.setattr(warehouse, "MOST_BYTES", 2000)
    memory.learn([fact(*(f"c{number}" for number in range(10)), name="wide")])
    assert [names(memory, name) is None for name in ("t4", "wide")] == [True, False]
    memory.learn([fact(*map(str, range(warehouse.MOST_COLUMNS + 1)), name="wider"), fact(name="none")])
    assert (names(memory, "wider"), names(memory, "none")) == (None, None)
