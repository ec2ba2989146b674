"""`python -m millrace_worker.prove.serve SOCKET WITHOUT`: the proof's runner, with some layers left out."""

from __future__ import annotations

import os
import sys

from millrace_worker.__main__ import listen
from millrace_worker.lifecycle.serve import serve
from millrace_worker.prove.engine import ProveEngine
from millrace_worker.sandbox.host import kept_environment

if __name__ == "__main__":
    path, without = sys.argv[1], frozenset(filter(None, sys.argv[2].split(",")))
    kept = kept_environment()
    if "environment" not in without and dict(os.environ) != kept:
        os.execve(sys.executable, [sys.executable, "-m", "millrace_worker.prove.serve", *sys.argv[1:]], kept)
    sys.path[:] = [entry for entry in sys.path if entry not in ("", os.getcwd())]
    os.chdir("/")
    serve(listen(path), path, engine=ProveEngine(), adapters=("duckdb",), without=without, allow_swap=True)
