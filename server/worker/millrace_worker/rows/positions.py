"""From a place in compiled SQL, which a database complains about, to the line of the file that a person edits."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from typing import Any

from millrace_worker.protocol.errors import WorkerError
from millrace_worker.protocol.types import SourceRange

_LINE = re.compile(r"^LINE (\d+): ?(.*)$", re.MULTILINE)


def compiled_position(message: str, sql: str) -> tuple[int, int] | None:
    """Line and column (1-based) in the SQL that was run, from `LINE n: ...` and the caret below it."""
    match = _LINE.search(message)
    if match is None:
        return None
    line, shown = int(match.group(1)), match.group(2)
    lines = sql.split("\n")
    if not 0 < line <= len(lines):
        return None
    column = 1
    below = message[match.end() :].lstrip("\n").split("\n", 1)[0]
    if below.strip() == "^":
        offset = below.index("^") - len(f"LINE {line}: ")
        excerpt = shown.strip(".") if shown.startswith("...") or shown.endswith("...") else shown
        start = lines[line - 1].find(excerpt)
        if start >= 0:
            column = start + offset + 1 - (3 if shown.startswith("...") else 0)
    return line, max(1, column)


def in_source(error: WorkerError, node: Any, text_of: Callable[[str], str | None]) -> WorkerError:
    """The same error with the place in the model's file, when the line of SQL is found there and only once."""
    if node is None or error.code != "WAREHOUSE_ERROR" or error.location is not None:
        return error
    sql = node.compiled_code or ""
    position = (
        (int(error.details["compiledLine"]), int(error.details["compiledColumn"]))
        if "compiledLine" in error.details
        else compiled_position(error.message, sql)
    )
    if position is None:
        return error
    line, column = position
    details = {**error.details, "compiledLine": line, "compiledColumn": column}
    path = getattr(node, "original_file_path", "")
    location: SourceRange | None = None
    text = None if not path or path.startswith("from remote system") else text_of(path)
    if text is not None:
        wanted = sql.split("\n")[line - 1]
        found = [number for number, candidate in enumerate(text.splitlines(), 1) if candidate == wanted]
        if not found:
            wanted = wanted.strip()
            found = [number for number, candidate in enumerate(text.splitlines(), 1) if candidate.strip() == wanted]
        if len(found) != 1:
            found = _nearby(text, sql, line)
        if len(found) == 1:
            location = {"path": path, "line": found[0], "column": column, "endLine": None, "endColumn": None}
        else:
            location = {"path": path, "line": 1, "column": 1, "endLine": None, "endColumn": None}
            details["placeIsApproximate"] = True
    return WorkerError(error.code, error.message, hint=error.hint, location=location, details=details)


def _nearby(text: str, sql: str, line: int) -> list[int]:
    """The line by its neighbours: most lines of a model are the same before and after Jinja, in the same order."""
    source = text.splitlines()
    compiled = sql.split("\n")
    matcher = difflib.SequenceMatcher(None, compiled, source, autojunk=False)
    before = after = None
    for block in matcher.get_matching_blocks():
        for offset in range(block.size):
            if block.a + offset == line - 1:
                return [block.b + offset + 1]
            if block.a + offset < line - 1:
                before = (block.a + offset, block.b + offset)
            elif after is None:
                after = (block.a + offset, block.b + offset)
    if before is not None and after is not None and after[0] - before[0] == after[1] - before[1]:
        return [before[1] + (line - 1 - before[0]) + 1]
    return [line] if len(source) == len(sql.splitlines()) else []
