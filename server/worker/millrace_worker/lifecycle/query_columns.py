"""What a preview's own answer tells of a relation's columns, overheard on its way to the person. Rows are not kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from millrace_worker.protocol.types import RowsTail

_TELLING = ("relation", "named", "catalogColumns")
_MOST_BYTES = 1 << 20
NOTHING_SHOWN: dict[str, Any] = {"read": None, "catalog": False, "missing": None}
"""`Overheard.told` of a process that showed nothing."""


class Overheard:
    """Of one preview. Only a list of columns is kept whole; of a relation's rows nothing but the head."""

    def __init__(self, what: Mapping[str, Any] | None) -> None:
        self._kind = "statement" if what is None else what["kind"]
        self._what = what if self._kind in _TELLING else None
        self._listed = self._kind == "catalogColumns"
        self._head: Mapping[str, Any] | None = None
        self._rows = bytearray()

    def json(self, message: Mapping[str, Any]) -> None:
        """A frame that is sent to the person."""
        if self._what is not None and message["type"] == "head":
            self._head = message

    def arrow(self, payload: Any) -> None:
        """A piece of its rows."""
        if self._listed and len(self._rows) <= _MOST_BYTES:
            self._rows += payload

    def told(self, tail: RowsTail) -> dict[str, Any]:
        """
        What it means for what is known of columns: what was `read` whole (every column is in the head of a relation's
        rows, and in a list of them at its end), whether it was the `catalog`, and the node that is `missing`.
        """
        error = tail["error"]
        return {
            "read": self._read(tail["outcome"]),
            "catalog": self._kind == "catalog",
            "missing": None if error is None else error["details"].get("missing"),
        }

    def _read(self, outcome: str) -> dict[str, Any] | None:
        whole = ("complete",) if self._listed else ("complete", "limited")
        if self._what is None or self._head is None or outcome not in whole or len(self._rows) > _MOST_BYTES:
            return None
        return {
            "what": self._what,
            "sql": self._head["sql"],
            "columns": [(column["name"], column["type"]) for column in self._head["columns"]],
            "rows": bytes(self._rows) if self._listed else None,
        }
