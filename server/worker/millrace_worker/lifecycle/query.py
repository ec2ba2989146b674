"""One preview, or one compile that wants the warehouse, in a process of its own."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from millrace_worker.lifecycle import control
from millrace_worker.lifecycle.engine import Project
from millrace_worker.lifecycle.query_columns import NOTHING_SHOWN, Overheard
from millrace_worker.protocol import (
    EndOfStream,
    WorkerError,
    error_body,
    receive_json,
    send_arrow,
    send_json,
    validate,
)
from millrace_worker.protocol.types import ErrorBody, QueryFrame, RowsTail
from millrace_worker.sandbox import budget, layers, names
from millrace_worker.sandbox.system import set_name

EXIT_CANCELLED, EXIT_OVERTIME, EXIT_DEFECT = 81, 82, 83
_GRACE_SECONDS = 1.0
_OVERTIME_SECONDS = 3.0
_FRAME_TIMEOUT = 30.0
_FRAME_LIMIT = 64 << 20
_SEND_BUFFER = 1 << 20
"""A whole batch fits: the next one is fetched while the web process takes it. The kernel gives less where it must."""
_FOREIGN_WORDS: dict[str, str] = {
    "WAREHOUSE_ERROR": "The warehouse refused or failed the query.",
    "DBT_ERROR": "dbt could not compile the query.",
}


@dataclass(frozen=True)
class Place:
    """Where a query process runs and what bounds it."""

    confinement: layers.Confinement
    parent: int
    memory: int
    """Bytes of address space in all."""
    granted: int
    """Bytes of it that the query may add."""
    cpu_seconds: int
    addresses: dict[str, list[str]]


def enter(place: Place, keep: list[int], name: str) -> None:
    """Makes a fork of the session a query process: closes what is the session's, then narrows what it may do."""
    control.forget_signals()
    layers.keep_only(place.confinement, keep)
    layers.lock_down_query(place.confinement, parent=place.parent, memory=place.memory, cpu_seconds=place.cpu_seconds)
    budget.grant(place.granted, "query")
    set_name(name)
    # Names are resolved by the runner; a locked-down process asks no name server.
    names.answer_from(place.addresses)
    for addresses in place.addresses.values():
        os.environ["PGHOSTADDR"] = addresses[0]


class Watcher:
    """Ends the query when its peer is gone or it is far over time, whatever the main thread is doing."""

    def __init__(self, data: socket.socket, interrupt: Callable[[], None]) -> None:
        self._data = data
        self._interrupt = interrupt
        self._deadline: float | None = None
        self._wake, self._waker = os.pipe()
        self.stop = threading.Event()
        self.code = EXIT_CANCELLED
        threading.Thread(target=self._watch, daemon=True).start()

    def limit(self, seconds: float) -> None:
        """The engine stops by itself after `seconds`; this is for when it does not."""
        self._deadline = time.monotonic() + seconds + _OVERTIME_SECONDS
        os.write(self._waker, b"x")

    def _watch(self) -> None:
        poller = select.poll()
        poller.register(self._data, select.POLLRDHUP | select.POLLHUP | select.POLLERR)
        poller.register(self._wake, select.POLLIN)
        while True:
            left = None if self._deadline is None else max(0.0, self._deadline - time.monotonic()) * 1000
            ready = [descriptor for descriptor, _ in poller.poll(left)]
            if self._data.fileno() in ready:
                self._end(EXIT_CANCELLED)
            if self._wake in ready:
                os.read(self._wake, 16)
            elif self._deadline is not None and time.monotonic() >= self._deadline:
                self._end(EXIT_OVERTIME)

    def _end(self, code: int) -> NoReturn:
        self.code = code
        self.stop.set()
        threading.Timer(_GRACE_SECONDS, os._exit, (code,)).start()
        try:
            self._interrupt()
        finally:
            time.sleep(_GRACE_SECONDS)
            os._exit(code)


def _failed(error: BaseException, started: float) -> RowsTail:
    total = (time.monotonic() - started) * 1000
    return {
        "type": "tail",
        "outcome": "failed",
        "limit": None,
        "rows": 0,
        "bytes": 0,
        "milliseconds": {"compile": 0.0, "connect": 0.0, "execute": 0.0, "total": total},
        "error": error_body(error),
    }


def without_values(error: ErrorBody | None) -> ErrorBody | None:
    """
    What may be written down of a query's failure. A warehouse's own words quote rows ("Could not convert string
    'Smith' to INT32"), and so can dbt's: they go to the person's tab, in the tail, and no further.
    """
    if error is None or error["code"] not in _FOREIGN_WORDS:
        return error
    return {**error, "message": _FOREIGN_WORDS[error["code"]], "hint": None, "details": {}}


