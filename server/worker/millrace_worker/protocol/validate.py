"""Checks what arrives against the generated schemas (the part of JSON Schema that the contract uses)."""

from __future__ import annotations

from typing import Any

from millrace_worker.protocol.errors import WorkerError
from millrace_worker.protocol.schemas import SCHEMAS

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


class _Invalid(Exception):
    pass


def _is(value: Any, name: str) -> bool:
    return isinstance(value, _TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def _check_object(value: dict[str, Any], schema: dict[str, Any], path: str) -> None:
    properties: dict[str, Any] = schema.get("properties", {})
    for key, part in properties.items():
        if key in value:
            _check(value[key], part, f"{path}.{key}")
        elif "default" in part:
            value[key] = part["default"]
        elif key in schema.get("required", ()):
            raise _Invalid(f"{path}.{key} is missing")
    extra = schema.get("additionalProperties", True)
    if isinstance(extra, dict):
        for key in value.keys() - properties.keys():
            _check(value[key], extra, f"{path}.{key}")


def _check_union(value: Any, parts: list[dict[str, Any]], path: str) -> None:
    errors = []
    for part in parts:
        try:
            _check(value, part, path)
            return
        except _Invalid as error:
            errors.append(str(error))
    raise _Invalid(next((error for error in errors if " must be the constant " not in error), errors[0]))


def _check(value: Any, schema: dict[str, Any], path: str) -> None:
    if "$ref" in schema:
        schema = SCHEMAS[schema["$ref"]]
    parts = schema.get("oneOf") or schema.get("anyOf")
    if parts:
        _check_union(value, parts, path)
        return
    types = schema.get("type")
    if types is not None and not any(_is(value, name) for name in ([types] if isinstance(types, str) else types)):
        raise _Invalid(f"{path} must be {types}")
    if "const" in schema and value != schema["const"]:
        raise _Invalid(f"{path} must be the constant {schema['const']}")
    if "enum" in schema and value not in schema["enum"]:
        raise _Invalid(f"{path} must be one of {schema['enum']}")
    if isinstance(value, (int, float)) and not (schema.get("minimum", value) <= value <= schema.get("maximum", value)):
        raise _Invalid(f"{path} is out of range")
    if isinstance(value, str) and not (schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))):
        raise _Invalid(f"{path} is too short or too long")
    if isinstance(value, dict):
        _check_object(value, schema, path)
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            _check(item, schema["items"], f"{path}[{index}]")


def validate(name: str, value: dict[str, Any]) -> None:
    """Checks a message in place and fills in defaults. Raises WorkerError INVALID_INPUT; never quotes a value."""
    try:
        _check(value, SCHEMAS[name], name)
    except _Invalid as error:
        raise WorkerError("INVALID_INPUT", f"Protocol error: {error}.") from None
