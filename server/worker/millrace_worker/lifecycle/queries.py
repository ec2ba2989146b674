"""Queries of sessions, as the runner sees them: a descriptor that is handed on, a process that can be ended."""

from __future__ import annotations

import contextlib
import os
import select
import socket
from collections.abc import Callable

from millrace_worker.lifecycle import control
from millrace_worker.lifecycle.loop import Loop
from millrace_worker.lifecycle.processes import address_space
from millrace_worker.lifecycle.registry import Query, Registry, SessionEntry
from millrace_worker.protocol import WorkerError
from millrace_worker.sandbox import egress
from millrace_worker.sandbox.system import syscall

_GRACE_SECONDS = 1.5
_MOST_QUERIES = 256


class Queries:
    """Hands queries to their sessions. `end_session` is called for a session that cannot take one."""

    def __init__(
        self, loop: Loop, registry: Registry, end_session: Callable[[SessionEntry, WorkerError | None], None]
    ) -> None:
        self._loop = loop
        self._registry = registry
        self._end_session = end_session

    def open(self, connection: socket.socket, name: str) -> None:
        """A query's connection arrived. Raises WorkerError when its session is gone."""
        session = self._registry.names.get(name)
        if session is None:
            raise WorkerError("WORKER_LOST", "The dbt session is not there any more.", hint="It is started again.")
        if session.control is None or not session.pid:
            session.early.append(connection)  # its template has yet to say that it was forked
            return
        query = Query(self._registry.number(), connection)
        session.queries[query.number] = query
        events = select.EPOLLRDHUP | select.EPOLLHUP
        self._loop.on(connection.fileno(), lambda _: self._closed(query), events)
        for path in session.hello["readableFiles"]:
            _touch(path)
        message = {
            "type": "query",
            "number": query.number,
            "size": address_space(session.pid),
            "addresses": session.addresses,
        }
        try:
            control.send(session.control, message, [connection.fileno()])
        except OSError:  # it is gone, or does not read
            self._end_session(session, None)

    def started(self, session: SessionEntry, number: int, pid: int) -> None:
        """The session says which process answers. It is believed when that is its child."""
        if len(session.queries) >= _MOST_QUERIES:
            self._end_session(session, WorkerError("LIMIT_REACHED", "This session runs too many queries at once."))
            return
        query = session.queries.setdefault(number, Query(number, None))
        if query.pidfd >= 0:
            return
        try:
            if egress.parent_of(pid) != session.pid:
                raise ProcessLookupError
            query.pidfd = syscall("pidfd_open", pid, 0)
        except ProcessLookupError:
            self.done(session, query)
            return
        if egress.parent_of(pid) != session.pid:
            os.close(query.pidfd)
            query.pidfd = -1
            self.done(session, query)
            return
        self._loop.on(query.pidfd, lambda _: self.done(session, query))

    def _closed(self, query: Query) -> None:
        """The query's own watcher hears it too and interrupts; one that does not end is killed."""
        if query.connection is not None:
            self._loop.off(query.connection.fileno())
        self._loop.later(_GRACE_SECONDS, query.kill)

    def done(self, session: SessionEntry, query: Query) -> None:
        """Its process has ended."""
        session.queries.pop(query.number, None)
        if query.connection is not None:
            self._loop.off(query.connection.fileno())
            query.connection.close()
            query.connection = None
        if query.pidfd >= 0:
            self._loop.off(query.pidfd)
            os.close(query.pidfd)
            query.pidfd = -1


def _touch(path: str) -> None:
    """Reads a byte, so that an access time that is due is written by the runner and not counted as a query's write."""
    with contextlib.suppress(OSError), open(path, "rb") as file:
        file.read(1)
