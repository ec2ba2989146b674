"""A project as a session has it, for tests."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import pyarrow as pa
from dbt_common.tests import enable_test_caching

from millrace_worker.dbt import NeedsWarehouse, Project, ProjectSpec, preload

# dbt reads some 500 macros of its own for each project; as in dbt's own tests, once for all tests of a process.
enable_test_caching()

DBT = [sys.executable, "-c", "from dbt.cli.main import cli; cli()", "--no-send-anonymous-usage-stats"]


class Opened:
    """A project with short names for what tests do all the time."""

    def __init__(self, project: Project) -> None:
        self.project = project

    def lay(self, path: str, text: str | None, *, deleted: bool = False) -> None:
        self.project.overlay([{"path": path, "text": text, "deleted": deleted, "version": 1}])

    def settle(self) -> None:
        while self.project.pending:
            self.project.run_pending()

    def sql(self, path: str | None = None, unique_id: str | None = None, sql: str | None = None) -> str | None:
        try:
            result = self.project.compile(path=path, unique_id=unique_id, sql=sql)
        except NeedsWarehouse:
            result = self.project.compile(path=path, unique_id=unique_id, sql=sql, allow_warehouse=True)
        assert result["error"] is None, result["error"]
        return result["sql"]

    def rows(
        self,
        sql: str | None = None,
        *,
        path: str | None = None,
        text: str | None = None,
        what: Any = None,
        rows: int = 1000,
        byte_limit: int = 1 << 30,
        seconds: int = 60,
        stop: threading.Event | None = None,
    ) -> tuple[list[dict[str, Any]], pa.Table | None, Any]:
        """Head frames, the table that arrived, the tail."""
        heads: list[dict[str, Any]] = []
        arrow = bytearray()
        tail = self.project.stream(
            query={
                "type": "query",
                "queryId": "q",
                "path": path,
                "sql": sql,
                "text": text,
                "what": what,
                "limits": {"rows": rows, "bytes": byte_limit, "seconds": seconds},
            },
            send_json=heads.append,
            send_arrow=arrow.extend,
            stop=stop or threading.Event(),
        )
        return heads, pa.ipc.open_stream(bytes(arrow)).read_all() if arrow else None, tail


def open_project(
    folder: Path,
    settings: dict[str, Any],
    *,
    adapter: str = "duckdb",
    schema: str = "main",
    secrets: dict[str, str] | None = None,
) -> Opened:
    """Parse as a template does, then personalise as a session does."""
    preload(["duckdb", "postgres"])
    environment = {"adapter": adapter, "target": "dev", "schema": schema, "threads": 2, "settings": settings}
    project = Project.parse(ProjectSpec(str(folder), environment), lambda *_: None)
    project.personalise(
        project_root=str(folder), schema=schema, secrets=secrets or {}, environment_variables={}, settings=settings
    )
    assert project.error is None, project.error
    return Opened(project)
