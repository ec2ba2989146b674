"""Enums and intervals are shown as text, however deep they are nested, with every null in its place."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa
import pytest

from millrace_worker.rows.intervals import interval_text, portable_batch, portable_schema

MOOD = "(case when range % 3 = 0 then null when range % 2 = 0 then 'sad' else 'ok' end)::mood"
SPAN = "case when range % 4 = 0 then null else to_days(range::integer) + interval 90 minute end"
MAYBE = "case when range % 5 = 0 then null else {} end"

COLUMNS = {
    "top": MOOD,
    "span": SPAN,
    "struct": MAYBE.format(f"{{'m': {MOOD}, 'deep': {{'s': {SPAN}}}, 'n': range}}"),
    "list": MAYBE.format(f"[{MOOD}, null, 'ok'::mood]"),
    "lists": MAYBE.format(f"[[{MOOD}], [], null, [{MOOD}, {MOOD}]]"),
    "structs": MAYBE.format(f"[{{'m': {MOOD}}}, null]"),
    "array": f"[{MOOD}, 'sad'::mood]::mood[2]",
    "map": MAYBE.format(f"map {{'a': {MOOD}, 'b': 'ok'::mood}}"),
    "key": MAYBE.format("map {'ok'::mood: range}"),
    "spans": MAYBE.format(f"[{SPAN}, interval 1 year]"),
    "empty": "case when range % 2 = 0 then [] else null end::mood[]",
    "plain": "[range, null]",
}


def _unknown(kind: pa.DataType) -> list[pa.DataType]:
    if pa.types.is_dictionary(kind) or pa.types.is_interval(kind):
        return [kind]
    return [found for index in range(kind.num_fields) for found in _unknown(kind.field(index).type)]


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize(("offset", "rows"), [(0, 60), (7, 20), (0, 0)])
def test_nested(name: str, offset: int, rows: int) -> None:
    connection = duckdb.connect()
    connection.execute("create type mood as enum ('sad', 'ok')")
    sql = f"select {COLUMNS[name]} as c from range(60)"
    whole = connection.execute(sql).to_arrow_table().combine_chunks().to_batches()[0]
    schema = portable_schema(whole.schema)
    assert [found for item in schema for found in _unknown(item.type)] == []
    batch = portable_batch(whole.slice(offset, rows), schema)
    batch.validate(full=True)
    assert batch.schema == schema
    assert batch.column(0).to_pylist() == [_plain(value) for value in whole.slice(offset, rows).column(0).to_pylist()]


def _plain(value: Any) -> Any:
    if isinstance(value, pa.MonthDayNano):
        return interval_text(*value)
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, tuple):
        return tuple(_plain(one) for one in value)
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return value
