"""Templates, as the runner sees them: forked for a project at a commit, heard but not believed, let go when unused."""

from __future__ import annotations

import contextlib
import os
import select
import time

from millrace_worker.lifecycle import control
from millrace_worker.lifecycle.engine import Engine
from millrace_worker.lifecycle.kept import KeptParse, engine_version
from millrace_worker.lifecycle.log import log
from millrace_worker.lifecycle.loop import Loop
from millrace_worker.lifecycle.options import Options
from millrace_worker.lifecycle.outcome import died
from millrace_worker.lifecycle.processes import address_space, kill, kill_verified, resident
from millrace_worker.lifecycle.registry import Registry, SessionEntry, TemplateEntry, template_key
from millrace_worker.lifecycle.session import readable_paths
from millrace_worker.lifecycle.sessions import CONTROL_SECONDS, Sessions
from millrace_worker.lifecycle.template import run_template
from millrace_worker.protocol import EndOfStream, WorkerError, validate
from millrace_worker.protocol.types import SessionHello
from millrace_worker.sandbox import egress, host, layers

_MESSAGES: dict[str, tuple[str, ...]] = {
    "locked": (),
    "parsed": (),
    "forked": ("number", "pid"),
    "ended": ("number", "code"),
    "refused": (),
}
_FIRST_UID, _UIDS = 60000, 5000


