"""Types that a browser's Arrow cannot show, in ones that it can."""

from __future__ import annotations

from typing import Any

import pyarrow as pa


def _portable_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_interval(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_binary_view(kind):
        return pa.binary()
    if pa.types.is_dictionary(kind):
        return _portable_type(kind.value_type)
    return kind


def portable_schema(schema: pa.Schema) -> pa.Schema:
    """The schema that is sent."""
    return pa.schema([pa.field(item.name, _portable_type(item.type), item.nullable) for item in schema])


def portable_batch(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch in the schema that is sent; the same object when nothing differs."""
    if batch.schema.equals(schema):
        return batch
    columns = [
        column if column.type.equals(item.type) else _converted(column, item.type)
        for column, item in zip(batch.columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _converted(column: Any, kind: pa.DataType) -> Any:
    if pa.types.is_interval(column.type):
        return pa.array([None if value is None else interval_text(*value) for value in column.to_pylist()], kind)
    return column.cast(kind)


def interval_text(months: int, days: int, nanoseconds: int) -> str:
    """An interval as PostgreSQL and DuckDB print it: `1 year 2 months 3 days 04:05:06.7`."""
    parts = []
    years, months = int(months / 12), months - 12 * int(months / 12)
    for count, word in ((years, "year"), (months, "month"), (days, "day")):
        if count:
            parts.append(f"{count} {word}{'' if abs(count) == 1 else 's'}")
    if nanoseconds or not parts:
        sign = "-" if nanoseconds < 0 else ""
        seconds, fraction = divmod(abs(nanoseconds), 1_000_000_000)
        text = f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        if fraction:
            text += f".{fraction:09d}".rstrip("0")
        parts.append(text)
    return " ".join(parts)
