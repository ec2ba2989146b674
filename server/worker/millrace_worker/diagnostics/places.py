"""Places in a text, the problems at them, and names that may have been meant."""

from __future__ import annotations

import difflib
from bisect import bisect_right
from collections.abc import Iterable

from millrace_worker.protocol.types import Diagnostic

_SUGGESTIONS = 3


class Text:
    """A file's text with its lines; offsets become 1-based lines and columns."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0]
        for index, character in enumerate(text):
            if character == "\n":
                self._starts.append(index + 1)

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def problem(
        self,
        start: int,
        end: int,
        *,
        code: str,
        message: str,
        severity: str = "error",
        suggestions: Iterable[str] = (),
        read_at: str | None = None,
    ) -> Diagnostic:
        """
        A problem of the stretch; each suggestion is what could stand there instead. One that rests on what the
        warehouse said at `read_at` is a warning: it may have changed since.
        """
        line, column = self.place(start)
        end_line, end_column = self.place(end)
        problem: Diagnostic = {
            "severity": "warning" if read_at is not None else severity,  # type: ignore[typeddict-item]
            "code": code,  # type: ignore[typeddict-item]
            "message": message,
            "line": line,
            "column": column,
            "endLine": end_line,
            "endColumn": end_column,
            "suggestions": list(suggestions),
        }
        if read_at is not None:
            problem["readAt"] = read_at
        return problem

    def first_line(self) -> tuple[int, int]:
        """The stretch of the first line that is not blank."""
        start = len(self.text) - len(self.text.lstrip())
        end = self.text.find("\n", start)
        return start, len(self.text) if end < 0 else end


def alike(name: str, names: Iterable[str]) -> list[str]:
    """Names that a person may have meant, the likeliest first."""
    wanted = name.lower()
    near = {other.lower(): other for other in names if abs(len(other) - len(name)) <= max(3, len(name) // 2)}
    found = difflib.get_close_matches(wanted, near, _SUGGESTIONS, 0.6)
    return [near[key] for key in found]


def as_read(read_at: str | None) -> str:
    """The end of a statement about columns: whether the warehouse or the project says so."""
    return ", as the warehouse has it." if read_at is not None else "."


def meant(suggestions: list[str]) -> str:
    """The end of a message that has suggestions."""
    return f" Did you mean {suggestions[0]}?" if suggestions else ""
