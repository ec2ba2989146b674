"""Values of any DB-API driver in Arrow, exactly: what has no certain Arrow type stays the text that says it exactly.

A column's type is decided once, by what the driver says of it and the values of the first batch, because a stream's
schema cannot change. A column without a value so far is text.
"""

from __future__ import annotations

import datetime
import decimal
import json
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from millrace_worker.protocol.errors import WorkerError

Value = Any
_INT64 = range(-(2**63), 2**63)
_WIDE = re.compile(
    r"\b(u?int(64|128|256)|u?bigint|hugeint|uhugeint|decimal|numeric|number|bignumeric)\b", re.IGNORECASE
)
_SCALED = re.compile(r"\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)")


class Column(NamedTuple):
    """A column of a result."""

    name: str
    type_name: str
    type: pa.DataType
    convert: Callable[[Value], Value]


def type_name(item: Sequence[Any]) -> str:
    """The driver's own name of a column's type, as far as DB-API tells it."""
    code = item[1] if len(item) > 1 else None
    if code is None:
        return ""
    if isinstance(code, str):
        return code
    for attribute in ("name", "type_name", "__name__"):
        named = getattr(code, attribute, None)
        if isinstance(named, str):
            return named
    text = "" if isinstance(code, int) else str(code)
    return text if len(text) <= 80 else ""


def columns_of(description: Sequence[Sequence[Any]], rows: Sequence[Sequence[Any]]) -> list[Column]:
    """The columns of a result from the cursor's description and its first rows."""
    return [_column(item, [row[index] for row in rows]) for index, item in enumerate(description)]


def _column(item: Sequence[Any], values: Sequence[Value]) -> Column:
    name, kind = str(item[0]), type_name(item)
    present = [_plain(value) for value in values if value is not None]
    arrow, convert = _type(item, kind, present)
    return Column(name, kind or str(arrow), arrow, convert)


def _type(item: Sequence[Any], kind: str, values: list[Value]) -> tuple[pa.DataType, Callable[[Value], Value]]:
    kinds = {type(value) for value in values}
    if not kinds:
        return pa.string(), _text
    if kinds == {bool}:
        return pa.bool_(), _same
    if kinds == {int}:
        return _integers(item, kind, values)
    if kinds <= {int, decimal.Decimal}:
        return _decimals(item, kind, values)
    if kinds <= {float, int} and all(abs(value) <= 2**53 for value in values if isinstance(value, int)):
        return pa.float64(), float
    if kinds == {str}:
        return pa.string(), _text
    if kinds <= {bytes}:
        return pa.binary(), _same
    if kinds == {datetime.datetime}:
        zoned = {value.tzinfo is not None for value in values}
        if len(zoned) == 1:
            return (pa.timestamp("us", "UTC"), _utc) if zoned.pop() else (pa.timestamp("us"), _same)
    if kinds == {datetime.date}:
        return pa.date32(), _same
    if kinds == {datetime.time} and all(value.tzinfo is None for value in values):
        return pa.time64("us"), _same
    return pa.string(), _text


def _integers(item: Sequence[Any], kind: str, values: list[Value]) -> tuple[pa.DataType, Callable[[Value], Value]]:
    """Wide when the driver says so or the values are: the next one may not fit 64 bits."""
    wide = _WIDE.search(kind) is not None and kind.lower() not in ("bigint", "int64")
    if not wide and all(value in _INT64 for value in values):
        return pa.int64(), _same
    precision, scale = _precision(item, kind)
    if precision is not None and (scale or 0) == 0 and precision <= 18:
        return pa.int64(), _same
    if precision is not None and precision <= 76 and scale is not None:
        return _decimal_type(precision, scale), decimal.Decimal
    return pa.string(), _text


def _decimals(item: Sequence[Any], kind: str, values: list[Value]) -> tuple[pa.DataType, Callable[[Value], Value]]:
    precision, scale = _precision(item, kind)
    if precision is None or scale is None or not 0 < precision <= 76 or not 0 <= scale <= precision:
        return pa.string(), _text
    for value in values:
        sign_digits = decimal.Decimal(value).as_tuple()
        exponent = sign_digits.exponent
        if not isinstance(exponent, int) or -exponent > scale or len(sign_digits.digits) + exponent > precision - scale:
            return pa.string(), _text
    return _decimal_type(precision, scale), decimal.Decimal


def _precision(item: Sequence[Any], kind: str) -> tuple[int | None, int | None]:
    """Digits in all and behind the point: of the type's name, else of DB-API's description."""
    named = _SCALED.search(kind)
    if named:
        return int(named.group(1)), int(named.group(2) or 0)
    precision, scale = (item[4], item[5]) if len(item) > 5 else (None, None)
    return (
        precision if isinstance(precision, int) and precision > 0 else None,
        scale if isinstance(scale, int) else None,
    )


def _decimal_type(precision: int, scale: int) -> pa.DataType:
    return pa.decimal128(precision, scale) if precision <= 38 else pa.decimal256(precision, scale)


def batch_of(rows: Sequence[Sequence[Value]], columns: Sequence[Column]) -> pa.RecordBatch:
    """Rows in Arrow. Raises WorkerError when a column changes its type on the way."""
    arrays = []
    for index, column in enumerate(columns):
        try:
            values = [None if row[index] is None else column.convert(_plain(row[index])) for row in rows]
            arrays.append(pa.array(values, column.type))
        except (pa.ArrowException, OverflowError, TypeError, ValueError, decimal.DecimalException) as error:
            raise WorkerError(
                "WAREHOUSE_ERROR",
                f"The column {column.name} began as {column.type} and then held another kind of value.",
                hint="Cast it to one type (or to text) in the query.",
            ) from error
    return pa.RecordBatch.from_arrays(arrays, schema=schema_of(columns))


def schema_of(columns: Sequence[Column]) -> pa.Schema:
    """Arrow's schema of the columns."""
    return pa.schema([pa.field(column.name, column.type) for column in columns])


def _same(value: Value) -> Value:
    return value


def _utc(value: Value) -> Value:
    return value.astimezone(datetime.timezone.utc)


def _plain(value: Value) -> Value:
    """Python's own value behind subclasses and scalars of NumPy and pandas."""
    if hasattr(value, "to_pydatetime"):
        return value if getattr(value, "nanosecond", 0) else value.to_pydatetime()
    if type(value).__module__ == "numpy" and hasattr(value, "item"):
        return value.item()
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    for kind in (bool, int, float, str, bytes):
        if isinstance(value, kind):
            return value if type(value) is kind else kind(value)
    return value


def _text(value: Value) -> str:
    """The value as text that loses nothing."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, decimal.Decimal):
        return format(value, "f") if value.is_finite() else str(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, list | tuple | dict | set | frozenset):
        return json.dumps(_jsonable(value), ensure_ascii=False)
    return str(value)


def _jsonable(value: Value) -> Value:
    """Nested values for JSON: numbers that JSON's readers would round become text."""
    value = _plain(value)
    if isinstance(value, dict):
        return {_text(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_jsonable(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
        return str(value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return _text(value)
