"""
Exact egress: every connect() of a template and what forks from it is answered by the runner (seccomp_unotify(2)).

The runner copies the address out of the caller, looks up which session the caller belongs to, compares it with that
session's endpoints, and connects a duplicate of the caller's socket itself. The caller's connect() never runs, so it
cannot swap the address after the check.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import ipaddress
import os
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

from millrace_worker.sandbox.system import syscall

_NOTIF_RECV, _NOTIF_SEND, _NOTIF_ID_VALID = 0xC0502100, 0xC0182101, 0x40082102
_NOTIFICATION = struct.Struct("<QIIiIQ6Q")
_RESPONSE = struct.Struct("<QqiI")
_LONGEST_ADDRESS = 128
_CONNECT_SECONDS = 30.0

Endpoint = tuple[str, int]


def parse_address(raw: bytes) -> Endpoint | None:
    """The IP address and port in a sockaddr; null for another family or one that is cut short."""
    if len(raw) < 2:
        return None
    (family,) = struct.unpack_from("=H", raw)
    if family == socket.AF_INET and len(raw) >= 8:
        (port,) = struct.unpack_from("!H", raw, 2)
        return str(ipaddress.IPv4Address(raw[4:8])), port
    if family == socket.AF_INET6 and len(raw) >= 24:
        (port,) = struct.unpack_from("!H", raw, 2)
        address = ipaddress.IPv6Address(raw[8:24])
        return str(address.ipv4_mapped or address), port
    return None


@dataclass
class _Connecting:
    identifier: int
    socket: socket.socket
    was_blocking: bool
    deadline: float


class Supervisor:
    """Answers connect() for the processes of one template. `allowed` gives the endpoints of a process, by its id."""

    def __init__(self, listener: int, allowed: Callable[[int], set[Endpoint]]) -> None:
        self._listener = listener
        self._allowed = allowed
        self._connecting: dict[int, _Connecting] = {}

    def fileno(self) -> int:
        """Readable when a call waits."""
        return self._listener

    def waiting(self) -> list[int]:
        """Descriptors of sockets whose connection is under way: call `finish` when one becomes writable."""
        return list(self._connecting)

    def close(self) -> None:
        """Later connect() calls answer ENOSYS."""
        for connecting in self._connecting.values():
            connecting.socket.close()
        self._connecting.clear()
        os.close(self._listener)

    def handle(self) -> int | None:
        """Answers one call. Returns the descriptor of a socket to wait for when the caller asked to block."""
        buffer = bytearray(_NOTIFICATION.size)
        try:
            fcntl.ioctl(self._listener, _NOTIF_RECV, buffer)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EINTR):  # the caller is gone
                return None
            raise
        identifier, thread, _flags, _number, _arch, _pointer, *arguments = _NOTIFICATION.unpack(buffer)
        try:
            return self._connect(identifier, thread, arguments)
        except OSError as error:
            self._answer(identifier, error.errno or errno.EACCES)
            return None

    def _connect(self, identifier: int, thread: int, arguments: list[int]) -> int | None:
        descriptor, pointer, length = arguments[0] & 0xFFFFFFFF, arguments[1], arguments[2] & 0xFFFFFFFF
        process = _thread_group(thread)
        raw = _read_memory(process, pointer, min(length, _LONGEST_ADDRESS))
        pidfd = syscall("pidfd_open", process, 0)
        try:
            duplicate = socket.socket(fileno=syscall("pidfd_getfd", pidfd, descriptor, 0))
        finally:
            os.close(pidfd)
        # Only now is it certain that memory and descriptor were this caller's and not a successor's with its id.
        if not self._valid(identifier):
            duplicate.close()
            return None
        endpoint = parse_address(raw)
        if endpoint is None or duplicate.type != socket.SOCK_STREAM or endpoint not in self._allowed(process):
            duplicate.close()
            raise OSError(errno.EACCES, "not an allowed endpoint")
        return self._start(identifier, duplicate, raw)

    def _start(self, identifier: int, duplicate: socket.socket, raw: bytes) -> int | None:
        flags = fcntl.fcntl(duplicate, fcntl.F_GETFL)
        was_blocking = not flags & os.O_NONBLOCK
        if was_blocking:
            fcntl.fcntl(duplicate, fcntl.F_SETFL, flags | os.O_NONBLOCK)
        code = _connect_raw(duplicate, raw)
        if code == errno.EINPROGRESS and was_blocking:
            entry = _Connecting(identifier, duplicate, True, time.monotonic() + _CONNECT_SECONDS)
            self._connecting[duplicate.fileno()] = entry
            return duplicate.fileno()
        self._end(_Connecting(identifier, duplicate, was_blocking, 0.0), code)
        return None

    def finish(self, descriptor: int) -> None:
        """The connection behind this descriptor succeeded or failed."""
        connecting = self._connecting.pop(descriptor, None)
        if connecting is not None:
            self._end(connecting, connecting.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))

    def expire(self) -> list[int]:
        """Gives up what takes too long; returns the descriptors."""
        now = time.monotonic()
        late = [descriptor for descriptor, entry in self._connecting.items() if entry.deadline <= now]
        for descriptor in late:
            self._end(self._connecting.pop(descriptor), errno.ETIMEDOUT)
        return late

    def _end(self, connecting: _Connecting, code: int) -> None:
        if connecting.was_blocking:
            flags = fcntl.fcntl(connecting.socket, fcntl.F_GETFL)
            fcntl.fcntl(connecting.socket, fcntl.F_SETFL, flags & ~os.O_NONBLOCK)
        connecting.socket.close()
        self._answer(connecting.identifier, code)

    def _valid(self, identifier: int) -> bool:
        try:
            fcntl.ioctl(self._listener, _NOTIF_ID_VALID, struct.pack("<Q", identifier))
        except OSError as error:
            if error.errno == errno.ENOENT:
                return False
            raise
        return True

    def _answer(self, identifier: int, code: int) -> None:
        try:
            fcntl.ioctl(self._listener, _NOTIF_SEND, _RESPONSE.pack(identifier, 0, -code, 0))
        except OSError as error:
            if error.errno != errno.ENOENT:  # the caller is gone
                raise


def _thread_group(thread: int) -> int:
    with open(f"/proc/{thread}/status", encoding="ascii", errors="replace") as status:
        for line in status:
            if line.startswith("Tgid:"):
                return int(line.split()[1])
    raise OSError(errno.ESRCH, "no such process")


def _read_memory(process: int, pointer: int, length: int) -> bytes:
    with open(f"/proc/{process}/mem", "rb", buffering=0) as memory:
        return os.pread(memory.fileno(), length, pointer)


def _connect_raw(connection: socket.socket, raw: bytes) -> int:
    """connect(2) with exactly the bytes that were checked."""
    library = ctypes.CDLL(None, use_errno=True)
    if library.connect(connection.fileno(), ctypes.c_char_p(raw), ctypes.c_uint(len(raw))) == 0:
        return 0
    return ctypes.get_errno()


def parent_of(process: int) -> int:
    """Parent's id, 0 when the process is gone."""
    try:
        with open(f"/proc/{process}/stat", "rb") as stat:
            return int(stat.read().rpartition(b")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def resolve(host: str, port: int) -> list[str]:
    """IP addresses of a host, IPv4 first. May ask a name server, so the runner calls it in a fork of its own."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:  # unknown: the query's own connection error says so
        return []
    addresses = list(dict.fromkeys(str(address[4][0]).split("%")[0] for address in found))
    return sorted(addresses, key=lambda address: ":" in address)
