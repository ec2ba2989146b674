"""PostgreSQL's types in Arrow, exactly: what Arrow cannot hold exactly stays the text that PostgreSQL prints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import psycopg2.extensions
import pyarrow as pa
import pyarrow.compute as pc

from millrace_worker.protocol.errors import WorkerError

NUMERIC = 1700
BYTEA = 17

_NATIVE: dict[int, tuple[str, pa.DataType]] = {
    16: ("boolean", pa.bool_()),
    20: ("bigint", pa.int64()),
    21: ("smallint", pa.int16()),
    23: ("integer", pa.int32()),
    26: ("oid", pa.uint32()),
    700: ("real", pa.float32()),
    701: ("double precision", pa.float64()),
    BYTEA: ("bytea", pa.binary()),
}
"""Taken as the driver's Python values; everything else is taken as text and cast by Arrow."""
_CAST: dict[int, tuple[str, pa.DataType]] = {
    1082: ("date", pa.date32()),
    1083: ("time without time zone", pa.time64("us")),
    1114: ("timestamp without time zone", pa.timestamp("us")),
    1184: ("timestamp with time zone", pa.timestamp("us", "UTC")),
}
_TEXT: dict[int, str] = {
    25: "text",
    1043: "character varying",
    1042: "character",
    19: "name",
    114: "json",
    3802: "jsonb",
    2950: "uuid",
    1186: "interval",
    1266: "time with time zone",
    NUMERIC: "numeric",
    705: "unknown",
}
COMMON_NAMES = {
    **{oid: name for oid, (name, _) in {**_NATIVE, **_CAST}.items()},
    **_TEXT,
}
_as_text: Callable[[Any, Any], Any] = psycopg2.extensions.UNICODE


class Column(NamedTuple):
    """A column of a result."""

    name: str
    oid: int
    type_name: str
    type: pa.DataType


def columns_of(description: Sequence[Any], names: dict[int, str]) -> list[Column]:
    """What a cursor's description says, with the types that are sent."""
    columns = []
    for item in description:
        oid = int(item.type_code)
        type_name = names.get(oid, "unknown")
        kind: pa.DataType = pa.string()
        if oid in _NATIVE:
            kind = _NATIVE[oid][1]
        elif oid in _CAST:
            kind = _CAST[oid][1]
        elif oid == NUMERIC and item.precision and item.precision < 65535 and item.scale is not None:
            type_name = f"numeric({item.precision},{item.scale})"
            if 0 <= item.scale <= item.precision <= 76:
                decimal = pa.decimal128 if item.precision <= 38 else pa.decimal256
                kind = decimal(item.precision, item.scale)
        columns.append(Column(item.name, oid, type_name, kind))
    return columns


def take_text(cursor: Any, oids: Sequence[int]) -> None:
    """Makes the driver hand over these types as PostgreSQL's own text."""
    others = tuple(oid for oid in oids if oid not in _NATIVE)
    if others:
        psycopg2.extensions.register_type(psycopg2.extensions.new_type(others, "MILLRACE_TEXT", _as_text), cursor)


def all_text_oids() -> tuple[int, ...]:
    """The types whose text is taken, whatever a result holds (arrays and ranges included)."""
    arrays = (1000, 1005, 1007, 1016, 1021, 1022, 1231, 1009, 1015, 1014, 1115, 1182, 1183, 1185, 1187, 1270, 2951)
    ranges = (3904, 3906, 3908, 3910, 3912, 3926, 4451, 4532, 4533, 4534, 4535, 4536)
    return (*_CAST, *_TEXT, *arrays, *ranges, 199, 3807, 1001)


def to_arrow(values: Sequence[Any], column: Column) -> pa.Array:
    """One column of a batch. Raises pa.ArrowException when a value does not fit the type."""
    if column.oid == BYTEA:
        return pa.array([None if value is None else bytes(value) for value in values], pa.binary())
    if column.oid in _NATIVE:
        return pa.array(values, column.type)
    texts = pa.array(values, pa.string())
    if pa.types.is_string(column.type):
        return texts
    if pa.types.is_timestamp(column.type) and column.type.tz is not None:
        texts = pc.replace_substring_regex(texts, r"([+-]\d\d)$", r"\1:00")
    if pa.types.is_time(column.type):
        moments = pc.binary_join_element_wise("1970-01-01", texts, " ", null_handling="emit_null")
        return moments.cast(pa.timestamp("us")).cast(column.type)
    return texts.cast(column.type)


def batch_of(rows: Sequence[tuple[Any, ...]], columns: list[Column]) -> tuple[list[Column], pa.RecordBatch]:
    """The first batch, and the columns with the types that its values allow (`infinity` is no Arrow timestamp)."""
    arrays = []
    settled = []
    by_column = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    for values, column in zip(by_column, columns, strict=True):
        try:
            array = to_arrow(values, column)
        except (pa.ArrowException, OverflowError):
            column = column._replace(type=pa.string())
            array = pa.array([None if value is None else str(value) for value in values], pa.string())
        settled.append(column)
        arrays.append(array)
    return settled, pa.RecordBatch.from_arrays(arrays, schema=schema_of(settled))


def next_batch(rows: Sequence[tuple[Any, ...]], columns: list[Column], schema: pa.Schema) -> pa.RecordBatch:
    """A later batch. Raises WorkerError that names the column whose value does not fit."""
    arrays = []
    for values, column in zip(zip(*rows, strict=True), columns, strict=True):
        try:
            arrays.append(
                pa.array([None if value is None else str(value) for value in values], pa.string())
                if pa.types.is_string(column.type)
                else to_arrow(values, column)
            )
        except (pa.ArrowException, OverflowError) as error:
            raise WorkerError(
                "WAREHOUSE_ERROR",
                f'Column "{column.name}" holds a value of type {column.type_name} that cannot be shown exactly.',
                hint=f'Cast it: "{column.name}"::text.',
            ) from error
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def schema_of(columns: list[Column]) -> pa.Schema:
    """The Arrow schema of the columns."""
    return pa.schema([pa.field(column.name, column.type) for column in columns])
