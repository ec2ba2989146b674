"""Messages between our own processes: one JSON frame, with descriptors beside it (SCM_RIGHTS)."""

from __future__ import annotations

import array
import contextlib
import os
import signal
import socket
import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from millrace_worker.protocol import EndOfStream, WorkerError, encode_json, parse_json

_LENGTH = struct.Struct("<I")
_MOST_DESCRIPTORS = 4
_LONGEST_MESSAGE = 256 << 20
_LONGEST_FOREIGN_MESSAGE = 1 << 20


def pair() -> tuple[socket.socket, socket.socket]:
    """Two connected ends, not inherited by programs."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)


def send(connection: socket.socket, message: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
    """Sends one message; the descriptors travel with its first byte."""
    payload = encode_json(message)
    data = _LENGTH.pack(len(payload)) + payload
    ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors).tobytes())] if descriptors else []
    sent = connection.sendmsg([data], ancillary)
    if sent < len(data):
        connection.sendall(data[sent:])


def receive(connection: socket.socket, limit: int = _LONGEST_MESSAGE) -> tuple[dict[str, Any], list[int]]:
    """Blocks for one message. Raises EndOfStream when the other process is gone, WorkerError for no message."""
    descriptors = array.array("i")
    space = socket.CMSG_SPACE(_MOST_DESCRIPTORS * descriptors.itemsize)
    try:
        header, ancillary, _flags, _address = connection.recvmsg(_LENGTH.size, space, socket.MSG_CMSG_CLOEXEC)
    except ConnectionError:
        raise EndOfStream(clean=True) from None
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
    header += _exactly(connection, _LENGTH.size - len(header)) if header else b""
    if not header:
        raise EndOfStream(clean=True)
    size = _LENGTH.unpack(header)[0]
    try:
        if size > limit:
            raise WorkerError("INVALID_INPUT", "Protocol error: a message is too long.")
        return parse_json(_exactly(connection, size)), list(descriptors)
    except BaseException:
        close(descriptors)
        raise


def hear(connection: socket.socket, known: Mapping[str, tuple[str, ...]]) -> tuple[dict[str, Any], list[int]]:
    """
    One message of a process that runs a project's code, of which nothing is believed. `known` names the integers of
    each type. Raises EndOfStream, TimeoutError when half a message is all that comes, WorkerError for anything else.
    """
    message, descriptors = receive(connection, _LONGEST_FOREIGN_MESSAGE)
    integers = known.get(str(message.get("type"))) if isinstance(message, dict) else None
    if integers is None or any(type(message.get(name)) is not int for name in integers):
        close(descriptors)
        raise WorkerError("INVALID_INPUT", "Protocol error: an unknown message.")
    return message, descriptors


def close(descriptors: Iterable[int]) -> None:
    """Closes descriptors that came with a message."""
    for descriptor in descriptors:
        os.close(descriptor)


def _exactly(connection: socket.socket, size: int) -> bytes:
    received = bytearray()
    while len(received) < size:
        part = connection.recv(size - len(received))
        if not part:
            raise EndOfStream(clean=False)
        received += part
    return bytes(received)


class ChildWatch:
    """A descriptor that becomes readable when a child of this process has ended."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)

    def fileno(self) -> int:
        """For poll."""
        return self._reader

    def clear(self) -> None:
        """Forgets what was signalled; look at the children after, not before."""
        with contextlib.suppress(BlockingIOError):
            while os.read(self._reader, 4096):
                pass


def forget_signals() -> None:
    """In a fresh fork: the parent's handlers write to the parent's pipe."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
        signal.signal(number, signal.SIG_DFL)


def reap(pid: int) -> tuple[int, Any] | None:
    """Exit code (negative for a signal) and resource usage of a child that has ended, or null."""
    done, status, usage = os.wait4(pid, os.WNOHANG)
    return None if done == 0 else (os.waitstatus_to_exitcode(status), usage)
