"""The protocol with the web process: generated types, framing, validation, the error type."""

from millrace_worker.protocol.errors import WorkerError, error_body, source_range
from millrace_worker.protocol.frames import (
    EndOfStream,
    FrameReader,
    encode_json,
    parse_json,
    receive_frame,
    receive_json,
    send_arrow,
    send_frame,
    send_json,
)
from millrace_worker.protocol.validate import validate

__all__ = [
    "EndOfStream",
    "FrameReader",
    "WorkerError",
    "encode_json",
    "error_body",
    "parse_json",
    "receive_frame",
    "receive_json",
    "send_arrow",
    "send_frame",
    "send_json",
    "source_range",
    "validate",
]
