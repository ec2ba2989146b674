"""Looks hosts up in short forks: name servers may be slow, and the runner's loop must not wait."""

from __future__ import annotations

import json
import os
from collections.abc import Callable

from millrace_worker.lifecycle import control
from millrace_worker.lifecycle.loop import Loop
from millrace_worker.lifecycle.registry import SessionEntry
from millrace_worker.sandbox import egress


class Resolver:
    """The look-ups under way, by process."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self.pids: set[int] = set()

    def resolve(self, session: SessionEntry, then: Callable[[], None]) -> None:
        """Gives the session the addresses of its hosts, then calls `then`; at once when it has none."""
        wanted = session.hello["egress"]
        if not wanted:
            then()
            return
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            control.forget_signals()
            found = {one["host"]: egress.resolve(one["host"], one["port"]) for one in wanted}
            os.write(writer, json.dumps(found).encode())
            os._exit(0)
        os.close(writer)
        self.pids.add(pid)
        self._loop.on(reader, lambda _: self._resolved(session, reader, then))

    def _resolved(self, session: SessionEntry, reader: int, then: Callable[[], None]) -> None:
        self._loop.off(reader)
        data = os.read(reader, 1 << 16)
        os.close(reader)
        found: dict[str, list[str]] = json.loads(data) if data else {}
        session.addresses = {name: addresses for name, addresses in found.items() if addresses}
        session.endpoints = {
            (address, one["port"]) for one in session.hello["egress"] for address in found.get(one["host"], [])
        }
        then()
