"""The one error type that crosses the socket; anything else is normalised at the edge of a process."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from millrace_worker.protocol.types import ErrorBody, ErrorCode, SourceRange
from millrace_worker.sandbox import budget


class WorkerError(Exception):
    """A failure that a person reads. `details` never holds a row or a secret."""

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        *,
        hint: str | None = None,
        location: SourceRange | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code: ErrorCode = code
        self.message = message
        self.hint = hint
        self.location = location
        self.details = dict(details or {})

    def body(self) -> ErrorBody:
        """The error as JSON for the other side (`errorBodySchema`)."""
        return {
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "location": self.location,
            "details": self.details,
            "reference": None,
        }


def set_by(setting: str) -> str:
    """Where a limit is set. `setting` is its label in the admin console (`sessionLimitDefinitions`)."""
    return f"The limit is “{setting}” under Session limits in the admin console."


def memory_exceeded(reason: str | None = None) -> WorkerError:
    """This process has needed more memory than it was granted. `reason` is the database's own sentence, if any."""
    details = {"limit": "memory", **({} if reason is None else {"database": reason})}
    own = budget.current()
    if own is None:
        return WorkerError("LIMIT_REACHED", "The process reached its memory limit.", details=details)
    if own.of == "session":
        return WorkerError(
            "LIMIT_REACHED",
            f"This needs more than the {own.megabytes} MB of memory that a dbt session may take.",
            hint=set_by("Memory of one session"),
            details={**details, "setting": "sessionMemoryMb"},
        )
    return WorkerError(
        "LIMIT_REACHED",
        f"The query needs more than the {own.megabytes} MB of memory that a preview may take, and was ended.",
        hint=f"Preview fewer rows or columns, or aggregate less at once. {set_by('Memory of one preview')}",
        details={**details, "setting": "queryMemoryMb"},
    )


def source_range(path: str, line: int, column: int = 1) -> SourceRange:
    """A place in a file of the dbt project; line and column are 1-based."""
    return {"path": path, "line": max(1, line), "column": max(1, column), "endLine": None, "endColumn": None}


def error_body(error: BaseException) -> ErrorBody:
    """What to say about any exception. Unknown ones are named by type only: their text may hold a row or a secret."""
    if isinstance(error, WorkerError):
        return error.body()
    if isinstance(error, MemoryError):
        return memory_exceeded().body()
    body = WorkerError(
        "INTERNAL", f"The worker failed with {type(error).__name__}.", details={"type": type(error).__name__}
    ).body()
    body["reference"] = uuid.uuid4().hex[:12]
    return body
