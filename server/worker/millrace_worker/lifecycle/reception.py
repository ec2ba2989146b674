"""Who knocks at the runner: one hello of each connection is read, and what cannot be served is told why."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable
from typing import Any

from millrace_worker.lifecycle.log import log
from millrace_worker.lifecycle.loop import Loop
from millrace_worker.lifecycle.pending import PendingHello
from millrace_worker.protocol import EndOfStream, WorkerError, error_body, send_json

_HELLO_SECONDS = 10.0
_DISMISS_SECONDS = 2.0


class Reception:
    """Accepts connections and hands each with its hello to `serve`, which may raise why it does not."""

    def __init__(
        self, loop: Loop, listener: socket.socket, serve: Callable[[socket.socket, dict[str, Any]], None]
    ) -> None:
        self._loop = loop
        self._listener = listener
        self._serve = serve
        self._hellos: dict[int, PendingHello] = {}

    def open(self) -> None:
        """From here on connections are accepted."""
        self._listener.setblocking(False)
        self._loop.on(self._listener.fileno(), lambda _: self._accept())

    def expire(self, now: float) -> None:
        """Dismisses those who have not said hello in time."""
        for pending in list(self._hellos.values()):
            if pending.deadline <= now:
                self._refuse(pending, WorkerError("TIMEOUT", "No hello arrived in time."))

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, ConnectionError):
            return
        connection.setblocking(False)
        pending = PendingHello(connection, time.monotonic() + _HELLO_SECONDS)
        self._hellos[connection.fileno()] = pending
        self._loop.on(connection.fileno(), lambda _: self._greet(pending))

    def _greet(self, pending: PendingHello) -> None:
        try:
            hello = pending.read()
        except WorkerError as error:
            self._refuse(pending, error)
            return
        except (EndOfStream, ConnectionError):
            self._forget(pending)
            pending.connection.close()
            return
        if hello is None:
            return
        self._forget(pending)
        connection = pending.connection
        connection.setblocking(True)
        try:
            self._serve(connection, hello)
        except WorkerError as error:
            self.dismiss(connection, error)
        except ConnectionError as gone:  # the peer left while it was being answered: its own affair
            log("peer-gone", reason=type(gone).__name__)
            connection.close()

    def _forget(self, pending: PendingHello) -> None:
        self._loop.off(pending.connection.fileno())
        self._hellos.pop(pending.connection.fileno(), None)

    def _refuse(self, pending: PendingHello, error: WorkerError) -> None:
        self._forget(pending)
        self.dismiss(pending.connection, error)

    def dismiss(self, connection: socket.socket, error: BaseException) -> None:
        """
        Says why and ends. What the peer was already sending is read and thrown away: to close with unread bytes would
        reset the connection, and the reason with it.
        """
        _say_fatal(connection, error)
        connection.setblocking(False)
        descriptor = connection.fileno()

        def close() -> None:
            if connection.fileno() >= 0:
                self._loop.off(descriptor)
                connection.close()

        def drain(_: int) -> None:
            try:
                if connection.recv(1 << 16):
                    return
            except BlockingIOError:
                return
            except ConnectionError as gone:
                log("dismissed", reason=type(gone).__name__)
            close()

        with contextlib.suppress(OSError):  # the peer has closed, which the handler hears
            connection.shutdown(socket.SHUT_WR)
        self._loop.on(descriptor, drain)
        self._loop.later(_DISMISS_SECONDS, close)


def _say_fatal(connection: socket.socket, error: BaseException) -> None:
    try:
        connection.setblocking(False)
        send_json(connection, {"type": "fatal", "error": error_body(error)})
    except OSError as gone:  # it has closed, or reads nothing
        log("fatal-not-delivered", reason=type(gone).__name__)
