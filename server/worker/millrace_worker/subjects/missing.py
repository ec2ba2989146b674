"""What a warehouse means by "does not exist", said of the model, seed or source that it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from millrace_worker.protocol.errors import WorkerError

_QUOTED = r"[\"'`\[]?([^\"'`\]\s!;]+(?:[\"`\]]?\.[\"`\[]?[^\"'`\]\s!;]+)*)[\"'`\]]?"
_MISSING = (
    re.compile(
        rf"\b(?:table|view|relation|object|table or view)(?: with name)? {_QUOTED} (?:does not exist|not found)", re.I
    ),
    re.compile(rf"\binvalid object name {_QUOTED}", re.I),
    re.compile(rf"\bnot found: table {_QUOTED}", re.I),
    re.compile(rf"\b(?:schema|dataset)(?: with name)? {_QUOTED} (?:does not exist|not found)", re.I),
    re.compile(rf"\bcatalog error.*\b(?:schema|table)(?: with name)? {_QUOTED} does not exist", re.I),
)


def _parts(message: str) -> Iterator[str]:
    for pattern in _MISSING:
        for match in pattern.finditer(message):
            yield re.sub(r"[\"'`\[\]]", "", match.group(1)).rsplit(".", 1)[-1].lower()


def _names(node: Any) -> set[str]:
    return {str(value).lower() for value in (getattr(node, "identifier", None), node.schema) if value}


def _label(node: Any) -> str:
    source = getattr(node, "source_name", None)
    return f"{source}.{node.name}" if source else str(node.name)


def explain_missing(error: WorkerError, sql: str, nodes: Iterable[Any]) -> WorkerError:
    """The same error, where it is about one of these nodes' relations, in words that say what to do.

    The warehouse's own words stay in `details`. A schema that is missing speaks of the first node in it. A node
    whose own relation is not in the statement was deferred.
    """
    if error.code != "WAREHOUSE_ERROR":
        return error
    gone = list(_parts(error.message))
    known = [node for node in nodes if getattr(node, "relation_name", None)]
    found = next((node for name in gone for node in known if str(node.identifier).lower() == name), None)
    if found is None:
        found = next((node for name in gone for node in known if name in _names(node)), None)
    if found is None:
        return error
    kind = str(getattr(found.resource_type, "value", found.resource_type))
    details = {**error.details, "missing": found.unique_id, "database": error.message[:2000]}
    if kind != "source" and found.relation_name not in sql:
        message = f"{_label(found)} is deferred to production, whose relation does not exist for this connection."
        hint: str | None = "The manifest may be out of date, or production may be in a database that is not attached."
    elif kind == "source":
        message = f"The source {_label(found)} does not exist in this target: there is no {found.relation_name}."
        hint = "Load it, or correct its database, schema and identifier in the sources' YAML."
    else:
        message = f"{_label(found)} has not been built in this target: there is no {found.relation_name}."
        hint = "Run it, or use Defer to read it from production."
    return WorkerError(error.code, message, hint=hint, location=error.location, details=details)
