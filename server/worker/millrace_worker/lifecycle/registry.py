"""What the runner remembers of templates, sessions and queries."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import socket
import time
from dataclasses import dataclass, field
from typing import Any

from millrace_worker.protocol.types import ErrorBody, SessionHello
from millrace_worker.sandbox import egress
from millrace_worker.sandbox.system import syscall


@dataclass(eq=False)
class TemplateEntry:
    """One template process."""

    key: str
    pid: int
    uid: int | None
    control: socket.socket
    used: float = 0.0
    sessions: set[int] = field(default_factory=set)
    supervisor: egress.Supervisor | None = None
    locked: bool = False
    """It has said so, which is the last that is heard of it before it runs a project's code."""
    error: ErrorBody | None = None

    def leave(self, session: int) -> None:
        """That session has ended."""
        self.sessions.discard(session)
        self.used = time.monotonic()


@dataclass(eq=False)
class Query:
    """One query process, known by a descriptor rather than an id that may be given again."""

    number: int
    connection: socket.socket | None
    pidfd: int = -1

    def kill(self) -> None:
        """Ends it at once."""
        if self.pidfd >= 0:
            with contextlib.suppress(ProcessLookupError):
                syscall("pidfd_send_signal", self.pidfd, signal.SIGKILL.value, None, 0)


@dataclass(eq=False)
class SessionEntry:
    """One session process, from its hello to its end."""

    number: int
    hello: SessionHello
    connection: socket.socket
    template: TemplateEntry | None = None
    control: socket.socket | None = None
    pid: int = 0
    addresses: dict[str, list[str]] = field(default_factory=dict)
    endpoints: set[egress.Endpoint] = field(default_factory=set)
    queries: dict[int, Query] = field(default_factory=dict)
    early: list[socket.socket] = field(default_factory=list)
    """Queries that arrived before the session's process was known."""


class Registry:
    """Every template and session of one runner."""

    def __init__(self) -> None:
        self.templates: dict[str, TemplateEntry] = {}
        self.retired: list[TemplateEntry] = []
        self.sessions: dict[int, SessionEntry] = {}
        self.names: dict[str, SessionEntry] = {}
        self._next = 1

    def number(self) -> int:
        """A number that nothing else of this runner has."""
        self._next += 1
        return self._next - 1

    def every_template(self) -> list[TemplateEntry]:
        """Those that take new sessions and those that do not any more."""
        return [*self.templates.values(), *self.retired]

    def forget_template(self, template: TemplateEntry) -> None:
        """It is gone."""
        if self.templates.get(template.key) is template:
            del self.templates[template.key]
        if template in self.retired:
            self.retired.remove(template)


def _identity(path: str) -> list[int] | None:
    """Landlock knows files, not names: a file that was replaced needs a template that may read the new one."""
    try:
        status = os.stat(path)
    except OSError:  # absent, or not to be reached: the session's own error says so
        return None
    return [status.st_dev, status.st_ino]


def template_key(hello: SessionHello) -> str:
    """Sessions with the same key fork from the same template."""
    environment = hello["environment"]
    beside = [file + suffix for file in hello["readableFiles"] for suffix in ("", ".wal")]
    parts: list[Any] = [
        hello["organisation"],
        hello["project"],
        hello["commit"] or hello["workspaceRoot"],
        hello["shareRoot"],
        os.path.relpath(hello["projectRoot"], hello["workspaceRoot"]),
        environment["adapter"],
        environment["target"],
        environment["threads"],
        environment["settings"],
        hello["vars"],
        [[file, _identity(file)] for file in beside],
        hello["egress"],
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
