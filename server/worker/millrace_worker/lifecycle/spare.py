"""
A query process made ahead, in the session's idle time: forked, locked down, with its database driver started. The next
preview finds it waiting, so that none of this is between a key press and the first row. It holds no warehouse file, has
seen no query, runs at most one, and goes away when its person does nothing for a while.
"""

from __future__ import annotations

import select
import socket
import time
from dataclasses import dataclass
from typing import Any

from millrace_worker.lifecycle import control
from millrace_worker.protocol import WorkerError, parse_json, validate
from millrace_worker.protocol.frames import parse_header
from millrace_worker.protocol.types import FRAME_HEADER_BYTES, FRAME_JSON

_AFTER_SECONDS = 0.15
"""Nothing was asked for this long: a pause in typing."""
_KEEP_SECONDS = 120.0
_KEPT_BY_MANY = 20
"""Sessions that may all keep theirs so long. More of them keep theirs for less: no more processes wait in all."""
_LEAST_SECONDS = 5.0
_MOST_FAILURES = 3
_PEEK_BYTES = 1 << 18
_FRAME_SECONDS = 0.02
"""The web process sends it right behind its hello."""


@dataclass
class Ahead:
    """The process that waits."""

    pid: int
    report: socket.socket
    revision: int
    """Of the project, when it was forked: while that is the session's, it may compile by itself."""
    addresses: dict[str, list[str]]
    seconds: float = _KEEP_SECONDS
    """How long it is kept after the session was last asked for anything."""


def spare_seconds(sessions: int) -> float:
    """How long a process made ahead is kept on a machine with so many sessions."""
    return max(_LEAST_SECONDS, _KEEP_SECONDS * min(1.0, _KEPT_BY_MANY / max(1, sessions)))


class SpareSlot:
    """When there is one, when one is wanted, and whether it fits a query."""

    def __init__(self) -> None:
        self.ahead: Ahead | None = None
        self._asked = False
        self._active = time.monotonic()
        self._failures = 0
        self._let_go = False
        self._leaving: list[int] = []

    def touch(self) -> None:
        """Something was asked of the session."""
        self._active = time.monotonic()
        self._let_go = False

    def due(self) -> bool:
        """Whether the runner should be asked now for what a query process would be given."""
        if self.ahead is not None or self._asked or self._let_go or self._failures >= _MOST_FAILURES:
            return False
        idle = time.monotonic() - self._active
        self._asked = _AFTER_SECONDS <= idle < _KEEP_SECONDS
        return self._asked

    def seconds_left(self) -> float:
        """Until there is something to do."""
        idle = time.monotonic() - self._active
        if self.ahead is not None:
            return max(0.0, self.ahead.seconds - idle)
        wanted = not self._asked and not self._let_go and self._failures < _MOST_FAILURES and idle < _KEEP_SECONDS
        return max(0.0, _AFTER_SECONDS - idle) if wanted else _KEEP_SECONDS

    def made(self, ahead: Ahead) -> None:
        """It was forked."""
        self.ahead = ahead
        self._asked = False

    def let_go(self) -> None:
        """Its end of file ends it, when nobody has done anything for long."""
        if self.ahead is not None and time.monotonic() - self._active >= self.ahead.seconds:
            self.ahead.report.close()
            self._leaving.append(self.ahead.pid)
            self.ahead = None
            self._let_go = True

    def look(self) -> None:
        """Forgets one that has ended by itself, and reaps those that were let go."""
        self._leaving = [pid for pid in self._leaving if control.reap(pid) is None]
        if self.ahead is not None and control.reap(self.ahead.pid) is not None:
            self.ahead.report.close()
            self.ahead = None
            self._failures += 1

    def take(self, addresses: dict[str, list[str]]) -> Ahead | None:
        """The process for a query with these addresses, which is then the query's."""
        self.look()
        ahead = self.ahead
        if ahead is None or ahead.addresses != addresses:
            return None
        self.ahead = None
        return ahead


def peek_query(data: socket.socket) -> Any | None:
    """The query frame, when it is there or about to be; it stays in the socket for the query process to read."""
    try:
        if not select.select([data], [], [], _FRAME_SECONDS)[0]:
            return None
        received = data.recv(_PEEK_BYTES, socket.MSG_PEEK)
        if len(received) < FRAME_HEADER_BYTES:
            return None
        kind, size = parse_header(received[:FRAME_HEADER_BYTES])
        if kind != FRAME_JSON or len(received) < FRAME_HEADER_BYTES + size:
            return None
        query = parse_json(received[FRAME_HEADER_BYTES : FRAME_HEADER_BYTES + size])
        validate("QueryFrame", query)
        return query
    except (OSError, WorkerError):  # the query process reads it again, and says what is wrong with it
        return None
