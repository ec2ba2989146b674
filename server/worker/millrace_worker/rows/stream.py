"""One preview: compile, connect, execute, send; within its limits, and ended at once when nobody wants it any more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Literal

from millrace_worker.protocol.errors import WorkerError, error_body
from millrace_worker.protocol.types import ErrorBody, QueryFrame, RowsTail
from millrace_worker.rows.ipc import ArrowSender, LimitReached, SendArrow, coalesced
from millrace_worker.rows.positions import in_source
from millrace_worker.rows.source import RowSource, source_for

SendJson = Callable[[dict[str, Any]], None]


class Stream:
    """Runs once. `interrupt` may be called from another thread at any time."""

    def __init__(self, query: QueryFrame, send_json: SendJson, send_arrow: SendArrow, stop: threading.Event) -> None:
        self._query = query
        self._send_json = send_json
        self._sender = ArrowSender(send_arrow, rows=query["limits"]["rows"], byte_limit=query["limits"]["bytes"])
        self._stop = stop
        self._source: RowSource | None = None
        self._timed_out = threading.Event()
        self._lock = threading.Lock()

    def interrupt(self) -> None:
        """Ends the running statement."""
        with self._lock:
            if self._source is not None:
                self._source.interrupt()

    def _expire(self) -> None:
        self._timed_out.set()
        self.interrupt()

    def run(
        self,
        compiled: Callable[[], Any],
        adapter: Any,
        text_of: Callable[[str], str | None],
        explained: Callable[[WorkerError], WorkerError] = lambda error: error,
    ) -> RowsTail:
        """
        `compiled` gives what to run; its failures are the stream's. `explained` says a warehouse's refusal in the
        project's own words. Returns the tail, sends all before it.
        """
        started = time.perf_counter()
        limits = self._query["limits"]
        marks = {"compile": 0.0, "connect": 0.0, "execute": 0.0}
        outcome: Literal["complete", "limited", "failed"] = "complete"
        limit: Literal["rows", "bytes", "seconds"] | None = None
        error: ErrorBody | None = None
        node: Any = None
        timer = threading.Timer(limits["seconds"], self._expire)
        timer.daemon = True
        timer.start()
        try:
            node = compiled()
            marks["compile"] = _since(started)
            statement = _statement(node.compiled_code)
            source = source_for(adapter)
            step = time.perf_counter()
            source.connect(statement)
            with self._lock:
                self._source = source
            marks["connect"] = _since(step)
            self._check()
            step = time.perf_counter()
            source.execute(statement, limits["seconds"], limits["rows"])
            marks["execute"] = _since(step)
            self._send_rows(source, node.compiled_code)
        except LimitReached as reached:
            outcome, limit = "limited", _limit(reached.limit)
        except Exception as failure:
            if self._timed_out.is_set():
                outcome, limit = "limited", "seconds"
            elif self._stop.is_set():
                outcome, error = "failed", WorkerError("CANCELLED", "The preview was cancelled.").body()
            else:
                located = failure
                if isinstance(failure, WorkerError):
                    located = explained(in_source(failure, node, text_of))
                outcome, error = "failed", error_body(located)
        finally:
            timer.cancel()
            with self._lock:
                closing, self._source = self._source, None
            if closing is not None:
                closing.close()
        return {
            "type": "tail",
            "outcome": outcome,
            "limit": limit,
            "rows": self._sender.rows,
            "bytes": self._sender.bytes,
            "milliseconds": {
                "compile": marks["compile"],
                "connect": marks["connect"],
                "execute": marks["execute"],
                "total": _since(started),
            },
            "error": error,
        }

    def refuse(self, error: WorkerError) -> RowsTail:
        """The tail of a stream that cannot start."""
        return {
            "type": "tail",
            "outcome": "failed",
            "limit": None,
            "rows": 0,
            "bytes": 0,
            "milliseconds": {"compile": 0.0, "connect": 0.0, "execute": 0.0, "total": 0.0},
            "error": error.body(),
        }

    def _send_rows(self, source: RowSource, sql: str) -> None:
        columns = [{"name": name, "type": kind} for name, kind in source.columns]
        self._send_json({"type": "head", "queryId": self._query["queryId"], "columns": columns, "sql": sql})
        self._sender.schema(source.schema)
        wanted = self._query["limits"]["rows"]
        try:
            for batch in coalesced(source.batches(wanted), wanted):
                self._check()
                self._sender.batch(batch)
        finally:
            if not self._stop.is_set():
                self._sender.end()

    def _check(self) -> None:
        if self._stop.is_set():
            raise WorkerError("CANCELLED", "The preview was cancelled.")
        if self._timed_out.is_set():
            raise LimitReached("seconds")


def _since(start: float) -> float:
    return (time.perf_counter() - start) * 1000


def _limit(name: str) -> Literal["rows", "bytes", "seconds"]:
    return "rows" if name == "rows" else "bytes" if name == "bytes" else "seconds"


def _statement(sql: str | None) -> str:
    if sql is None or not sql.strip():
        raise WorkerError("INVALID_INPUT", "There is no SQL to run here.")
    return sql