def run_query(project: Project, data: socket.socket, report: socket.socket, place: Place) -> NoReturn:
    """
    Reads the `query` frame from `data`, streams head, rows and tail into it, and exits. Over `report` the session hears
    the query's id and, at the end, its counts and what the warehouse has said of relations and their columns. Closing
    `data` (either half) cancels.
    """
    code = EXIT_DEFECT
    try:
        enter(place, [data.fileno(), report.fileno()], "millrace-query")
        code = _run(project, data, report)
    finally:
        os._exit(code)


def run_spare(project: Project, report: socket.socket, place: Place) -> NoReturn:
    """
    A query process made ahead of its query: locked down and warm, without the warehouse. The session hands it the
    query's socket over `report`, and closes that when it is not wanted any more.
    """
    code = EXIT_DEFECT
    try:
        enter(place, [report.fileno()], "millrace-spare")
        project.prepare()
        message, descriptors = control.receive(report)
        set_name("millrace-query")
        code = _run(project, socket.socket(fileno=descriptors[0]), report, message["statement"])
    except EndOfStream:
        code = 0
    finally:
        os._exit(code)


def _run(project: Project, data: socket.socket, report: socket.socket, statement: Any | None = None) -> int:
    started = time.monotonic()
    try:
        watcher = Watcher(data, project.interrupt)
        data.settimeout(_FRAME_TIMEOUT)
        data.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        try:
            query = receive_json(data, _FRAME_LIMIT)
            validate("QueryFrame", query)
            data.settimeout(None)
            return _serve(project, data, report, watcher, query, statement)
        except WorkerError as error:
            data.settimeout(_FRAME_TIMEOUT)
            send_json(data, _failed(error, started))
            return 0
    except (EndOfStream, ConnectionError, TimeoutError):
        return EXIT_CANCELLED


def _serve(
    project: Project, data: socket.socket, report: socket.socket, watcher: Watcher, query: Any, statement: Any | None
) -> int:
    started = time.monotonic()
    frame: QueryFrame = query
    control.send(report, {"queryId": frame["queryId"]})
    watcher.limit(frame["limits"]["seconds"])
    overheard = Overheard(frame["what"])

    def say(message: Any) -> None:
        overheard.json(message)
        send_json(data, message)

    def pass_on(payload: Any) -> None:
        overheard.arrow(payload)
        send_arrow(data, payload)

    try:
        project.insight("listen", {})
        tail = project.stream(
            query=frame,
            send_json=say,
            send_arrow=pass_on,
            stop=watcher.stop,
            statement=statement,
        )
    except ConnectionError:
        return EXIT_CANCELLED
    except Exception as error:  # the edge of the process: whatever it was becomes a typed tail
        tail = _failed(error, started)
    if watcher.stop.is_set():
        return watcher.code
    control.send(
        report,
        {
            "outcome": tail["outcome"],
            "rows": tail["rows"],
            "bytes": tail["bytes"],
            "error": without_values(tail["error"]),
            "relations": project.heard,
            "columns": project.insight("columnsRead", overheard.told(tail)),
        },
    )
    send_json(data, tail)
    with contextlib.suppress(OSError):
        data.shutdown(socket.SHUT_WR)
    return 0


def run_compile(project: Project, report: socket.socket, params: dict[str, Any], place: Place) -> NoReturn:
    """Compiles once with the warehouse allowed and hands the result to the session."""
    code = EXIT_DEFECT
    try:
        enter(place, [report.fileno()], "millrace-compile")
        try:
            project.insight("listen", {})
            result: Any = project.compile(
                path=params["path"],
                unique_id=params["uniqueId"],
                sql=params["sql"],
                version=params["version"],
                allow_warehouse=True,
            )
            result["introspective"] = True
            columns = project.insight("columnsRead", NOTHING_SHOWN)
            control.send(report, {"result": result, "relations": project.heard, "columns": columns})
        except Exception as error:  # the edge of the process
            control.send(report, {"error": error_body(error)})
        code = 0
    finally:
        os._exit(code)


def run_check(project: Project, report: socket.socket, params: dict[str, Any], place: Place) -> NoReturn:
    """Lints or formats one file and hands the result to the session. It never opens the warehouse."""
    code = EXIT_DEFECT
    try:
        enter(place, [report.fileno()], f"millrace-{params['method']}")
        try:
            result: Any = project.check(params["method"], params["path"], params["version"])
            control.send(report, {"result": result})
        except Exception as error:  # the edge of the process
            control.send(report, {"error": error_body(error)})
        code = 0
    finally:
        os._exit(code)
