"""Sessions, as the runner sees them: from the hello that opens one to the end of its process."""

from __future__ import annotations

import contextlib
import select
import socket

from millrace_worker.lifecycle import control
from millrace_worker.lifecycle.log import log
from millrace_worker.lifecycle.loop import Loop
from millrace_worker.lifecycle.processes import address_space, kill_verified
from millrace_worker.lifecycle.queries import Queries
from millrace_worker.lifecycle.reception import Reception
from millrace_worker.lifecycle.registry import Registry, SessionEntry, TemplateEntry
from millrace_worker.lifecycle.resolver import Resolver
from millrace_worker.lifecycle.spare import spare_seconds
from millrace_worker.protocol import EndOfStream, WorkerError
from millrace_worker.protocol.types import SessionHello

_CLOSE_GRACE_SECONDS = 0.5
CONTROL_SECONDS = 1.0
"""For the rest of a message, or for room for one: nobody may hold up the loop."""
_MESSAGES: dict[str, tuple[str, ...]] = {"started": ("number", "pid"), "kill": ("number",), "spare": ()}


class Sessions:
    """Opens and ends sessions, and hears what they say."""

    def __init__(self, loop: Loop, registry: Registry, reception: Reception) -> None:
        self._loop = loop
        self._registry = registry
        self._reception = reception
        self.resolver = Resolver(loop)
        self.queries = Queries(loop, registry, self.end)

    def open(self, connection: socket.socket, hello: SessionHello) -> SessionEntry:
        """Notes a session; from here on it ends when its peer closes."""
        session = SessionEntry(self._registry.number(), hello, connection)
        self._registry.sessions[session.number] = session
        self._registry.names[hello["session"]] = session
        # Never read here; watched, so that a busy session still ends when its peer has closed.
        events = select.EPOLLRDHUP | select.EPOLLHUP
        self._loop.on(connection.fileno(), lambda _: self._peer_closed(session), events)
        return session

    def join(self, session: SessionEntry, template: TemplateEntry) -> None:
        """Asks the template to fork it."""
        template.sessions.add(session.number)
        session.template = template
        mine, theirs = control.pair()
        mine.settimeout(CONTROL_SECONDS)
        session.control = mine
        self._loop.on(mine.fileno(), lambda _: self._hear(session))
        message = {"type": "open", "number": session.number, "hello": session.hello}
        with contextlib.suppress(OSError):  # its end is heard on the same socket
            control.send(template.control, message, [session.connection.fileno(), theirs.fileno()])
        theirs.close()
        log("session", session=session.number, template=template.pid, user=session.hello["user"])

    def forked(self, session: SessionEntry, pid: int) -> None:
        """Its process is there: queries that came early are handed to it."""
        session.pid = pid
        early, session.early = session.early, []
        for connection in early:
            self.queries.open(connection, session.hello["session"])

    def end(self, session: SessionEntry, error: WorkerError | None = None) -> None:
        """Ends its process and its queries, and tells its peer why when there is a reason."""
        if self._registry.sessions.pop(session.number, None) is None:
            return
        self._registry.names.pop(session.hello["session"], None)
        for query in list(session.queries.values()):
            query.kill()
            self.queries.done(session, query)
        for connection in session.early:
            self._reception.dismiss(connection, error or WorkerError("WORKER_LOST", "The dbt session has ended."))
        if session.pid:
            kill_verified(session.pid, session.template.pid if session.template else 0)
        if session.control is not None:
            self._loop.off(session.control.fileno())
            session.control.close()
        self._loop.off(session.connection.fileno())
        if error is None:
            session.connection.close()
        else:
            self._reception.dismiss(session.connection, error)
        if session.template is not None:
            session.template.leave(session.number)
        log("session-ended", session=session.number)

    def _hear(self, session: SessionEntry) -> None:
        assert session.control is not None
        try:
            message, descriptors = control.hear(session.control, _MESSAGES)
            control.close(descriptors)
        except (EndOfStream, WorkerError, OSError):
            # Its template says in a moment how it ended.
            self._loop.off(session.control.fileno())
            for query in session.queries.values():
                query.kill()
            self._loop.later(_CLOSE_GRACE_SECONDS, lambda: self.end(session))
            return
        match message["type"]:
            case "started":
                self.queries.started(session, message["number"], message["pid"])
            case "kill" if message["number"] in session.queries:
                session.queries[message["number"]].kill()
            case "spare":
                self._offer_spare(session)

    def _offer_spare(self, session: SessionEntry) -> None:
        """The session has asked what a query process would be given now, to make one ahead."""
        size = address_space(session.pid)
        if session.control is None or size == 0:
            return
        with contextlib.suppress(OSError):  # its end is heard on the same socket
            keep = spare_seconds(len(self._registry.sessions))
            message = {"type": "spare", "size": size, "addresses": session.addresses, "seconds": keep}
            control.send(session.control, message)

    def _peer_closed(self, session: SessionEntry) -> None:
        """The session hears it too and leaves by itself; one that is too busy to hear is killed."""
        self._loop.off(session.connection.fileno())
        self._loop.later(_CLOSE_GRACE_SECONDS, lambda: self.end(session))
