"""One person on one workspace: answers requests until its socket closes, and forks a process for each query."""

from __future__ import annotations

import os
import select
import socket
import time
from collections import deque
from dataclasses import dataclass
from typing import Any, NoReturn

from millrace_worker.lifecycle import control
from millrace_worker.lifecycle.engine import Project
from millrace_worker.lifecycle.idle import IdleWork
from millrace_worker.lifecycle.outcome import died, query_ended
from millrace_worker.lifecycle.query import Place, run_check, run_compile, run_query, run_spare
from millrace_worker.lifecycle.spare import Ahead, SpareSlot, peek_query
from millrace_worker.protocol import (
    EndOfStream,
    FrameReader,
    WorkerError,
    error_body,
    parse_json,
    receive_json,
    send_json,
    validate,
)
from millrace_worker.protocol.types import SessionHello
from millrace_worker.sandbox import budget, layers
from millrace_worker.sandbox.system import set_name

_FIRST_FRAMES_TIMEOUT = 60.0
_MIB = 1 << 20
_READING_STEPS = 20


@dataclass
class Start:
    """What a template gives to the session that it forks."""

    hello: SessionHello
    connection: socket.socket
    control: socket.socket
    confinement: layers.Confinement
    template: int
    size: int
    """Bytes of address space at the fork."""
    changed: list[str] | None
    """Paths that differ from the commit, where the template has read that frame."""
    from_template: bool
    versions: dict[str, str]


@dataclass
class _Child:
    pid: int
    report: socket.socket
    started: float
    heard: dict[str, Any]
    request: int | None = None
    """Id of the compile request that it answers; null for a query."""

    @staticmethod
    def of_query(pid: int, report: socket.socket, query: Any | None) -> _Child:
        """The query is known before its process speaks, so that it is named however early the process dies."""
        heard = {"queryId": "" if query is None else query["queryId"], "cancelled": False}
        return _Child(pid, report, time.monotonic(), heard)


def readable_paths(hello: SessionHello, root: str) -> list[str]:
    """What a session (`workspaceRoot`) or its template (`shareRoot`) may read beside the engine."""
    beside = [file + suffix for file in hello["readableFiles"] for suffix in ("", ".wal")]
    return [root, *beside]


