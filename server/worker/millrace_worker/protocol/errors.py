"""The one error type that crosses the socket; anything else is normalised at the edge of a process."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from millrace_worker.protocol.types import ErrorBody, ErrorCode, SourceRange


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


def source_range(path: str, line: int, column: int = 1) -> SourceRange:
    """A place in a file of the dbt project; line and column are 1-based."""
    return {"path": path, "line": max(1, line), "column": max(1, column), "endLine": None, "endColumn": None}


def error_body(error: BaseException) -> ErrorBody:
    """What to say about any exception. Unknown ones are named by type only: their text may hold a row or a secret."""
    if isinstance(error, WorkerError):
        return error.body()
    if isinstance(error, MemoryError):
        return WorkerError("LIMIT_REACHED", "The process reached its memory limit.", details={"limit": "memory"}).body()
    body = WorkerError(
        "INTERNAL", f"The worker failed with {type(error).__name__}.", details={"type": type(error).__name__}
    ).body()
    body["reference"] = uuid.uuid4().hex[:12]
    return body
