"""Types that a browser's Arrow cannot show, in ones that it can, however deep they are nested."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def _portable_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_interval(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_binary_view(kind):
        return pa.binary()
    if pa.types.is_dictionary(kind):
        return _portable_type(kind.value_type)
    if pa.types.is_struct(kind):
        return pa.struct([_portable_field(kind.field(index)) for index in range(kind.num_fields)])
    if pa.types.is_map(kind):
        return pa.map_(_portable_type(kind.key_type), _portable_field(kind.item_field))
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(_portable_field(kind.value_field), kind.list_size)
    if pa.types.is_large_list(kind):
        return pa.large_list(_portable_field(kind.value_field))
    if pa.types.is_list(kind):
        return pa.list_(_portable_field(kind.value_field))
    return kind


def _portable_field(field: pa.Field) -> pa.Field:
    return pa.field(field.name, _portable_type(field.type), field.nullable)


def portable_schema(schema: pa.Schema) -> pa.Schema:
    """The schema that is sent."""
    return pa.schema([_portable_field(item) for item in schema])


def portable_batch(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch in the schema that is sent; the same object when nothing differs."""
    if batch.schema.equals(schema):
        return batch
    columns = [_converted(column, item.type) for column, item in zip(batch.columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _converted(column: Any, kind: pa.DataType) -> Any:
    if column.type.equals(kind):
        return column
    if pa.types.is_interval(column.type):
        return pa.array([None if value is None else interval_text(*value) for value in column.to_pylist()], kind)
    if pa.types.is_dictionary(column.type):
        return _converted(column.dictionary_decode(), kind)
    if pa.types.is_struct(kind):
        children = [_converted(column.field(index), kind.field(index).type) for index in range(kind.num_fields)]
        return pa.StructArray.from_arrays(children, fields=list(kind), mask=_nulls(column))
    if pa.types.is_map(kind):
        return _converted_map(column, kind)
    if pa.types.is_fixed_size_list(kind):
        start = column.offset * kind.list_size
        values = column.values.slice(start, len(column) * kind.list_size)
        return pa.FixedSizeListArray.from_arrays(_converted(values, kind.value_type), type=kind, mask=_nulls(column))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        lists = pa.LargeListArray if pa.types.is_large_list(kind) else pa.ListArray
        values = _converted(column.values, kind.value_type)
        return lists.from_arrays(_offsets(column), values, type=kind, mask=_nulls(column))
    return column.cast(kind)


def _converted_map(column: Any, kind: pa.DataType) -> Any:
    keys, items = _converted(column.keys, kind.key_type), _converted(column.items, kind.item_type)
    if not column.null_count:
        return pa.MapArray.from_arrays(_offsets(column), keys, items, kind)
    # A null entry is said by a null offset.
    *starts, end = column.offsets.to_pylist()
    empty = pc.is_null(column).to_pylist()
    marked = [None if null else start for null, start in zip(empty, starts, strict=True)]
    return pa.MapArray.from_arrays(pa.array([*marked, end], pa.int32()), keys, items, kind)


def _offsets(column: Any) -> Any:
    """Offsets from an array of their own: a slice's cannot be combined with a mask."""
    return pa.array(column.offsets.to_pylist(), column.offsets.type)


def _nulls(column: Any) -> Any:
    """Where a nested value is null; null when none is, as pyarrow wants it."""
    return pc.is_null(column) if column.null_count else None


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
