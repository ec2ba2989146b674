"""The dbt engine with a back door for the proof, served by the proof's own runner alone."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from typing import Any, cast

import duckdb

from millrace_worker.lifecycle.engine import DbtEngine, Project
from millrace_worker.protocol.types import CompileResult, QueryFrame, RowsTail
from millrace_worker.prove.all_attempts import ATTEMPTS

MARKER = "--prove "


def _try(command: dict[str, Any]) -> str:
    """Runs one attempt; `succeeded`, or what stopped it."""
    try:
        ATTEMPTS[command["attempt"]](command["facts"])
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return "succeeded"


def _try_in_fork(command: dict[str, Any]) -> str:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(writer, _try(command).encode())
        os._exit(0)
    os.close(writer)
    answer = os.read(reader, 4096).decode()
    os.close(reader)
    os.waitpid(pid, 0)
    return answer


class ProveProject:
    """A dbt project that also runs attempts: `stream` in the query process, `compile` in the session."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def __getattr__(self, name: str) -> Any:
        return getattr(self._project, name)

    def compile(self, **arguments: Any) -> CompileResult:
        """As the engine's, or an attempt in a fork of this session."""
        sql = arguments["sql"]
        if sql is None or not sql.startswith(MARKER):
            return self._project.compile(**arguments)
        return {
            "uniqueId": None,
            "version": 0,
            "sql": _try_in_fork(json.loads(sql[len(MARKER) :])),
            "lastGoodSql": None,
            "error": None,
            "introspective": False,
            "stale": False,
            "dependsOn": [],
            "milliseconds": 0.0,
        }

    def stream(
        self,
        *,
        query: QueryFrame,
        send_json: Callable[[Any], None],
        send_arrow: Callable[[Any], None],
        stop: threading.Event,
        statement: Any | None = None,
    ) -> RowsTail:
        """As the engine's, an attempt in this query process, or (without the layers) SQL on a plain connection."""
        sql = query["sql"] or ""
        if sql.startswith(MARKER):
            command = json.loads(sql[len(MARKER) :])
            answer = _plain(command) if "plain" in command else _try(command)
            send_arrow(answer.encode())
            return _tail()
        return self._project.stream(
            query=query, send_json=send_json, send_arrow=send_arrow, stop=stop, statement=statement
        )


def _plain(command: dict[str, Any]) -> str:
    try:
        connection = duckdb.connect(command["database"])
        return repr(connection.execute(command["plain"]).fetchall())
    except duckdb.Error as error:
        return f"refused: {error}"


def _tail() -> RowsTail:
    return {
        "type": "tail",
        "outcome": "complete",
        "limit": None,
        "rows": 0,
        "bytes": 0,
        "milliseconds": {"compile": 0.0, "connect": 0.0, "execute": 0.0, "total": 0.0},
        "error": None,
    }


class ProveEngine(DbtEngine):
    """Wraps what `DbtEngine` opens."""

    def open_project(self, **arguments: Any) -> Project:
        """Parses with dbt, then adds the back door."""
        return cast("Project", ProveProject(super().open_project(**arguments)))
