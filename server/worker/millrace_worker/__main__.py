"""
`python -m millrace_worker --socket PATH [--adapters duckdb,postgres] ...`: one runner on a Unix socket.

The process replaces itself once to start with a scrubbed environment: variables that were merely deleted would still
stand in the memory that its children inherit.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys

from millrace_worker.sandbox.host import kept_environment
from millrace_worker.sandbox.system import PR_SET_PDEATHSIG, prctl

_MIB = 1 << 20


def arguments(argv: list[str]) -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(prog="millrace_worker", description="Runs dbt sessions of Millrace.")
    parser.add_argument("--socket", required=True, help="path of the Unix socket to serve on")
    parser.add_argument("--adapters", default="duckdb,postgres", help="dbt adapters to import before the first session")
    parser.add_argument(
        "--template-memory-mb", type=int, default=2048, help="memory of parsed projects nobody works on"
    )
    parser.add_argument("--max-sessions", type=int, default=200)
    parser.add_argument("--parses", help="folder in which parsed projects are kept over a restart; none are without it")
    parser.add_argument("--allow-swap", action="store_true", help="start even though swap may write memory to disk")
    parser.add_argument("--die-with-parent", action="store_true", help="end when the process that started it ends")
    return parser.parse_args(argv)


def listen(path: str) -> socket.socket:
    """A Unix socket that only this user may connect to; replaces one that a dead runner left."""
    probe = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        probe.connect(path)
    except OSError:  # nobody serves there
        if os.path.exists(path):
            os.unlink(path)
    else:
        sys.exit(f"Another runner serves on {path}.")
    finally:
        probe.close()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(path)
    finally:
        os.umask(before)
    listener.listen(128)
    return listener


def main() -> None:
    """Runs until SIGTERM or SIGINT."""
    options = arguments(sys.argv[1:])
    allow_swap = options.allow_swap or os.environ.get("MILLRACE_ALLOW_SWAP") == "1"
    kept = kept_environment()
    if dict(os.environ) != kept:
        again = ["--allow-swap"] if allow_swap and not options.allow_swap else []
        os.execve(sys.executable, [sys.executable, "-m", "millrace_worker", *sys.argv[1:], *again], kept)
    sys.path[:] = [entry for entry in sys.path if entry not in ("", os.getcwd())]
    path = os.path.abspath(options.socket)
    parses = os.path.abspath(options.parses) if options.parses else None
    os.chdir("/")
    if options.die_with_parent:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    from millrace_worker.lifecycle.serve import serve

    serve(
        listen(path),
        path,
        adapters=tuple(options.adapters.split(",")),
        template_memory=options.template_memory_mb * _MIB,
        max_sessions=options.max_sessions,
        parses=parses,
        allow_swap=allow_swap,
    )


if __name__ == "__main__":
    main()
