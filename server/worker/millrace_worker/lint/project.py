"""The checks of a file of a project in memory, with the text that counts (unsaved or not)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dbt_common.clients.jinja import get_environment

from millrace_worker.dbt.files import reading
from millrace_worker.dbt.compiler import MemoryCompiler, fresh, is_compilable, view_for
from millrace_worker.dbt.connections import connection_scope, warehouse
from millrace_worker.dbt.engine import NeedsWarehouse
from millrace_worker.lint.checker import Checker
from millrace_worker.lint.settings import fluff_settings
from millrace_worker.protocol import WorkerError
from millrace_worker.protocol.types import FormatResult, LintResult

if TYPE_CHECKING:
    from millrace_worker.dbt.graph import Graph


def lint(graph: Graph, path: str, version: int) -> LintResult:
    """
    SQLFluff's problems of a file that dbt compiles. A file that is broken for dbt has none: dbt's own error says why.
    Raises WorkerError for a wrong configuration.
    """
    text, checker, node = _opened(graph, path)
    if node is None or path in graph.errors:
        configured = fluff_settings(graph.tree.root, path, graph.config.credentials.type) is not None
        return {"version": version, "configured": configured, "problems": []}
    with reading(graph.tree), warehouse(False), connection_scope(graph.config):
        return checker.lint(path, text, version)


def format_file(graph: Graph, path: str, version: int) -> FormatResult:
    """The file as the project's formatter writes it. Raises WorkerError when it cannot be formatted."""
    text, checker, _ = _opened(graph, path)
    with reading(graph.tree), warehouse(False), connection_scope(graph.config):
        return checker.format(path, text, version)


def _opened(graph: Graph, path: str) -> tuple[str, Checker, Any]:
    if graph.manifest is None or graph.config is None:
        raise graph.error or WorkerError("DBT_ERROR", "The project has not been parsed.")
    text = graph.tree.text(path)
    if text is None:
        raise WorkerError("NOT_FOUND", f"There is no file {path}.")
    node = graph.node(path=path, unique_id=None)
    if node is not None and not is_compilable(node):
        node = None

    def rendering() -> tuple[Any, dict[str, Any]]:
        if node is None:
            # A macro's file is no SQL by itself: its tags are looked at with nothing behind their names.
            raise NeedsWarehouse
        twin = fresh(node)
        twin.raw_code = text
        view = view_for(graph.manifest, node)
        context = MemoryCompiler(graph.config)._create_node_context(twin, view, {})
        return get_environment(twin, capture_macros=False), context

    checker = Checker(
        graph.tree.root, graph.config.credentials.type, rendering=rendering, needs_warehouse=NeedsWarehouse
    )
    return text, checker, node
