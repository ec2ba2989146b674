"""Framing and validation: whatever bytes arrive, the answer is frames, a typed error or the end of the stream."""

from __future__ import annotations

import socket
import struct
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millrace_worker.lifecycle.pending import PendingHello
from millrace_worker.protocol import (
    EndOfStream,
    FrameReader,
    WorkerError,
    error_body,
    receive_frame,
    send_frame,
    send_json,
    validate,
)
from millrace_worker.protocol.types import FRAME_ARROW, FRAME_JSON

FRAMES = st.lists(st.tuples(st.sampled_from([FRAME_JSON, FRAME_ARROW]), st.binary(max_size=300)), max_size=8)


def encode(frames: list[tuple[int, bytes]]) -> bytes:
    return b"".join(struct.pack("<BI", kind, len(payload)) + payload for kind, payload in frames)


@given(FRAMES, st.lists(st.integers(1, 50), max_size=40))
@settings(max_examples=200, deadline=None)
def test_a_reader_gives_the_same_frames_however_the_bytes_are_cut(
    frames: list[tuple[int, bytes]], cuts: list[int]
) -> None:
    data, reader, got = encode(frames), FrameReader(), []
    for cut in cuts:
        got += reader.feed(data[:cut])
        data = data[cut:]
    got += reader.feed(data)
    assert got == frames
    assert not reader.partial


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_noise_is_refused_with_a_typed_error(noise: bytes) -> None:
    reader = FrameReader(limit=1000)
    try:
        reader.feed(noise)
    except WorkerError as error:
        assert error.code == "INVALID_INPUT"
    else:
        assert len(noise) < 5 or noise[0] in (FRAME_JSON, FRAME_ARROW)


def test_a_large_frame_passes_a_small_socket_buffer() -> None:
    left, right = socket.socketpair()
    payload = bytes(range(256)) * 40_000
    sender = threading.Thread(target=send_frame, args=(left, FRAME_ARROW, payload))
    sender.start()
    assert receive_frame(right) == (FRAME_ARROW, payload)
    sender.join()


def test_a_forged_length_is_refused_before_anything_is_allocated() -> None:
    left, right = socket.socketpair()
    left.sendall(struct.pack("<BI", FRAME_JSON, 2**32 - 1))
    with pytest.raises(WorkerError, match="over the limit"):
        receive_frame(right)


@pytest.mark.parametrize(("sent", "clean"), [(b"", True), (b"J\x05", False), (b"J\x05\0\0\0ab", False)])
def test_the_end_of_a_stream_tells_whether_it_was_cut(sent: bytes, clean: bool) -> None:
    left, right = socket.socketpair()
    left.sendall(sent)
    left.close()
    with pytest.raises(EndOfStream) as ended:
        receive_frame(right)
    assert ended.value.clean is clean


def test_the_runner_reads_the_hello_and_not_one_byte_more() -> None:
    left, right = socket.socketpair()
    right.setblocking(False)
    pending = PendingHello(right, 0.0)
    assert pending.read() is None
    send_json(left, {"type": "hello", "protocol": 1, "kind": "query", "session": "s"})
    left.sendall(b"the next frame")
    assert pending.read() == {"type": "hello", "protocol": 1, "kind": "query", "session": "s"}
    assert right.recv(100) == b"the next frame"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"type": "hello", "protocol": 2, "kind": "status"}, "protocol must be the constant 1"),
        ({"type": "hello", "protocol": 1, "kind": "query"}, "session is missing"),
        ({"type": "hello", "protocol": 1, "kind": "query", "session": 7}, "session must be string"),
        ({"type": "hello", "protocol": True, "kind": "status"}, "protocol must be"),
    ],
)
def test_a_bad_hello_is_named_without_quoting_it(message: dict[str, object], reason: str) -> None:
    with pytest.raises(WorkerError, match=reason):
        validate("Hello", message)


def test_defaults_of_the_contract_are_filled_in() -> None:
    request = {
        "type": "request",
        "id": 1,
        "method": "overlay",
        "params": {"changes": [{"path": "a.sql", "text": None, "version": 1}]},
    }
    validate("Request", request)
    assert request["params"]["changes"][0]["deleted"] is False  # type: ignore[index]


def test_an_unknown_error_is_named_by_its_type_alone() -> None:
    body = error_body(ValueError("row 1: 4111 1111 1111 1111"))
    assert (body["code"], "4111" in str(body)) == ("INTERNAL", False)
    assert body["reference"]
