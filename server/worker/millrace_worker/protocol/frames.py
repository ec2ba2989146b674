"""Framing: one byte kind, four bytes little-endian payload length, payload (`server/contract/rows.ts`)."""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

from millrace_worker.protocol.errors import WorkerError
from millrace_worker.protocol.types import FRAME_ARROW, FRAME_HEADER_BYTES, FRAME_JSON, MAX_FRAME_BYTES

_HEADER = struct.Struct("<BI")
_KINDS = (FRAME_JSON, FRAME_ARROW)
assert _HEADER.size == FRAME_HEADER_BYTES

Buffer = bytes | bytearray | memoryview


class EndOfStream(Exception):
    """The peer closed. `clean` when it did so between two frames."""

    def __init__(self, clean: bool) -> None:
        super().__init__("the peer closed the connection" + ("" if clean else " inside a frame"))
        self.clean = clean


def _receive_exactly(connection: socket.socket, size: int, *, at_border: bool) -> bytearray:
    """Grows with what has arrived, so that a forged length cannot make us allocate."""
    received = bytearray()
    while len(received) < size:
        part = connection.recv(min(size - len(received), 1 << 20))
        if not part:
            raise EndOfStream(clean=at_border and not received)
        received += part
    return received


def parse_header(header: Buffer, limit: int = MAX_FRAME_BYTES) -> tuple[int, int]:
    """Kind and payload length of a frame. Raises WorkerError INVALID_INPUT for a frame nobody may send."""
    kind, size = _HEADER.unpack(header)
    if kind not in _KINDS:
        raise WorkerError("INVALID_INPUT", f"Protocol error: unknown frame kind {kind}.")
    if size > limit:
        raise WorkerError("INVALID_INPUT", f"Protocol error: a frame of {size} bytes is over the limit of {limit}.")
    return kind, size


def receive_frame(connection: socket.socket, limit: int = MAX_FRAME_BYTES) -> tuple[int, bytearray]:
    """Blocks for one frame. Reads not one byte further, so the descriptor can be handed on between frames."""
    kind, size = parse_header(_receive_exactly(connection, FRAME_HEADER_BYTES, at_border=True), limit)
    return kind, _receive_exactly(connection, size, at_border=False)


def parse_json(payload: Buffer) -> dict[str, Any]:
    """The object in a JSON frame."""
    try:
        value = json.loads(bytes(payload))
    except (ValueError, RecursionError) as error:
        raise WorkerError("INVALID_INPUT", "Protocol error: a frame is not JSON.") from error
    if not isinstance(value, dict):
        raise WorkerError("INVALID_INPUT", "Protocol error: a JSON frame does not hold an object.")
    return value


def receive_json(connection: socket.socket, limit: int = MAX_FRAME_BYTES) -> dict[str, Any]:
    """Blocks for one JSON frame."""
    kind, payload = receive_frame(connection, limit)
    if kind != FRAME_JSON:
        raise WorkerError("INVALID_INPUT", "Protocol error: expected a JSON frame.")
    return parse_json(payload)


def send_frame(connection: socket.socket, kind: int, payload: Buffer) -> None:
    """Blocks until the kernel has taken the frame: its socket buffer is the back-pressure."""
    view = memoryview(payload).cast("B")
    if view.nbytes > MAX_FRAME_BYTES:
        raise WorkerError("LIMIT_REACHED", f"A frame of {view.nbytes} bytes is over the limit of {MAX_FRAME_BYTES}.")
    header = _HEADER.pack(kind, view.nbytes)
    sent = connection.sendmsg([header, view])
    if sent < len(header):
        connection.sendall(header[sent:])
        sent = len(header)
    if sent - len(header) < view.nbytes:
        connection.sendall(view[sent - len(header) :])


def encode_json(message: Any) -> bytes:
    """JSON as it goes into a frame: UTF-8, lone surrogates and NaN refused rather than sent wrong."""
    return json.dumps(message, separators=(",", ":"), allow_nan=False).encode()


def send_json(connection: socket.socket, message: Any) -> None:
    """Sends one JSON frame."""
    send_frame(connection, FRAME_JSON, encode_json(message))


def send_arrow(connection: socket.socket, payload: Buffer) -> None:
    """Sends one frame of Arrow IPC bytes."""
    send_frame(connection, FRAME_ARROW, payload)


class FrameReader:
    """Frames out of a non-blocking or polled socket; keeps what arrived of an unfinished frame."""

    def __init__(self, limit: int = MAX_FRAME_BYTES) -> None:
        self._limit = limit
        self._buffer = bytearray()

    def feed(self, data: Buffer) -> list[tuple[int, bytes]]:
        """All frames that are complete with `data`."""
        self._buffer += data
        frames: list[tuple[int, bytes]] = []
        start = 0
        while len(self._buffer) - start >= FRAME_HEADER_BYTES:
            kind, size = parse_header(self._buffer[start : start + FRAME_HEADER_BYTES], self._limit)
            end = start + FRAME_HEADER_BYTES + size
            if len(self._buffer) < end:
                break
            frames.append((kind, bytes(self._buffer[start + FRAME_HEADER_BYTES : end])))
            start = end
        del self._buffer[:start]
        return frames

    @property
    def partial(self) -> bool:
        """Whether bytes of an unfinished frame are held."""
        return bool(self._buffer)