class Templates:
    """Forks templates and hears them. `size` is what the runner itself held when it was ready, in bytes."""

    def __init__(
        self,
        *,
        engine: Engine,
        loop: Loop,
        registry: Registry,
        sessions: Sessions,
        machine: host.Host,
        versions: dict[str, str],
        options: Options,
    ) -> None:
        self._engine = engine
        self._loop = loop
        self._registry = registry
        self._sessions = sessions
        self._host = machine
        self._engine_paths = tuple(host.engine_paths())
        self._versions = versions
        self._options = options
        self.size = 0

    def place(self, session: SessionEntry) -> None:
        """Puts a session on its template, which is forked when there is none."""
        key = template_key(session.hello)
        template = self._registry.templates.get(key)
        if template is None:
            self._make_room()
            template = self._fork(key, session.hello)
        template.used = time.monotonic()
        self._sessions.join(session, template)

    def expire(self) -> None:
        """Lets go of connections that took too long to be made."""
        for template in self._registry.every_template():
            if template.supervisor is not None:
                for descriptor in template.supervisor.expire():
                    self._loop.off(descriptor)

    # -- start ------------------------------------------------------------------------------------------------------

    def _fork(self, key: str, hello: SessionHello) -> TemplateEntry:
        readable = tuple(readable_paths(hello, hello["shareRoot"]))
        outside = [path for path in (*self._engine_paths, *readable) if not path.endswith(".wal")]
        confinement = layers.Confinement(
            host=self._host,
            engine=self._engine_paths,
            readable=readable,
            ports=tuple(sorted({one["port"] for one in hello["egress"]})),
            uid=self._free_uid() if self._host.root else None,
            capability=None if not self._host.root or host.readable_by_others(outside) else host.search_capability(),
            address_space=self._options.template_address_space + address_space(os.getpid()),
            without=self._options.without,
        )
        mine, theirs = control.pair()
        mine.settimeout(CONTROL_SECONDS)
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            kept = None
            if self._options.parses is not None:
                kept = KeptParse(self._options.parses, hello, engine_version(hello["environment"]["adapter"]))
            run_template(self._engine, theirs, confinement, parent=parent, versions=self._versions, kept=kept)
        theirs.close()
        template = TemplateEntry(key=key, pid=pid, uid=confinement.uid, control=mine)
        self._registry.templates[key] = template
        self._loop.on(mine.fileno(), lambda _: self._hear(template))
        log("template", pid=pid, project=hello["project"], uid=confinement.uid, capability=confinement.capability)
        return template

    def _free_uid(self) -> int:
        taken = {template.uid for template in self._registry.every_template()}
        free = next((uid for uid in range(_FIRST_UID, _FIRST_UID + _UIDS) if uid not in taken), None)
        if free is None:
            raise WorkerError(
                "LIMIT_REACHED",
                "Too many projects are open on this machine at the moment.",
                details={"limit": "runner"},
            )
        return free

    # -- what they say ----------------------------------------------------------------------------------------------

    def _hear(self, template: TemplateEntry) -> None:
        try:
            message, descriptors = control.hear(template.control, _MESSAGES)
            if message["type"] == "refused":
                validate("ErrorBody", message["error"])
        except (EndOfStream, WorkerError, OSError, KeyError):
            self._end(template)
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
                    self._sessions.forked(session, message["pid"])
                else:
                    kill_verified(message["pid"], template.pid)
            case "ended":
                session = self._own_session(template, message["number"])
                if session is not None:
                    session.pid = 0
                    self._sessions.end(session, self._how_it_ended(session, message["code"]))
            case "refused":
                template.error = message["error"]

    def _how_it_ended(self, session: SessionEntry, code: int) -> WorkerError | None:
        return None if code == 0 else died("session", code, session.hello["limits"])

    def _own_session(self, template: TemplateEntry, number: int) -> SessionEntry | None:
        """A template speaks of its own sessions alone."""
        session = self._registry.sessions.get(number)
        return session if session is not None and session.template is template else None

    # -- connections ------------------------------------------------------------------------------------------------

    def _supervise(self, template: TemplateEntry, listener: int) -> None:
        supervisor = egress.Supervisor(listener, lambda process: self._endpoints(template, process))
        template.supervisor = supervisor

        def handle(_: int) -> None:
            waiting = supervisor.handle()
            if waiting is not None:
                self._loop.on(waiting, lambda _: finish(waiting), select.EPOLLOUT)

        def finish(descriptor: int) -> None:
            self._loop.off(descriptor)
            supervisor.finish(descriptor)

        self._loop.on(listener, handle)

    def _endpoints(self, template: TemplateEntry, process: int) -> set[egress.Endpoint]:
        """A template itself may reach nothing; what descends from a session may reach that session's endpoints."""
        sessions = {one.pid: one for one in (self._registry.sessions[number] for number in template.sessions)}
        seen = 0
        while process > 1 and process != template.pid and seen < 16:
            if process in sessions:
                return sessions[process].endpoints
            process = egress.parent_of(process)
            seen += 1
        return set()

    # -- end --------------------------------------------------------------------------------------------------------

    def _retire(self, template: TemplateEntry) -> None:
        """No new sessions; it ends with its last one."""
        if self._registry.templates.get(template.key) is template:
            del self._registry.templates[template.key]
            self._registry.retired.append(template)
            with contextlib.suppress(OSError):  # already gone, which is heard on the same socket
                control.send(template.control, {"type": "retire"})

    def _end(self, template: TemplateEntry) -> None:
        self._registry.forget_template(template)
        self._loop.off(template.control.fileno())
        template.control.close()
        kill(template.pid)
        if template.supervisor is not None:
            for descriptor in template.supervisor.waiting():
                self._loop.off(descriptor)
            self._loop.off(template.supervisor.fileno())
            template.supervisor.close()
        error = WorkerError("WORKER_LOST", "The process that holds the parsed project was lost.")
        if template.error is not None:
            body = template.error
            error = WorkerError(body["code"], body["message"], hint=body["hint"], details=body["details"])
        for number in list(template.sessions):
            session = self._registry.sessions.get(number)
            if session is not None:
                self._sessions.end(session, error)
        log("template-ended", pid=template.pid)

    def _make_room(self) -> None:
        """Ends the least recently used templates that nobody works on, until the rest fit the budget."""
        unused = [one for one in self._registry.templates.values() if not one.sessions]
        total = sum(max(0, resident(one.pid) - self.size) for one in unused)
        for template in sorted(unused, key=lambda one: one.used):
            if total <= self._options.template_memory:
                return
            total -= max(0, resident(template.pid) - self.size)
            self._end(template)
