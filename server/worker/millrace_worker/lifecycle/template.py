"""One project at one commit, parsed once; holds no credentials; sessions fork from it and share it copy-on-write."""

from __future__ import annotations

import contextlib
import gc
import linecache
import os
import select
import socket
import time
from dataclasses import dataclass
from typing import Any, NoReturn

from millrace_worker.lifecycle import control
from millrace_worker.lifecycle.engine import Engine, Project
from millrace_worker.lifecycle.idle import IdleWork
from millrace_worker.lifecycle.kept import KeptParse, send_parse
from millrace_worker.lifecycle.session import Start, run_session
from millrace_worker.protocol import EndOfStream, WorkerError, encode_json, error_body, receive_json, validate
from millrace_worker.protocol.types import FRAME_JSON, SessionHello
from millrace_worker.sandbox import layers
from millrace_worker.sandbox.system import set_name

_FRAME_TIMEOUT = 60.0
_PROGRESS_SECONDS = 0.1
_KEEP_AFTER_SECONDS = 2.0
"""Those who waited for the parse have the processors first."""


@dataclass
class _Waiting:
    number: int
    hello: SessionHello
    connection: socket.socket
    control: socket.socket
    changed: list[str] | None = None
    """Paths of its template frame, when that was read here."""


class Template:
    """The loop of a template process."""

    def __init__(
        self,
        engine: Engine,
        runner: socket.socket,
        confinement: layers.Confinement,
        versions: dict[str, str],
        kept: KeptParse | None = None,
    ) -> None:
        self._engine = engine
        self._runner = runner
        self._confinement = confinement
        self._versions = versions
        self._kept = kept
        self._project: Project | None = None
        self._idle: IdleWork | None = None
        self._waiting: list[_Waiting] = []
        self._sessions: dict[int, int] = {}
        self._retired = False
        self._said_at = 0.0

    def serve(self) -> None:
        """Returns when it is retired and its last session has ended. Raises EndOfStream when the runner is gone."""
        watch = control.ChildWatch()
        poller = select.poll()
        poller.register(self._runner, select.POLLIN)
        poller.register(watch, select.POLLIN)
        while self._sessions or self._waiting or not self._retired:
            ready = {descriptor for descriptor, _ in poller.poll(self._milliseconds_left())}
            if watch.fileno() in ready:
                watch.clear()
                self._reap()
            if self._runner.fileno() in ready:
                self._take()
            if not ready and self._idle is not None:
                self._idle.slice()
            if self._waiting:
                was_parsed = self._project is not None
                project = self._project or self._parse()
                while project is not None and self._waiting:
                    self._fork(project, self._waiting[0], was_parsed)
                    self._waiting.pop(0)
                if project is not None and not was_parsed:
                    self._keep(project)

    def _milliseconds_left(self) -> float | None:
        """Until the next slice of what every session of this project would otherwise work out for itself."""
        left = self._idle.seconds_left() if self._idle is not None else float("inf")
        return None if left == float("inf") else left * 1000

    def _take(self) -> None:
        message, descriptors = control.receive(self._runner)
        if message["type"] == "retire":
            self._retired = True
            return
        connection, session_control = (socket.socket(fileno=descriptor) for descriptor in descriptors)
        if self._idle is not None:
            self._idle.touch()
        self._waiting.append(_Waiting(message["number"], message["hello"], connection, session_control))

    # -- parse ------------------------------------------------------------------------------------------------------

    def _committed(self) -> dict[str, str | None] | None:
        """Reads the template frame of the first who waits; null when nobody is left who sends one."""
        while self._waiting:
            first = self._waiting[0]
            try:
                first.connection.settimeout(_FRAME_TIMEOUT)
                frame = receive_json(first.connection)
                validate("TemplateFrame", frame)
                first.connection.settimeout(None)
            except (EndOfStream, OSError, WorkerError):
                # That session's loss: the runner sees its connection close. The next in line parses.
                self._forget(self._waiting.pop(0))
                continue
            first.changed = [file["path"] for file in frame["committed"]]
            return {file["path"]: file["text"] for file in frame["committed"]}
        return None

    def _forget(self, waiting: _Waiting) -> None:
        waiting.connection.close()
        waiting.control.close()

    def _parse(self) -> Project | None:
        committed = self._committed()
        if committed is None:
            return None
        first = self._waiting[0]
        found = self._kept.found if self._kept is not None else None
        saved = None if found is None else memoryview(found)
        project = self._engine.open_project(
            project_root=first.hello["projectRoot"],
            environment=dict(first.hello["environment"]),
            variables=first.hello["vars"],
            committed=committed,
            progress=self._progress,
            saved=saved,
        )
        if found is not None and saved is not None and self._kept is not None:
            saved.release()
            found.close()
            self._kept.found = None
        gc.collect()
        gc.freeze()
        self._project = project
        self._idle = IdleWork(project, _settled)
        control.send(self._runner, {"type": "parsed", "broken": project.error is not None})
        return project

    def _keep(self, project: Project) -> None:
        """In a fork of its own: to pack a large project takes seconds, and those who come now must not wait."""
        if self._kept is None or self._kept.writer < 0:
            return
        writer, self._kept.writer = self._kept.writer, -1
        if project.error is None:
            pid = os.fork()
            if pid == 0:
                _run_saver(project, writer, self._confinement)
        os.close(writer)

    def _progress(self, phase: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        if now - self._said_at < _PROGRESS_SECONDS and done != total:
            return
        self._said_at = now
        while select.select([self._runner], [], [], 0)[0]:
            self._take()
        payload = encode_json({"type": "progress", "phase": phase, "done": done, "total": total})
        frame = bytes([FRAME_JSON]) + len(payload).to_bytes(4, "little") + payload
        for waiting in self._waiting:
            _offer(waiting.connection, frame)

    # -- sessions ---------------------------------------------------------------------------------------------------

    def _fork(self, project: Project, waiting: _Waiting, was_parsed: bool) -> None:
        start = Start(
            hello=waiting.hello,
            connection=waiting.connection,
            control=waiting.control,
            confinement=self._confinement,
            template=os.getpid(),
            size=self._size(),
            changed=waiting.changed,
            from_template=was_parsed,
            versions=self._versions,
        )
        pid = os.fork()
        if pid == 0:
            run_session(project, self._engine.NeedsWarehouse, start)
        self._sessions[pid] = waiting.number
        self._forget(waiting)
        control.send(self._runner, {"type": "forked", "number": waiting.number, "pid": pid})

    _statm = -1

    def open_size(self) -> None:
        """Before the lock-down, after which /proc cannot be reached."""
        self._statm = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)

    def descriptors(self) -> list[int]:
        """What must stay open through the lock-down."""
        writer = [] if self._kept is None or self._kept.writer < 0 else [self._kept.writer]
        return [self._runner.fileno(), self._statm, *writer]

    def _size(self) -> int:
        return int(os.pread(self._statm, 256, 0).split()[0]) * os.sysconf("SC_PAGE_SIZE")

    def _reap(self) -> None:
        for pid, number in list(self._sessions.items()):
            ended = control.reap(pid)
            if ended is not None:
                del self._sessions[pid]
                control.send(self._runner, {"type": "ended", "number": number, "code": ended[0]})
        with contextlib.suppress(ChildProcessError):  # those who keep the parse, of whom nobody is told
            while (found := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is not None:
                if found.si_pid in self._sessions:
                    return
                os.waitpid(found.si_pid, 0)

    def refuse(self, error: BaseException) -> None:
        """Tells the runner why there will be no template."""
        control.send(self._runner, {"type": "refused", "error": error_body(error)})


def _offer(connection: socket.socket, frame: bytes) -> None:
    """Sends progress when there is room for it; a peer that does not read loses only progress."""
    try:
        sent = connection.send(frame, socket.MSG_DONTWAIT)
        if sent < len(frame):
            connection.sendall(frame[sent:])
    except OSError:  # a full buffer, or a peer that has gone: the session will find out
        return


def _settled() -> None:
    """What was made since is the sessions' too: their collectors leave it alone, or each would copy it."""
    gc.collect()
    gc.freeze()


def _run_saver(project: Project, writer: int, confinement: layers.Confinement) -> NoReturn:
    code = 1
    try:
        control.forget_signals()
        layers.keep_only(confinement, [writer])
        set_name("millrace-saver")
        time.sleep(_KEEP_AFTER_SECONDS)
        send_parse(writer, project.pack())
        code = 0
    except BrokenPipeError:  # the one who keeps it has gone: the next template parses anew
        code = 0
    finally:
        os._exit(code)


def _read_no_source(filename: str, module_globals: dict[str, Any] | None = None) -> list[str]:
    """In place of `linecache.updatecache`."""
    return []


def run_template(
    engine: Engine,
    runner: socket.socket,
    confinement: layers.Confinement,
    *,
    parent: int,
    versions: dict[str, Any],
    kept: KeptParse | None = None,
) -> NoReturn:
    """Runs a fresh fork of the runner as a template. Never returns."""
    code = 1
    try:
        control.forget_signals()
        template = Template(engine, runner, confinement, versions, kept)
        try:
            if kept is not None:
                kept.prepare()
            template.open_size()
            listener = layers.lock_down_template(confinement, parent=parent, keep=template.descriptors())
            set_name("millrace-templ")
            # Tracebacks would quote source lines: reading a file costs a write when its access time is due.
            linecache.updatecache = _read_no_source
            control.send(runner, {"type": "locked"}, [listener] if listener else [])
            if listener:
                os.close(listener)
            template.serve()
            code = 0
        except EndOfStream:
            code = 0
        except Exception as error:  # the edge of the process
            template.refuse(error)
    finally:
        os._exit(code)
