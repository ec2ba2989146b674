"""Carries bytes between a TLS connection and a Unix socket, both ways, without looking at them or keeping them."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
from collections.abc import Callable

_DOWN_BYTES = 256 * 1024
"""One read of rows: a Unix socket holds about 200 KiB."""
_UP_BYTES = 64 * 1024
_GOODBYE_SECONDS = 2.0
_GONE = select.POLLRDHUP | select.POLLHUP | select.POLLERR


class _Flow:
    """One direction. What was read is written before more is read, which is all the back-pressure that is needed."""

    def __init__(self, size: int, read: Callable[[memoryview], int], write: Callable[[memoryview], int]) -> None:
        self._buffer = memoryview(bytearray(size))
        self._rest = self._buffer[:0]
        self._read, self._write = read, write

    def move(self) -> None:
        """Moves until a side would block, which is raised, or the reader's end of file, which returns."""
        while True:
            while self._rest:
                self._rest = self._rest[self._write(self._rest) :]
            count = self._read(self._buffer)
            if count == 0:
                return
            self._rest = self._buffer[:count]

    @property
    def blocked_writing(self) -> bool:
        """It waits for the receiver, not for the sender."""
        return bool(self._rest)


def splice(tls: ssl.SSLSocket, plain: socket.socket) -> None:
    """
    Serves one connection until either side ends it, and closes both. Whoever is away makes the other one end: a client
    that closes ends its session or query at once, whatever is still on its way to it.
    """
    with tls, plain:
        tls.setblocking(False)
        plain.setblocking(False)
        down = _Flow(_DOWN_BYTES, plain.recv_into, tls.send)
        up = _Flow(_UP_BYTES, tls.recv_into, plain.send)
        while True:
            wanted = {tls.fileno(): select.POLLRDHUP, plain.fileno(): 0}
            try:
                if _advance(down, wanted, source=plain, target=tls):
                    _say_goodbye(tls)
                    return
                if _advance(up, wanted, source=tls, target=plain):
                    return
            except ConnectionError:  # one side has gone
                return
            except ssl.SSLError:  # cut off without a goodbye, or not TLS any more
                return
            waiting = select.poll()
            for descriptor, events in wanted.items():
                if events:
                    waiting.register(descriptor, events)
            if any(descriptor == tls.fileno() and events & _GONE for descriptor, events in waiting.poll()):
                return


def _advance(flow: _Flow, wanted: dict[int, int], *, source: socket.socket, target: socket.socket) -> bool:
    """True at the end of file. Else `wanted` gains what this direction waits for."""
    try:
        flow.move()
    except ssl.SSLWantReadError:
        side = source if isinstance(source, ssl.SSLSocket) else target
        wanted[side.fileno()] |= select.POLLIN
    except ssl.SSLWantWriteError:
        side = source if isinstance(source, ssl.SSLSocket) else target
        wanted[side.fileno()] |= select.POLLOUT
    except BlockingIOError:
        if flow.blocked_writing:
            wanted[target.fileno()] |= select.POLLOUT
        else:
            wanted[source.fileno()] |= select.POLLIN
    else:
        return True
    return False


def _say_goodbye(tls: ssl.SSLSocket) -> None:
    """
    Says that the stream is complete, and lets the client hear it: to close with unread bytes would reset the connection
    and with it what is still on its way.
    """
    with contextlib.suppress(OSError):  # the client has closed first
        with contextlib.suppress(ssl.SSLWantReadError):  # it need not answer
            tls.unwrap()
        tls.shutdown(socket.SHUT_WR)
        tls.settimeout(_GOODBYE_SECONDS)
        while tls.recv(_UP_BYTES):
            pass
