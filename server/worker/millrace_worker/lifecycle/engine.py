"""What the lifecycle asks of an engine. `millrace_worker.dbt` is one; tests bring a small one of their own."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterable
from typing import Any, Literal, Protocol

from millrace_worker.protocol.types import (
    CompileResult,
    ErrorBody,
    IndexParts,
    OverlayChange,
    ProjectIndex,
    QueryFrame,
    RowsTail,
)


class Project(Protocol):
    """One project in memory: parsed in the template, made personal in the session, run in the query."""

    @property
    def graph_version(self) -> int: ...
    @property
    def revision(self) -> int: ...
    @property
    def models(self) -> int: ...
    @property
    def error(self) -> ErrorBody | None: ...
    @property
    def pending(self) -> bool: ...
    @property
    def reading(self) -> tuple[int, int] | None: ...
    def personalise(
        self,
        *,
        project_root: str,
        schema: str,
        secrets: dict[str, str],
        environment_variables: dict[str, str],
        settings: dict[str, Any],
    ) -> None: ...
    def pack(self) -> bytes: ...
    def sync_with_disk(self, changed: Iterable[str] | None = None) -> None: ...
    def overlay(self, changes: list[OverlayChange]) -> None: ...
    def files_changed(self, paths: list[str]) -> None: ...
    def run_pending(self) -> None: ...
    def compile(
        self, *, path: str | None, unique_id: str | None, sql: str | None, version: int, allow_warehouse: bool
    ) -> CompileResult: ...
    def defer(self, params: Any) -> Any: ...
    @property
    def heard(self) -> list[Any] | None: ...
    def learn(self, heard: list[Any] | None) -> None: ...
    def index(self) -> ProjectIndex: ...
    def index_parts(self, known: str | None, part: Literal["names", "rest", "all"]) -> IndexParts: ...
    def insight(self, method: str, params: Any) -> Any: ...
    def check(self, method: str, path: str, version: int) -> Any: ...
    @property
    def behind(self) -> int: ...
    def work(self, seconds: float) -> None: ...
    def progress(self) -> tuple[int, int, int]: ...
    def statement(self, query: QueryFrame) -> Any | None: ...
    def prepare(self) -> None: ...
    def stream(
        self,
        *,
        query: QueryFrame,
        send_json: Callable[[Any], None],
        send_arrow: Callable[[Any], None],
        stop: threading.Event,
        statement: Any | None = None,
    ) -> RowsTail: ...
    def interrupt(self) -> None: ...


class Engine(Protocol):
    """The module behind the seam."""

    @property
    def NeedsWarehouse(self) -> type[BaseException]: ...
    def preload(self, adapters: list[str]) -> None: ...
    def open_project(
        self,
        *,
        project_root: str,
        environment: dict[str, Any],
        variables: dict[str, Any],
        committed: dict[str, str | None],
        progress: Callable[[str, int, int | None], None],
        saved: bytes | memoryview | None = None,
    ) -> Project: ...


class DbtEngine:
    """`millrace_worker.dbt`, imported when the runner preloads."""

    @property
    def NeedsWarehouse(self) -> type[BaseException]:
        from millrace_worker.dbt import NeedsWarehouse

        return NeedsWarehouse

    def preload(self, adapters: list[str]) -> None:
        """
        Imports dbt and the adapters and warms them up: no thread and no connection, since forks follow. Jinja imports
        its `debug` only when a template fails: too late in a process that causes no write, not even of access times.
        """
        from millrace_worker.dbt import preload

        preload(adapters)
        importlib.import_module("millrace_worker.adapters.quirks").settle(adapters)
        importlib.import_module("jinja2.debug")
        importlib.import_module("millrace_worker.lint.project")
        warm = importlib.import_module("millrace_worker.lint.checker").warm
        warm(adapters)

    def open_project(
        self,
        *,
        project_root: str,
        environment: dict[str, Any],
        variables: dict[str, Any],
        committed: dict[str, str | None],
        progress: Callable[[str, int, int | None], None],
        saved: bytes | memoryview | None = None,
    ) -> Project:
        """Parses a project, or patches what `pack` gave of it before. A broken one has `error` set."""
        from millrace_worker.dbt import Project as DbtProject
        from millrace_worker.dbt import ProjectSpec

        spec = ProjectSpec(project_root=project_root, environment=environment, vars=variables, committed=committed)
        project: Project = DbtProject.parse(spec, progress, saved)  # type: ignore[assignment, unused-ignore]
        return project
