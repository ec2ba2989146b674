"""What became of a query process, in the words of the `queryEnded` event."""

from __future__ import annotations

import signal
from typing import Any, Literal

from millrace_worker.lifecycle.query import EXIT_CANCELLED, EXIT_OVERTIME
from millrace_worker.protocol import WorkerError
from millrace_worker.protocol.errors import set_by
from millrace_worker.protocol.types import ErrorBody, EventQueryEnded, WorkerLimits

_SECTOR = 512


def signal_name(number: int) -> str:
    """SIGKILL for 9."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


_CPU_SETTINGS = {
    "session": ("sessionCpuSeconds", "Processor time of one session", "A fresh one starts with your next edit."),
    "query": ("queryCpuSeconds", "Processor time of one preview", "Ask for fewer rows."),
    "compile": ("queryCpuSeconds", "Processor time of one preview", "This model asks the warehouse as it compiles."),
    "lint": ("queryCpuSeconds", "Processor time of one preview", "SQLFluff takes this long for very long files."),
    "format": ("queryCpuSeconds", "Processor time of one preview", "Format a shorter file."),
}


def died(
    what: Literal["session", "query", "compile", "lint", "format"], code: int, limits: WorkerLimits
) -> WorkerError:
    """The error of a process that ended without a word. `code` is negative for a signal."""
    if code == -signal.SIGXCPU:
        setting, label, hint = _CPU_SETTINGS[what]
        seconds = limits["sessionCpuSeconds"] if what == "session" else limits["queryCpuSeconds"]
        return WorkerError(
            "LIMIT_REACHED",
            f"The {what} used more than its {seconds} seconds of processor time and was ended.",
            hint=f"{hint} {set_by(label)}",
            details={"limit": "cpu", "signal": "SIGXCPU", "setting": setting},
        )
    if code < 0:
        name = signal_name(-code)
        return WorkerError("WORKER_LOST", f"The {what}'s process was ended by {name}.", details={"signal": name})
    return WorkerError(
        "WORKER_LOST", f"The {what}'s process exited unexpectedly (code {code}).", details={"exitCode": code}
    )


def write_bytes(usage: Any) -> int:
    """
    Bytes that the process caused to be written to storage: the kernel's `write_bytes` counter of /proc/PID/io, which
    wait4(2) hands over as ru_oublock in sectors, with no race against the end of the process.
    """
    return int(usage.ru_oublock) * _SECTOR


def query_ended(
    query: dict[str, Any], *, pid: int, code: int, usage: Any, milliseconds: float, limits: WorkerLimits
) -> EventQueryEnded:
    """`query` is what the session heard: queryId, cancelled, and the counts when the tail was sent."""
    error: ErrorBody | None = query.get("error")
    outcome: Literal["complete", "limited", "failed", "cancelled", "lost"] | None = query.get("outcome")
    if outcome is None and (query["cancelled"] or code == EXIT_CANCELLED):
        outcome = "cancelled"
    elif outcome is None:
        outcome = "lost"
        if code == EXIT_OVERTIME:
            error = WorkerError("TIMEOUT", "The query took longer than its limit.", details={"limit": "seconds"}).body()
        else:
            error = died("query", code, limits).body()
    return {
        "type": "queryEnded",
        "queryId": query["queryId"],
        "pid": pid,
        "outcome": outcome,
        "rows": query.get("rows", 0),
        "bytes": query.get("bytes", 0),
        "milliseconds": milliseconds,
        "writeBytes": write_bytes(usage),
        "peakMemoryKb": int(usage.ru_maxrss),
        "error": error,
    }
