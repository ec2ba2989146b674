"""
`python -m millrace_worker.gateway --socket PATH --listen HOST:PORT --ca FILE --cert FILE --key FILE --peer NAME`

Rows pass through this process, so the kernel keeps it from writing: no file may be opened but its certificates, none
may grow, no memory is dumped. Standard error must be a pipe or a terminal.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import socket
import sys

from millrace_worker.gateway.server import Gateway, log
from millrace_worker.gateway.tls import Contexts, Files
from millrace_worker.sandbox import landlock
from millrace_worker.sandbox.system import (
    PR_SET_DUMPABLE,
    PR_SET_NO_NEW_PRIVS,
    PR_SET_PDEATHSIG,
    prctl,
)

_FINISH_SECONDS = 2.0


def arguments(argv: list[str]) -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(prog="millrace_worker.gateway", description="Mutual TLS in front of a runner.")
    parser.add_argument("--socket", required=True, help="the runner's Unix socket")
    parser.add_argument("--listen", default="0.0.0.0:7443", help="HOST:PORT to serve on; port 0 takes a free one")
    parser.add_argument("--ca", required=True, help="authority that signed the web tier's certificates")
    parser.add_argument("--cert", required=True, help="this runner's certificate, with intermediates")
    parser.add_argument("--key", required=True)
    parser.add_argument("--peer", default="millrace-web", help="name that a client's certificate must hold")
    parser.add_argument("--die-with-parent", action="store_true", help="end when the process that started it ends")
    return parser.parse_args(argv)


def listen(address: str) -> socket.socket:
    """A TCP socket on HOST:PORT ([::] for IPv6)."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, int(port)))
    listener.listen(256)
    return listener


def lock_down(readable: list[str]) -> None:
    """What this process holds stays in memory. Raises OSError where the kernel cannot promise it."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    prctl(PR_SET_DUMPABLE, 0)
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    landlock.restrict(readable, ())


class _Stopped(BaseException):
    """SIGTERM or SIGINT has come."""


def _stop(*_: object) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    raise _Stopped


def main() -> None:
    """Runs until SIGTERM or SIGINT."""
    options = arguments(sys.argv[1:])
    if options.die_with_parent:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    files = Files(options.ca, options.cert, options.key)
    try:
        contexts = Contexts(files)
        listener = listen(options.listen)
        lock_down(files.folders())
    except (OSError, ValueError) as error:
        sys.exit(f"The gateway cannot start: {error}")
    gateway = Gateway(listener, os.path.abspath(options.socket), contexts, options.peer)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    log("ready", pid=os.getpid(), port=listener.getsockname()[1])
    try:
        gateway.serve()
    except _Stopped:
        listener.close()
        gateway.finish(_FINISH_SECONDS)
    os._exit(0)  # what is left waits for peers, and holds nothing that must be kept


if __name__ == "__main__":
    main()
