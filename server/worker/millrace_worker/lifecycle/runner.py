"""
The runner: accepts connections, reads one hello of each, forks templates, hands descriptors on, and sees to it that
whatever is no longer wanted ends. It holds no secret and never runs a project's code. One thread: forks follow.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.metadata
import os
import signal
import socket
import time
from typing import Any, cast

from millrace_worker.lifecycle import control
from millrace_worker.lifecycle.engine import Engine
from millrace_worker.lifecycle.log import log
from millrace_worker.lifecycle.loop import Loop
from millrace_worker.lifecycle.options import Options
from millrace_worker.lifecycle.processes import children, kill, resident
from millrace_worker.lifecycle.reception import Reception
from millrace_worker.lifecycle.registry import Registry
from millrace_worker.lifecycle.sessions import Sessions
from millrace_worker.lifecycle.templates import Templates
from millrace_worker.protocol import WorkerError, send_json
from millrace_worker.protocol.types import RunnerStatus, SessionHello
from millrace_worker.sandbox import cgroup_probe, host, layers
from millrace_worker.sandbox.system import PR_SET_CHILD_SUBREAPER, prctl


class Runner:
    """Everything below one listening socket, in one event loop."""

    def __init__(self, engine: Engine, listener: socket.socket, options: Options) -> None:
        self._engine = engine
        self._options = options
        self._host = host.probe(allow_swap=options.allow_swap)
        self._versions = {"dbt": importlib.metadata.version("dbt-core")}
        self._loop = Loop()
        self._registry = Registry()
        self._reception = Reception(self._loop, listener, self._serve)
        self._sessions = Sessions(self._loop, self._registry, self._reception)
        self._templates = Templates(
            engine=engine,
            loop=self._loop,
            registry=self._registry,
            sessions=self._sessions,
            machine=self._host,
            versions=self._versions,
            options=options,
        )
        self._stopping = False
        self._draining = False

    def run(self) -> None:
        """Serves until SIGTERM or SIGINT; after SIGUSR1, those alone who are here already."""
        prctl(PR_SET_CHILD_SUBREAPER, 1)
        self._engine.preload(list(self._options.adapters))
        log("preloaded", duckdbProbesHidden=cgroup_probe.hide())
        gc.collect()
        gc.freeze()
        self._templates.size = resident(os.getpid())
        watch = control.ChildWatch()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGUSR1, self._drain)
        self._reception.open()
        self._loop.on(watch.fileno(), lambda _: watch.clear())
        log("ready", pid=os.getpid(), landlockAbi=self._host.landlock_abi, missing=list(self._host.missing))
        while not self._stopping:
            self._loop.turn()
            self._reception.expire(time.monotonic())
            self._reap()
            self._templates.expire()
        gone = WorkerError(
            "WORKER_LOST",
            "The dbt runner of this session was shut down.",
            hint="A fresh one starts with your next edit or preview. Your unsaved text is kept.",
        )
        for session in list(self._registry.sessions.values()):
            self._sessions.end(session, gone)
        for template in self._registry.every_template():
            kill(template.pid)

    def _drain(self, *_: Any) -> None:
        self._draining = True

    def _stop(self, *_: Any) -> None:
        self._stopping = True

    def _serve(self, connection: socket.socket, hello: dict[str, Any]) -> None:
        match hello["kind"]:
            case "session":
                self._open_session(connection, cast("SessionHello", hello))
            case "query":
                self._sessions.queries.open(connection, hello["session"])
            case _:
                send_json(connection, self.status())
                connection.close()

    def _open_session(self, connection: socket.socket, hello: SessionHello) -> None:
        refusal = self._host.refusal()
        if refusal is not None:
            raise refusal
        if hello["session"] in self._registry.names:
            raise WorkerError("CONFLICT", "There is a session of this name already.")
        if self._draining:
            raise WorkerError(
                "LIMIT_REACHED", "This dbt runner takes no new sessions: it is being shut down.", hint="Try again."
            )
        if len(self._registry.sessions) >= self._options.max_sessions:
            raise WorkerError(
                "LIMIT_REACHED",
                "Too many people are working on this machine at the moment.",
                hint="Try again later.",
                details={"limit": "runner"},
            )
        if hello["environment"]["adapter"] not in self._options.adapters:
            raise WorkerError("INVALID_INPUT", f"This engine has no adapter {hello['environment']['adapter']}.")
        session = self._sessions.open(connection, hello)

        def resolved() -> None:
            if session.number in self._registry.sessions:
                self._templates.place(session)

        self._sessions.resolver.resolve(session, resolved)

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
            "templates": len(self._registry.templates),
            "sessions": len(self._registry.sessions),
            "maxSessions": self._options.max_sessions,
            "draining": self._draining,
        }

    def _reap(self) -> None:
        """Reaps what ended and kills what was orphaned: the runner is the subreaper of everything below it."""
        resolvers = self._sessions.resolver.pids
        known = {template.pid for template in self._registry.every_template()} | resolvers
        for child in children(os.getpid()):
            if child not in known:
                kill(child)
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                resolvers.discard(ended[0])
