"""The one frame of a connection that the runner reads itself."""

from __future__ import annotations

import socket
from typing import Any

from millrace_worker.protocol import EndOfStream, WorkerError, parse_json, validate
from millrace_worker.protocol.frames import parse_header
from millrace_worker.protocol.types import FRAME_HEADER_BYTES, FRAME_JSON

_HELLO_LIMIT = 1 << 20


class PendingHello:
    """Reads exactly one frame from a non-blocking socket and not one byte more: what follows is for another process."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self.connection = connection
        self.deadline = deadline
        self._received = bytearray()
        self._wanted = FRAME_HEADER_BYTES

    def read(self) -> dict[str, Any] | None:
        """The checked hello once it is complete. Raises WorkerError for a bad one, EndOfStream when the peer left."""
        while True:
            try:
                part = self.connection.recv(self._wanted - len(self._received))
            except BlockingIOError:
                return None
            if not part:
                raise EndOfStream(clean=not self._received)
            self._received += part
            if len(self._received) < self._wanted:
                continue
            if self._wanted == FRAME_HEADER_BYTES:
                kind, size = parse_header(self._received, _HELLO_LIMIT)
                if kind != FRAME_JSON or size == 0:
                    raise WorkerError("INVALID_INPUT", "Protocol error: a connection starts with a hello.")
                self._wanted += size
                continue
            hello = parse_json(self._received[FRAME_HEADER_BYTES:])
            validate("Hello", hello)
            return hello