class Session:
    """The loop of a session process."""

    def __init__(self, project: Project, needs_warehouse: type[BaseException], start: Start) -> None:
        self._project = project
        self._needs_warehouse = needs_warehouse
        self._start = start
        self._connection = start.connection
        self._control = start.control
        self._reader = FrameReader()
        self._requests: deque[dict[str, Any]] = deque()
        self._children: dict[int, _Child] = {}
        self._spare = SpareSlot()
        self._idle = IdleWork(project, self._say_lineage)
        self._own_numbers = -1
        self._addresses: dict[str, list[str]] = {}
        self._pid = os.getpid()
        limits = start.hello["limits"]
        self._ceiling = start.size + (limits["sessionMemoryMb"] + limits["queryMemoryMb"]) * _MIB
        self._heard_at = time.monotonic()
        self._said: tuple[Any, ...] = ()

    # -- start ------------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Locks down, takes the credentials, makes the project this person's and says `ready`."""
        start, hello = self._start, self._start.hello
        layers.lock_down_session(
            start.confinement,
            parent=start.template,
            readable=readable_paths(hello, hello["workspaceRoot"]),
            memory=start.size + hello["limits"]["sessionMemoryMb"] * _MIB,
            ceiling=self._ceiling,
            cpu_seconds=hello["limits"]["sessionCpuSeconds"],
            query_cpu_seconds=hello["limits"]["queryCpuSeconds"],
        )
        budget.grant(hello["limits"]["sessionMemoryMb"] * _MIB, "session")
        set_name("millrace-session")
        self._connection.settimeout(_FIRST_FRAMES_TIMEOUT)
        changed = start.changed
        if changed is None:
            frame = receive_json(self._connection)
            validate("TemplateFrame", frame)
            changed = [file["path"] for file in frame["committed"]]
        credentials = receive_json(self._connection)
        validate("CredentialsFrame", credentials)
        self._connection.settimeout(None)
        project = self._project
        project.personalise(
            project_root=hello["projectRoot"],
            schema=hello["environment"]["schema"],
            secrets=credentials["secrets"],
            environment_variables=credentials["environmentVariables"],
            settings=hello["environment"]["settings"],
        )
        # Without a commit nobody has compared the tree with what was parsed.
        project.sync_with_disk(changed if hello["commit"] else None)
        self._send(
            {
                "type": "ready",
                "pid": self._pid,
                "dbtVersion": start.versions["dbt"],
                "adapter": hello["environment"]["adapter"],
                "models": project.models,
                "graphVersion": project.graph_version,
                "fromTemplate": start.from_template,
                "error": project.error,
            }
        )
        self._said = self._graph()

    # -- loop -------------------------------------------------------------------------------------------------------

    def serve(self) -> None:
        """Returns when the peer has closed. Raises WorkerError when the session must end for another reason."""
        watch = control.ChildWatch()
        poller = select.poll()
        for descriptor in (self._connection, self._control, watch):
            poller.register(descriptor, select.POLLIN)
        while True:
            busy = bool(self._requests) or self._project.pending
            ready = {descriptor for descriptor, _ in poller.poll(0 if busy else self._pause())}
            if watch.fileno() in ready:
                watch.clear()
            if self._control.fileno() in ready:
                self._hear_runner()
            if self._connection.fileno() in ready:
                if not self._read_requests():
                    return
                self._heard_at = time.monotonic()
            for child in list(self._children.values()):
                self._look_at(child)
            self._spare.look()
            if self._requests:
                self._answer(self._requests.popleft())
                self._heard_at = time.monotonic()
                self._spare.touch()
                self._idle.touch()
            elif self._project.pending:
                self._project.run_pending()
            elif not self._children:
                self._tend_spare()
                self._idle.slice()
            self._say_graph()
            if time.monotonic() - self._heard_at >= self._start.hello["limits"]["silenceSeconds"]:
                raise WorkerError("TIMEOUT", "The session ended because nothing was heard from the web process.")

    def _milliseconds_left(self) -> float:
        if self._children:
            return 1000.0
        left = self._heard_at + self._start.hello["limits"]["silenceSeconds"] - time.monotonic()
        return max(0.0, min(left, self._spare.seconds_left()) * 1000)

    def _send(self, message: Any) -> None:
        send_json(self._connection, message)

    def _graph(self) -> tuple[Any, ...]:
        project = self._project
        return project.graph_version, project.models, project.pending, self._reading_step(), project.error

    def _reading_step(self) -> int | None:
        """How far the callers of a changed macro have been read: said now and then, not of each slice."""
        reading = self._project.reading
        return None if reading is None else reading[0] * _READING_STEPS // reading[1]

    def _say_graph(self) -> None:
        graph = self._graph()
        if graph == self._said:
            return
        self._said = graph
        version, models, pending, _, error = graph
        reading = self._project.reading
        self._send(
            {
                "type": "graph",
                "graphVersion": version,
                "models": models,
                "pending": pending,
                "reading": None if reading is None else {"done": reading[0], "total": reading[1]},
                "error": error,
            }
        )

    def _pause(self) -> float:
        return min(self._milliseconds_left(), self._idle.seconds_left() * 1000)

    def _say_lineage(self) -> None:
        version, done, total = self._project.progress()
        self._send({"type": "lineage", "graphVersion": version, "done": done, "total": total})

    # -- requests ---------------------------------------------------------------------------------------------------

    def _read_requests(self) -> bool:
        data = self._connection.recv(1 << 20)
        if not data:
            return False
        for _kind, payload in self._reader.feed(data):
            request = parse_json(payload)
            validate("Request", request)
            if request["method"] in ("cancel", "ping"):
                self._answer(request)
            else:
                self._requests.append(request)
        return True

    def _answer(self, request: dict[str, Any]) -> None:
        try:
            result = self._result(request)
        except Exception as error:  # the edge of a request: whatever it was becomes a typed answer
            self._send({"type": "response", "id": request["id"], "result": None, "error": error_body(error)})
            return
        if result is not None:
            self._send({"type": "response", "id": request["id"], "result": result, "error": None})

    def _result(self, request: dict[str, Any]) -> Any:
        """The answer, or null when a compile process will give it."""
        project, params = self._project, request["params"]
        match request["method"]:
            case "overlay":
                project.overlay(params["changes"])
                return {"graphVersion": project.graph_version, "pending": project.pending}
            case "filesChanged":
                project.files_changed(params["paths"])
                return {"graphVersion": project.graph_version, "pending": project.pending}
            case "compile":
                return self._compile(request["id"], params)
            case "index":
                return project.index()
            case "indexParts":
                return project.index_parts(params["known"], params["part"])
            case "cancel":
                return {"found": self._cancel(params["queryId"])}
            case "defer":
                return project.defer(params)
            case "lint" | "format":
                return self._check(request["id"], request["method"], params)
            case "ping":
                return {}
            case "columnLineage" | "modelColumns" | "select" | "diagnostics":
                return project.insight(request["method"], params)
            case method:
                raise WorkerError("INVALID_INPUT", f"Protocol error: unknown method {method}.")

    def _compile(self, request: int, params: dict[str, Any]) -> Any:
        started = time.monotonic()
        try:
            return self._project.compile(
                path=params["path"],
                unique_id=params["uniqueId"],
                sql=params["sql"],
                version=params["version"],
                allow_warehouse=False,
            )
        except self._needs_warehouse:
            if params["allowWarehouse"]:
                self._fork_compile(request, params)
                return None
        return {
            "uniqueId": params["uniqueId"],
            "version": params["version"],
            "sql": None,
            "lastGoodSql": None,
            "error": None,
            "introspective": True,
            "stale": self._project.pending,
            "dependsOn": [],
            "milliseconds": (time.monotonic() - started) * 1000,
        }

    # -- children ---------------------------------------------------------------------------------------------------

    def _place(self, size: int | None, addresses: dict[str, list[str]]) -> Place:
        limits = self._start.hello["limits"]
        memory = self._ceiling if size is None else min(self._ceiling, size + limits["queryMemoryMb"] * _MIB)
        granted = limits["queryMemoryMb"] * _MIB
        return Place(self._start.confinement, self._pid, memory, granted, limits["queryCpuSeconds"], addresses)

    def _adopt(self, number: int, child: _Child) -> None:
        child.report.setblocking(False)
        self._children[number] = child
        control.send(self._control, {"type": "started", "number": number, "pid": child.pid})

    def _hear_runner(self) -> None:
        message, descriptors = control.receive(self._control)
        self._addresses = message["addresses"]
        if message["type"] == "spare":
            self._fork_spare(message)
        else:
            self._spare.touch()
            self._accept_query(message, socket.socket(fileno=descriptors[0]))

    def _tend_spare(self) -> None:
        self._spare.let_go()
        if self._spare.due():
            control.send(self._control, {"type": "spare"})

    def _fork_spare(self, message: dict[str, Any]) -> None:
        mine, theirs = control.pair()
        place = self._place(message["size"], message["addresses"])
        pid = os.fork()
        if pid == 0:
            run_spare(self._project, theirs, place)
        theirs.close()
        self._spare.made(Ahead(pid, mine, self._project.revision, message["addresses"], message["seconds"]))

    def _give_to_spare(self, message: dict[str, Any], data: socket.socket, query: Any | None) -> bool:
        """Whether the process made ahead runs this query: it must know the SQL that this session would run."""
        ahead = self._spare.ahead
        if ahead is None or query is None or self._project.pending:
            return False
        statement = self._project.statement(query)
        if statement is None and ahead.revision != self._project.revision:
            return False
        if self._spare.take(message["addresses"]) is None:
            return False
        try:
            control.send(ahead.report, {"statement": statement}, [data.fileno()])
        except ConnectionError:  # it has just died: its end is waited for, which lasts no longer than its exit
            ahead.report.close()
            os.waitpid(ahead.pid, 0)
            return False
        self._adopt(message["number"], _Child.of_query(ahead.pid, ahead.report, query))
        return True

    def _accept_query(self, message: dict[str, Any], data: socket.socket) -> None:
        query = peek_query(data)
        if self._give_to_spare(message, data, query):
            data.close()
            return
        mine, theirs = control.pair()
        place = self._place(message["size"], message["addresses"])
        pid = os.fork()
        if pid == 0:
            run_query(self._project, data, theirs, place)
        data.close()
        theirs.close()
        self._adopt(message["number"], _Child.of_query(pid, mine, query))

    def _fork_compile(self, request: int, params: dict[str, Any]) -> None:
        mine, theirs = control.pair()
        place = self._place(None, self._addresses)
        pid = os.fork()
        if pid == 0:
            run_compile(self._project, theirs, params, place)
        theirs.close()
        self._adopt_own(request, pid, mine, "compile")

    def _adopt_own(self, request: int, pid: int, report: socket.socket, task: str) -> None:
        self._adopt(self._own_numbers, _Child(pid, report, time.monotonic(), {"task": task}, request=request))
        self._own_numbers -= 1

    def _check(self, request: int, method: str, params: dict[str, Any]) -> None:
        """A newer text's check ends the one that still runs: at most one process of each kind."""
        for number, child in self._children.items():
            if child.heard.get("task") == method and not child.heard.get("cancelled"):
                child.heard["cancelled"] = True
                control.send(self._control, {"type": "kill", "number": number})
        mine, theirs = control.pair()
        place = self._place(None, self._addresses)
        pid = os.fork()
        if pid == 0:
            run_check(self._project, theirs, {"method": method, **params}, place)
        theirs.close()
        self._adopt_own(request, pid, mine, method)

    def _cancel(self, query_id: str) -> bool:
        """The runner sends the signal: a session may signal nobody."""
        for number, child in self._children.items():
            self._hear(child)
            if child.request is None and child.heard["queryId"] == query_id:
                child.heard["cancelled"] = True
                control.send(self._control, {"type": "kill", "number": number})
                return True
        return False

    def _hear(self, child: _Child) -> None:
        while True:
            try:
                if not child.report.recv(1, socket.MSG_PEEK):
                    return
                child.report.setblocking(True)
                message, _ = control.receive(child.report)
            except (BlockingIOError, EndOfStream, ConnectionError):
                return
            finally:
                child.report.setblocking(False)
            child.heard.update(message)

    def _look_at(self, child: _Child) -> None:
        self._hear(child)
        ended = control.reap(child.pid)
        if ended is None:
            return
        self._hear(child)
        code, usage = ended
        child.report.close()
        if "relations" in child.heard:
            self._project.learn(child.heard["relations"])
        if "columns" in child.heard:
            self._project.insight("learnColumns", child.heard["columns"])
        self._children = {number: other for number, other in self._children.items() if other is not child}
        limits = self._start.hello["limits"]
        if child.request is None:
            milliseconds = (time.monotonic() - child.started) * 1000
            self._send(
                query_ended(
                    child.heard,
                    pid=child.pid,
                    code=code,
                    usage=usage,
                    milliseconds=milliseconds,
                    limits=limits,
                )
            )
            return
        result = child.heard.get("result")
        error = child.heard.get("error")
        if result is None and error is None:
            task = child.heard["task"]
            ended_early = WorkerError("CANCELLED", f"A newer text took the place of this {task}.")
            error = (ended_early if child.heard.get("cancelled") else died(task, code, limits)).body()
        self._send({"type": "response", "id": child.request, "result": result, "error": error})


def run_session(project: Project, needs_warehouse: type[BaseException], start: Start) -> NoReturn:
    """Runs a fresh fork of the template as a session, until its socket closes. Never returns."""
    code = 1
    try:
        control.forget_signals()
        layers.keep_only(start.confinement, [start.connection.fileno(), start.control.fileno()])
        try:
            session = Session(project, needs_warehouse, start)
            session.open()
            session.serve()
            code = 0
        except (EndOfStream, ConnectionError, TimeoutError):
            code = 0
        except Exception as error:  # the edge of the process
            start.connection.settimeout(5.0)
            send_json(start.connection, {"type": "fatal", "error": error_body(error)})
            code = 0
    finally:
        os._exit(code)
