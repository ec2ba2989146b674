"""Arrow IPC messages within limits: what is sent, cut at message borders, and how much of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pyarrow as pa

from millrace_worker.protocol.errors import WorkerError
from millrace_worker.protocol.types import MAX_FRAME_BYTES

TARGET_BYTES = 1 << 19
LARGE_BYTES = 4 << 20
"""A batch is sent whole up to this size."""
FIRST_ROWS = 1000
FLUSH_SECONDS = 0.05
END_OF_STREAM = b"\xff\xff\xff\xff\x00\x00\x00\x00"
LARGEST_MESSAGE = MAX_FRAME_BYTES - (1 << 16)

SendArrow = Callable[["memoryview | bytes"], None]


class LimitReached(Exception):
    """Nothing more is sent because `limit` (rows, bytes, seconds) is reached."""

    def __init__(self, limit: str) -> None:
        super().__init__(limit)
        self.limit = limit


class ArrowSender:
    """Serialises record batches and counts what it sends."""

    def __init__(self, send: SendArrow, *, rows: int, byte_limit: int) -> None:
        self._send = send
        self._row_limit = rows
        self._byte_limit = byte_limit
        self.rows = 0
        self.bytes = 0

    @property
    def room(self) -> int:
        """Rows that may still be sent."""
        return self._row_limit - self.rows

    def schema(self, schema: pa.Schema) -> None:
        """The first message of the stream."""
        self._write(schema.serialize())

    def batch(self, batch: pa.RecordBatch) -> None:
        """Sends a batch, in pieces when it is large. Raises LimitReached when not all of it may go."""
        if batch.num_rows > self.room:
            whole = batch.slice(0, self.room)
            if whole.num_rows:
                self.batch(whole)
            raise LimitReached("rows")
        pieces = max(1, -(-batch.nbytes // LARGE_BYTES)) if batch.num_rows > 1 else 1
        size = -(-batch.num_rows // pieces) or 1
        for start in range(0, batch.num_rows, size):
            self._piece(batch.slice(start, size))

    def _piece(self, batch: pa.RecordBatch) -> None:
        message = batch.serialize()
        if message.size > LARGEST_MESSAGE:
            if batch.num_rows == 1:
                raise WorkerError(
                    "LIMIT_REACHED",
                    f"A row is larger than {LARGEST_MESSAGE >> 20} MiB.",
                    hint="Select fewer columns, or shorten the long ones.",
                    details={"limit": "row bytes"},
                )
            half = batch.num_rows // 2
            self._piece(batch.slice(0, half))
            self._piece(batch.slice(half))
            return
        if self.bytes + message.size > self._byte_limit:
            fitting = int(batch.num_rows * max(0, self._byte_limit - self.bytes) / message.size * 0.95)
            if 0 < fitting < batch.num_rows:
                self._piece(batch.slice(0, fitting))
            raise LimitReached("bytes")
        self._write(message)
        self.rows += batch.num_rows

    def end(self) -> None:
        """The end-of-stream marker of Arrow IPC."""
        self._send(END_OF_STREAM)

    def _write(self, message: Any) -> None:
        self._send(memoryview(message))
        self.bytes += message.size


def coalesced(batches: Iterable[pa.RecordBatch], limit: int) -> Iterator[pa.RecordBatch]:
    """The first rows at once, then batches of about half a MiB; but never holds rows back longer than a moment."""
    waiting: list[pa.RecordBatch] = []
    size = 0
    seen = 0
    last = time.monotonic()
    for batch in batches:
        if batch.num_rows == 0:
            continue
        if seen == 0 and batch.num_rows > FIRST_ROWS:
            yield batch.slice(0, FIRST_ROWS)
            seen = FIRST_ROWS
            batch = batch.slice(FIRST_ROWS)
        seen += batch.num_rows
        waiting.append(batch)
        size += batch.nbytes
        if size >= TARGET_BYTES or seen > limit or time.monotonic() - last >= FLUSH_SECONDS:
            yield waiting[0] if len(waiting) == 1 else pa.concat_batches(waiting)
            waiting, size, last = [], 0, time.monotonic()
    if waiting:
        yield waiting[0] if len(waiting) == 1 else pa.concat_batches(waiting)
