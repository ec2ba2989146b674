"""Starts a runner on a listening socket, with the dbt engine unless told otherwise."""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
from typing import Any

from millrace_worker.lifecycle.engine import DbtEngine, Engine
from millrace_worker.lifecycle.kept import Shelf
from millrace_worker.lifecycle.options import Options
from millrace_worker.lifecycle.runner import Runner

_M_ARENA_MAX = -8


def serve(
    listener: socket.socket,
    path: str | None,
    *,
    engine: Engine | None = None,
    parses: str | None = None,
    **options: Any,
) -> None:
    """Serves until SIGTERM or SIGINT, then removes the socket at `path`. `parses` is the folder of kept parses."""
    shelf = None if parses is None else Shelf(parses)
    if shelf is not None:
        shelf.make()
    # Each arena of glibc reserves 64 MiB of address space, which the limits count.
    ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)
    try:
        Runner(engine or DbtEngine(), listener, Options(parses=shelf, **options)).run()
    finally:
        if path is not None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
