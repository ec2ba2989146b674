"""
The runner: accepts connections, reads one hello of each, forks templates, hands descriptors on, and sees to it that
whatever is no longer wanted ends. It holds no secret and never runs a project's code. One thread: forks follow.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.metadata
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from millrace_worker.lifecycle import control
from millrace_worker.lifecycle.engine import Engine
from millrace_worker.lifecycle.outcome import died
from millrace_worker.lifecycle.pending import PendingHello
from millrace_worker.lifecycle.registry import Query, SessionEntry, TemplateEntry, template_key
from millrace_worker.lifecycle.session import readable_paths
from millrace_worker.lifecycle.template import run_template
from millrace_worker.protocol import EndOfStream, WorkerError, error_body, send_json, validate
from millrace_worker.protocol.types import PROTOCOL_VERSION, RunnerStatus, SessionHello
from millrace_worker.sandbox import cgroup_probe, egress, host, layers
from millrace_worker.sandbox.system import PR_SET_CHILD_SUBREAPER, prctl, syscall

_MIB = 1 << 20
_TICK_SECONDS = 1.0
_CLOSE_GRACE_SECONDS = 0.5
_QUERY_GRACE_SECONDS = 1.5
_HELLO_SECONDS = 10.0
_DISMISS_SECONDS = 2.0
_CONTROL_SECONDS = 1.0  # for the rest of a message, or for room for one: nobody may hold up the loop
_MOST_QUERIES = 256
_OF_SESSIONS: dict[str, tuple[str, ...]] = {"started": ("number", "pid"), "kill": ("number",), "spare": ()}
_OF_TEMPLATES: dict[str, tuple[str, ...]] = {
    "locked": (),
    "parsed": (),
    "forked": ("number", "pid"),
    "ended": ("number", "code"),
    "refused": (),
}
_FIRST_UID, _UIDS = 60000, 5000


@dataclass(frozen=True)
class Options:
    """How a runner is run."""

    adapters: tuple[str, ...]
    template_memory: int = 2048 * _MIB
    """Private memory of templates without sessions that is kept; the least recently used go first."""
    template_address_space: int = 16384 * _MIB
    max_sessions: int = 200
    allow_swap: bool = False
    without: frozenset[str] = field(default_factory=frozenset)
    """Layers left out, for the proof alone."""


def log(event: str, **facts: Any) -> None:
    """One JSON line on standard error. Never a row, a secret or a statement."""
    line = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "part": "runner", "event": event, **facts}
    print(json.dumps(line), file=sys.stderr, flush=True)


class Runner:
    """Everything the runner knows, in one event loop."""

    def __init__(self, engine: Engine, listener: socket.socket, options: Options) -> None:
        self._engine = engine
        self._listener = listener
        self._options = options
        self._host = host.probe(allow_swap=options.allow_swap)
        self._engine_paths = tuple(host.engine_paths())
        self._versions = {"dbt": importlib.metadata.version("dbt-core")}
        self._epoll = select.epoll()
        self._handlers: dict[int, Callable[[int], None]] = {}
        self._templates: dict[str, TemplateEntry] = {}
        self._retired: list[TemplateEntry] = []
        self._sessions: dict[int, SessionEntry] = {}
        self._names: dict[str, SessionEntry] = {}
        self._hellos: dict[int, PendingHello] = {}
        self._resolvers: dict[int, int] = {}
        self._timers: list[tuple[float, Callable[[], None]]] = []
        self._next = 1
        self._stopping = False
        self._draining = False

    # -- loop -------------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Serves until SIGTERM or SIGINT; after SIGUSR1, those alone who are here already."""
        prctl(PR_SET_CHILD_SUBREAPER, 1)
        self._engine.preload(list(self._options.adapters))
        log("preloaded", duckdbProbesHidden=cgroup_probe.hide())
        gc.collect()
        gc.freeze()
        self._size = _resident(os.getpid())
        watch = control.ChildWatch()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGUSR1, self._drain)
        self._listener.setblocking(False)
        self._on(self._listener.fileno(), lambda _: self._accept())
        self._on(watch.fileno(), lambda _: watch.clear())
        log("ready", pid=os.getpid(), landlockAbi=self._host.landlock_abi, missing=list(self._host.missing))
        while not self._stopping:
            for descriptor, events in self._epoll.poll(self._timeout()):
                handler = self._handlers.get(descriptor)
                if handler is not None:
                    handler(events)
            self._tick()
        gone = WorkerError(
            "WORKER_LOST",
            "The dbt runner of this session was shut down.",
            hint="A fresh one starts with your next edit or preview. Your unsaved text is kept.",
        )
        for session in list(self._sessions.values()):
            self._end_session(session, gone)
        for template in [*self._templates.values(), *self._retired]:
            _kill(template.pid)

    def _drain(self, *_: Any) -> None:
        self._draining = True

    def _stop(self, *_: Any) -> None:
        self._stopping = True

    def _on(self, descriptor: int, handler: Callable[[int], None], events: int = select.EPOLLIN) -> None:
        self._handlers[descriptor] = handler
        self._epoll.register(descriptor, events)

    def _off(self, descriptor: int) -> None:
        if self._handlers.pop(descriptor, None) is not None:
            self._epoll.unregister(descriptor)

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        self._timers.append((time.monotonic() + seconds, action))

    def _timeout(self) -> float:
        now = time.monotonic()
        due = min((at for at, _ in self._timers), default=now + _TICK_SECONDS)
        return max(0.0, min(due - now, _TICK_SECONDS))

    def _tick(self) -> None:
        now = time.monotonic()
        due = [action for at, action in self._timers if at <= now]
        self._timers = [timer for timer in self._timers if timer[0] > now]
        for action in due:
            action()
        for pending in list(self._hellos.values()):
            if pending.deadline <= now:
                self._refuse(pending, WorkerError("TIMEOUT", "No hello arrived in time."))
        self._reap(now)
        for template in [*self._templates.values(), *self._retired]:
            if template.supervisor is not None:
                for descriptor in template.supervisor.expire():
                    self._off(descriptor)

    # -- hello ------------------------------------------------------------------------------------------------------

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, ConnectionError):
            return
        connection.setblocking(False)
        pending = PendingHello(connection, time.monotonic() + _HELLO_SECONDS)
        self._hellos[connection.fileno()] = pending
        self._on(connection.fileno(), lambda _: self._greet(pending))

    def _greet(self, pending: PendingHello) -> None:
        try:
            hello = pending.read()
        except WorkerError as error:
            self._refuse(pending, error)
            return
        except (EndOfStream, ConnectionError):
            self._forget(pending)
            pending.connection.close()
            return
        if hello is None:
            return
        self._forget(pending)
        connection = pending.connection
        connection.setblocking(True)
        try:
            match hello["kind"]:
                case "session":
                    self._open_session(connection, cast("SessionHello", hello))
                case "query":
                    self._open_query(connection, hello["session"])
                case _:
                    send_json(connection, self.status())
                    connection.close()
        except WorkerError as error:
            self._dismiss(connection, error)
        except ConnectionError as gone:  # the peer left while it was being answered: its own affair
            log("peer-gone", reason=type(gone).__name__)
            connection.close()

    def _forget(self, pending: PendingHello) -> None:
        self._off(pending.connection.fileno())
        self._hellos.pop(pending.connection.fileno(), None)

    def _refuse(self, pending: PendingHello, error: WorkerError) -> None:
        self._forget(pending)
        self._dismiss(pending.connection, error)

    def _dismiss(self, connection: socket.socket, error: BaseException) -> None:
        """
        Says why and ends. What the peer was already sending is read and thrown away: to close with unread bytes would
        reset the connection, and the reason with it.
        """
        self._say_fatal(connection, error)
        connection.setblocking(False)
        descriptor = connection.fileno()

        def close() -> None:
            if connection.fileno() >= 0:
                self._off(descriptor)
                connection.close()

        def drain(_: int) -> None:
            try:
                if connection.recv(1 << 16):
                    return
            except BlockingIOError:
                return
            except ConnectionError as gone:
                log("dismissed", reason=type(gone).__name__)
            close()

        with contextlib.suppress(OSError):  # the peer has closed, which the handler hears
            connection.shutdown(socket.SHUT_WR)
        self._on(descriptor, drain)
        self._later(_DISMISS_SECONDS, close)

    def _say_fatal(self, connection: socket.socket, error: BaseException) -> None:
        try:
            connection.setblocking(False)
            send_json(connection, {"type": "fatal", "error": error_body(error)})
        except OSError as gone:  # it has closed, or reads nothing
            log("fatal-not-delivered", reason=type(gone).__name__)

    def status(self) -> RunnerStatus:
        """The answer to a status hello."""
        applied = [layer for layer in layers.present(self._host) if layer not in self._options.without]
        return {
            "type": "status",
            "pid": os.getpid(),
            "dbtVersion": self._versions["dbt"],
            "adapters": list(self._options.adapters),
            "sandbox": {
                "layers": [*applied, "egress"],
                "landlockAbi": self._host.landlock_abi,
                "missing": list(self._host.missing),
            },
            "templates": len(self._templates),
            "sessions": len(self._sessions),
            "maxSessions": self._options.max_sessions,
            "draining": self._draining,
        }

    # -- sessions ---------------------------------------------------------------------------------------------------

    def _open_session(self, connection: socket.socket, hello: SessionHello) -> None:
        refusal = self._host.refusal()
        if refusal is not None:
            raise refusal
        if hello["session"] in self._names:
            raise WorkerError("CONFLICT", "There is a session of this name already.")
        if self._draining:
            raise WorkerError(
                "LIMIT_REACHED", "This dbt runner takes no new sessions: it is being shut down.", hint="Try again."
            )
        if len(self._sessions) >= self._options.max_sessions:
            raise WorkerError(
                "LIMIT_REACHED", "Too many people are working on this machine at the moment.", hint="Try again later."
            )
        if hello["environment"]["adapter"] not in self._options.adapters:
            raise WorkerError("INVALID_INPUT", f"This engine has no adapter {hello['environment']['adapter']}.")
        session = SessionEntry(self._next, hello, connection)
        self._next += 1
        self._sessions[session.number] = session
        self._names[hello["session"]] = session
        # Never read here; watched, so that a busy session still ends when its peer has closed.
        self._on(connection.fileno(), lambda _: self._peer_closed(session), select.EPOLLRDHUP | select.EPOLLHUP)
        self._resolve(session, lambda: self._to_template(session))

    def _resolve(self, session: SessionEntry, then: Callable[[], None]) -> None:
        """Looks the session's hosts up in a short fork: name servers may be slow and the loop must not wait."""
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
        self._resolvers[pid] = reader
        self._on(reader, lambda _: self._resolved(session, reader, then))

    def _resolved(self, session: SessionEntry, reader: int, then: Callable[[], None]) -> None:
        self._off(reader)
        data = os.read(reader, 1 << 16)
        os.close(reader)
        found: dict[str, list[str]] = json.loads(data) if data else {}
        session.addresses = {name: addresses for name, addresses in found.items() if addresses}
        session.endpoints = {
            (address, one["port"]) for one in session.hello["egress"] for address in found.get(one["host"], [])
        }
        if session.number in self._sessions:
            then()

    def _to_template(self, session: SessionEntry) -> None:
        key = template_key(session.hello)
        template = self._templates.get(key)
        if template is None:
            self._make_room()
            template = self._fork_template(key, session.hello)
        template.used = time.monotonic()
        template.sessions.add(session.number)
        session.template = template
        mine, theirs = control.pair()
        mine.settimeout(_CONTROL_SECONDS)
        session.control = mine
        self._on(mine.fileno(), lambda _: self._hear_session(session))
        message = {"type": "open", "number": session.number, "hello": session.hello}
        with contextlib.suppress(OSError):  # its end is heard on the same socket
            control.send(template.control, message, [session.connection.fileno(), theirs.fileno()])
        theirs.close()
        log("session", session=session.number, template=template.pid, user=session.hello["user"])

    def _hear_session(self, session: SessionEntry) -> None:
        assert session.control is not None
        try:
            message, descriptors = control.hear(session.control, _OF_SESSIONS)
            control.close(descriptors)
        except (EndOfStream, WorkerError, OSError):
            # Its template says in a moment how it ended.
            self._off(session.control.fileno())
            for query in session.queries.values():
                query.kill()
            self._later(_CLOSE_GRACE_SECONDS, lambda: self._end_session(session))
            return
        match message["type"]:
            case "started":
                self._query_started(session, message["number"], message["pid"])
            case "kill" if message["number"] in session.queries:
                session.queries[message["number"]].kill()
            case "spare":
                self._offer_spare(session)

    def _offer_spare(self, session: SessionEntry) -> None:
        """The session has asked what a query process would be given now, to make one ahead."""
        size = _address_space(session.pid)
        if session.control is None or size == 0:
            return
        with contextlib.suppress(OSError):  # its end is heard on the same socket
            control.send(session.control, {"type": "spare", "size": size, "addresses": session.addresses})

    def _peer_closed(self, session: SessionEntry) -> None:
        """The session hears it too and leaves by itself; one that is too busy to hear is killed."""
        self._off(session.connection.fileno())
        self._later(_CLOSE_GRACE_SECONDS, lambda: self._end_session(session))

    def _end_session(self, session: SessionEntry, error: WorkerError | None = None) -> None:
        if self._sessions.pop(session.number, None) is None:
            return
        self._names.pop(session.hello["session"], None)
        for query in list(session.queries.values()):
            query.kill()
            self._query_done(session, query)
        for connection in session.early:
            self._dismiss(connection, error or WorkerError("WORKER_LOST", "The dbt session has ended."))
        if session.pid:
            _kill_verified(session.pid, session.template.pid if session.template else 0)
        if session.control is not None:
            self._off(session.control.fileno())
            session.control.close()
        self._off(session.connection.fileno())
        if error is None:
            session.connection.close()
        else:
            self._dismiss(session.connection, error)
        if session.template is not None:
            session.template.sessions.discard(session.number)
            session.template.used = time.monotonic()
        log("session-ended", session=session.number)

    # -- queries ----------------------------------------------------------------------------------------------------

    def _open_query(self, connection: socket.socket, name: str) -> None:
        session = self._names.get(name)
        if session is None:
            raise WorkerError("WORKER_LOST", "The dbt session is not there any more.", hint="It is started again.")
        if session.control is None or not session.pid:
            session.early.append(connection)  # its template has yet to say that it was forked
            return
        query = Query(self._next, connection)
        self._next += 1
        session.queries[query.number] = query
        self._on(connection.fileno(), lambda _: self._query_closed(session, query), select.EPOLLRDHUP | select.EPOLLHUP)
        for path in session.hello["readableFiles"]:
            _touch(path)
        message = {
            "type": "query",
            "number": query.number,
            "size": _address_space(session.pid),
            "addresses": session.addresses,
        }
        try:
            control.send(session.control, message, [connection.fileno()])
        except OSError:  # it is gone, or does not read
            self._end_session(session)

    def _query_started(self, session: SessionEntry, number: int, pid: int) -> None:
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
            self._query_done(session, query)
            return
        if egress.parent_of(pid) != session.pid:
            os.close(query.pidfd)
            query.pidfd = -1
            self._query_done(session, query)
            return
        self._on(query.pidfd, lambda _: self._query_done(session, query))

    def _query_closed(self, session: SessionEntry, query: Query) -> None:
        """The query's own watcher hears it too and interrupts; one that does not end is killed."""
        if query.connection is not None:
            self._off(query.connection.fileno())
        self._later(_QUERY_GRACE_SECONDS, query.kill)

    def _query_done(self, session: SessionEntry, query: Query) -> None:
        session.queries.pop(query.number, None)
        if query.connection is not None:
            self._off(query.connection.fileno())
            query.connection.close()
            query.connection = None
        if query.pidfd >= 0:
            self._off(query.pidfd)
            os.close(query.pidfd)
            query.pidfd = -1

    # -- templates --------------------------------------------------------------------------------------------------

    def _fork_template(self, key: str, hello: SessionHello) -> TemplateEntry:
        readable = tuple(readable_paths(hello, hello["shareRoot"]))
        outside = [path for path in (*self._engine_paths, *readable) if not path.endswith(".wal")]
        confinement = layers.Confinement(
            host=self._host,
            engine=self._engine_paths,
            readable=readable,
            ports=tuple(sorted({one["port"] for one in hello["egress"]})),
            uid=self._free_uid() if self._host.root else None,
            capability=None if not self._host.root or host.readable_by_others(outside) else host.search_capability(),
            address_space=self._options.template_address_space + _address_space(os.getpid()),
            without=self._options.without,
        )
        mine, theirs = control.pair()
        mine.settimeout(_CONTROL_SECONDS)
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            run_template(self._engine, theirs, confinement, parent=parent, versions=self._versions)
        theirs.close()
        template = TemplateEntry(key=key, pid=pid, uid=confinement.uid, control=mine)
        self._templates[key] = template
        self._on(mine.fileno(), lambda _: self._hear_template(template))
        log("template", pid=pid, project=hello["project"], uid=confinement.uid, capability=confinement.capability)
        return template

    def _free_uid(self) -> int:
        taken = {template.uid for template in [*self._templates.values(), *self._retired]}
        free = next((uid for uid in range(_FIRST_UID, _FIRST_UID + _UIDS) if uid not in taken), None)
        if free is None:
            raise WorkerError("LIMIT_REACHED", "Too many projects are open on this machine at the moment.")
        return free

    def _hear_template(self, template: TemplateEntry) -> None:
        try:
            message, descriptors = control.hear(template.control, _OF_TEMPLATES)
            if message["type"] == "refused":
                validate("ErrorBody", message["error"])
        except (EndOfStream, WorkerError, OSError, KeyError):
            self._end_template(template)
            return
        if message["type"] != "locked" or template.locked:
            control.close(descriptors)
        match message["type"]:
            case "locked" if not template.locked:
                template.locked = True
                for descriptor in descriptors:
                    self._supervise(template, descriptor)
            case "parsed":
                if message.get("broken"):
                    self._retire(template)
            case "forked":
                session = self._own_session(template, message["number"])
                if session is not None and egress.parent_of(message["pid"]) == template.pid:
                    session.pid = message["pid"]
                    early, session.early = session.early, []
                    for connection in early:
                        self._open_query(connection, session.hello["session"])
                else:
                    _kill_verified(message["pid"], template.pid)
            case "ended":
                if self._own_session(template, message["number"]) is not None:
                    self._session_died(message["number"], message["code"])
            case "refused":
                template.error = message["error"]

    def _own_session(self, template: TemplateEntry, number: int) -> SessionEntry | None:
        """A template speaks of its own sessions alone."""
        session = self._sessions.get(number)
        return session if session is not None and session.template is template else None

    def _session_died(self, number: int, code: int) -> None:
        session = self._sessions.get(number)
        if session is None:
            return
        error = None
        session.pid = 0
        if code != 0:
            error = died("session", code)
        self._end_session(session, error)

    def _supervise(self, template: TemplateEntry, listener: int) -> None:
        supervisor = egress.Supervisor(listener, lambda process: self._endpoints(template, process))
        template.supervisor = supervisor

        def handle(_: int) -> None:
            waiting = supervisor.handle()
            if waiting is not None:
                self._on(waiting, lambda _: finish(waiting), select.EPOLLOUT)

        def finish(descriptor: int) -> None:
            self._off(descriptor)
            supervisor.finish(descriptor)

        self._on(listener, handle)

    def _endpoints(self, template: TemplateEntry, process: int) -> set[egress.Endpoint]:
        """A template itself may reach nothing; what descends from a session may reach that session's endpoints."""
        sessions = {self._sessions[number].pid: self._sessions[number] for number in template.sessions}
        seen = 0
        while process > 1 and process != template.pid and seen < 16:
            if process in sessions:
                return sessions[process].endpoints
            process = egress.parent_of(process)
            seen += 1
        return set()

    def _retire(self, template: TemplateEntry) -> None:
        """No new sessions; it ends with its last one."""
        if self._templates.get(template.key) is template:
            del self._templates[template.key]
            self._retired.append(template)
            with contextlib.suppress(OSError):  # already gone, which is heard on the same socket
                control.send(template.control, {"type": "retire"})

    def _end_template(self, template: TemplateEntry) -> None:
        if self._templates.get(template.key) is template:
            del self._templates[template.key]
        if template in self._retired:
            self._retired.remove(template)
        self._off(template.control.fileno())
        template.control.close()
        _kill(template.pid)
        if template.supervisor is not None:
            for descriptor in template.supervisor.waiting():
                self._off(descriptor)
            self._off(template.supervisor.fileno())
            template.supervisor.close()
        error = WorkerError("WORKER_LOST", "The process that holds the parsed project was lost.")
        if template.error is not None:
            body = template.error
            error = WorkerError(body["code"], body["message"], hint=body["hint"], details=body["details"])
        for number in list(template.sessions):
            if number in self._sessions:
                self._end_session(self._sessions[number], error)
        log("template-ended", pid=template.pid)

    def _make_room(self) -> None:
        """Ends the least recently used templates that nobody works on, until the rest fit the budget."""
        idle = sorted((one for one in self._templates.values() if not one.sessions), key=lambda one: one.used)
        total = sum(max(0, _resident(one.pid) - self._size) for one in idle)
        for template in idle:
            if total <= self._options.template_memory:
                return
            total -= max(0, _resident(template.pid) - self._size)
            self._end_template(template)

    # -- what is left over ------------------------------------------------------------------------------------------

    def _reap(self, now: float) -> None:
        """Reaps what ended and kills what was orphaned: the runner is the subreaper of everything below it."""
        known = {template.pid for template in [*self._templates.values(), *self._retired]} | self._resolvers.keys()
        for child in _children(os.getpid()):
            if child not in known:
                _kill(child)
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                self._resolvers.pop(ended[0], None)


def _touch(path: str) -> None:
    """Reads a byte, so that an access time that is due is written by the runner and not counted as a query's write."""
    with contextlib.suppress(OSError), open(path, "rb") as file:
        file.read(1)


def _children(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
        return [int(child) for child in children.read().split()]


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _kill_verified(pid: int, parent: int) -> None:
    """A descendant by what its parent told us; its id may have passed to another process since."""
    if egress.parent_of(pid) in (parent, os.getpid()):
        _kill(pid)


def _statm(pid: int, column: int) -> int:
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[column]) * os.sysconf("SC_PAGE_SIZE")
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _address_space(pid: int) -> int:
    return _statm(pid, 0)


def _resident(pid: int) -> int:
    return _statm(pid, 1)


__all__ = ["PROTOCOL_VERSION", "Options", "Runner", "log"]
