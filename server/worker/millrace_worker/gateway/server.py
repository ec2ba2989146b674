"""Accepts TLS connections and gives each a thread of its own: OpenSSL lets go of the interpreter while it works."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import sys
import threading
import time
from typing import Any

from millrace_worker.gateway.splice import splice
from millrace_worker.gateway.tls import Contexts, names

_HANDSHAKE_SECONDS = 10.0
_MOST_CONNECTIONS = 1024
_STACK_BYTES = 256 * 1024


def log(event: str, **facts: Any) -> None:
    """One JSON line on standard error: who connected and was refused, never what was said."""
    line = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "part": "gateway", "event": event, **facts}
    print(json.dumps(line), file=sys.stderr, flush=True)


class Gateway:
    """One listening socket in front of one runner."""

    def __init__(self, listener: socket.socket, runner: str, contexts: Contexts, peer: str) -> None:
        self._listener = listener
        self._runner = runner
        self._contexts = contexts
        self._peer = peer
        self._places = threading.BoundedSemaphore(_MOST_CONNECTIONS)
        self._serving: set[threading.Thread] = set()
        threading.stack_size(_STACK_BYTES)

    def serve(self) -> None:
        """Serves until an exception ends it."""
        broken: str | None = None
        while True:
            try:
                connection, address = self._listener.accept()
            except ConnectionError:  # it left before it was let in
                continue
            if not self._places.acquire(blocking=False):
                log("refused", peer=address[0], reason="too many connections")
                connection.close()
                continue
            context = self._contexts.current()
            if self._contexts.failure != broken:
                broken = self._contexts.failure
                log("certificates", usable=broken is None, reason=broken)
            thread = threading.Thread(target=self._handle, args=(connection, address[0], context), daemon=True)
            self._serving.add(thread)
            thread.start()

    def finish(self, seconds: float) -> None:
        """Lets connections that are ending say their last word."""
        end = time.monotonic() + seconds
        for thread in list(self._serving):
            thread.join(max(0.0, end - time.monotonic()))

    def _handle(self, connection: socket.socket, address: str, context: ssl.SSLContext) -> None:
        try:
            tls = self._greet(connection, context)
        except (ConnectionError, ssl.SSLEOFError):  # it left without a word: a probe
            connection.close()
        except OSError as error:  # ssl.SSLError too: no certificate, a wrong one, no TLS at all
            connection.close()
            log("refused", peer=address, reason=getattr(error, "verify_message", None) or str(error.args[-1]))
        else:
            self._join(tls, address)
        finally:
            self._serving.discard(threading.current_thread())
            self._places.release()

    def _greet(self, connection: socket.socket, context: ssl.SSLContext) -> ssl.SSLSocket:
        connection.settimeout(_HANDSHAKE_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # A web process whose machine has vanished must not keep sessions: 30 seconds of silence end them.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 15)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
        tls = context.wrap_socket(connection, server_side=True)
        found = names(tls.getpeercert() or {})
        if self._peer not in found:
            tls.close()
            raise PermissionError(0, f"the certificate is of {', '.join(sorted(found)) or 'nobody'}")
        return tls

    def _join(self, tls: ssl.SSLSocket, address: str) -> None:
        plain = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            plain.connect(self._runner)
        except OSError as error:
            log("runner-unreachable", peer=address, reason=error.strerror)
            plain.close()
            with contextlib.suppress(OSError):
                tls.close()
            return
        splice(tls, plain)
