"""`python -m millrace_worker.sandbox.measure`: what a fork with the whole lock-down costs."""

from __future__ import annotations

import json
import os
import statistics
import sys
import time

from millrace_worker.protocol import WorkerError
from millrace_worker.sandbox import filters, host, layers

_FIRST_UID = 60000


def measure_lockdown(rounds: int = 100) -> dict[str, float]:
    """Milliseconds from fork to the end of the lock-down, as the parent sees it. Raises WorkerError when it fails."""
    found = host.probe(allow_swap=True)
    engine = tuple(host.engine_paths())
    confinement = layers.Confinement(
        host=found,
        readable=(),
        engine=engine,
        ports=(),
        uid=_FIRST_UID if found.root else None,
        capability=host.search_capability() if found.root else None,
        address_space=1 << 40,
    )
    filters.project_filter(False)
    times = []
    for _ in range(rounds):
        reader, writer = os.pipe()
        parent = os.getpid()
        started = time.perf_counter()
        pid = os.fork()
        if pid == 0:
            try:
                layers.lock_down_template(confinement, parent=parent, keep=[writer])
                os.write(writer, b"x")
            finally:
                os._exit(0)
        os.close(writer)
        locked = os.read(reader, 1)
        times.append((time.perf_counter() - started) * 1000)
        os.close(reader)
        os.waitpid(pid, 0)
        if not locked:
            raise WorkerError("SANDBOX_UNAVAILABLE", "The lock-down failed.")
    cuts = statistics.quantiles(times, n=20)
    return {"rounds": rounds, "p50_ms": round(statistics.median(times), 2), "p95_ms": round(cuts[18], 2)}


if __name__ == "__main__":
    print(json.dumps(measure_lockdown(int(sys.argv[1]) if len(sys.argv) > 1 else 100)))
