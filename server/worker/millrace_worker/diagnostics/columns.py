"""Columns that a model reads and that no table of its query has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from millrace_worker.diagnostics.places import Text, alike, as_read, meant
from millrace_worker.lineage.keeper import LineageKeeper
from millrace_worker.protocol.types import Diagnostic

_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", re.DOTALL)


def column_problems(text: Text, keeper: LineageKeeper, node: Any) -> Iterator[Diagnostic]:
    """Only where every table that the name could be of is known in full."""
    lineage = keeper.lineage.peek(node.unique_id)
    if lineage is None or not lineage.unknown or keeper.waits(node.unique_id):
        return
    rendered = keeper.rendered(node.unique_id)
    if rendered is None:
        return
    base = text.text.find(node.raw_code)
    for unknown in lineage.unknown:
        if not keeper.settled(unknown.rests_on):
            continue
        written = rendered.sql[unknown.start : unknown.end]
        offset = rendered.source_offset(unknown.start)
        place = None
        if offset is not None and base >= 0:
            start = base + offset
            if text.text[start : start + len(written)] == written:
                place = start, start + len(written)
        place = place or _word(text.text, written)
        suggestions = alike(unknown.name, unknown.candidates)
        where = f"{unknown.table} has no column" if unknown.table else "No table of this query has a column"
        read_at = keeper.read_at(unknown.rests_on)
        message = f"{where} {unknown.name}{as_read(read_at)}{meant(suggestions)}"
        if place is None:
            message = f"{message} A macro wrote this name."
            yield text.problem(*text.first_line(), code="unknown-column", message=message, read_at=read_at)
        else:
            quoted = written[:1] if written[:1] in '"`[' else ""
            close = {"[": "]"}.get(quoted, quoted)
            fixes = [f"{quoted}{suggestion}{close}" for suggestion in suggestions]
            yield text.problem(*place, code="unknown-column", message=message, suggestions=fixes, read_at=read_at)


def _word(text: str, name: str) -> tuple[int, int] | None:
    """The one place of a word outside of Jinja, comments and texts; None when there are none or several."""
    plain = _JINJA.sub(lambda match: " " * len(match.group()), text)
    found = [match.span() for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", plain)]
    return found[0] if len(found) == 1 else None
