"""What a session can say of its project beyond compiling it: lineage, selections and problems, kept up in idle time."""

from __future__ import annotations

from typing import Any

from dbt.adapters.factory import get_adapter

from millrace_worker.dbt.files import reading
from millrace_worker.dbt import runtime
from millrace_worker.dbt.compiler import compile_node, render_in
from millrace_worker.dbt.connections import connection_scope, warehouse
from millrace_worker.dbt.selection import Selection
from millrace_worker.diagnostics.diagnose import diagnose
from millrace_worker.lineage.answers import column_lineage, node_columns
from millrace_worker.lineage.hearing import ColumnsHeard
from millrace_worker.lineage.keeper import LineageKeeper
from millrace_worker.lineage.outputs import Leaf
from millrace_worker.protocol.errors import WorkerError

_ANSWER_SECONDS = 0.25
"""How long one request may work out what it needs; the rest follows in idle time, and the answer says so."""


class Insight:
    """Of one graph. Nothing here reaches the warehouse or changes the graph."""

    def __init__(self, graph: Any) -> None:
        self._graph = graph
        self._keeper = LineageKeeper(graph, self._compiled, self._rendered)
        self._selection: Selection | None = None
        self._heard: ColumnsHeard | None = None

    @property
    def behind(self) -> int:
        """How much waits to be worked out in idle time."""
        return self._keeper.behind

    def follow(self) -> None:
        """Takes in the graph, so that forks need only what changes after that."""
        self._keeper.sync()

    def work(self, seconds: float) -> None:
        """One slice of it."""
        self._keeper.work(seconds)

    def progress(self) -> tuple[int, int, int]:
        """The graph's version, and how many of its nodes have been worked out of how many."""
        keeper = self._keeper
        return keeper.version, max(0, keeper.total - keeper.behind), keeper.total

    def answer(self, method: str, params: Any) -> Any:
        """The answer to one of its requests, or to the process that it is in. Raises WorkerError."""
        match method:
            case "listen":
                return self._listen()
            case "columnsRead":
                return self._columns_read(params)
            case "learnColumns":
                return self._keeper.learn(params["facts"], params["before"], params["missing"])
        if self._graph.manifest is None:
            raise self._graph.error or WorkerError("DBT_ERROR", "The project has not been parsed.")
        match method:
            case "columnLineage":
                return column_lineage(
                    self._keeper,
                    Leaf(params["uniqueId"], params["column"]),
                    upstream=params["upstream"],
                    downstream=params["downstream"],
                    limit=params["limit"],
                    seconds=_ANSWER_SECONDS,
                )
            case "modelColumns":
                return node_columns(self._keeper, params["uniqueIds"], _ANSWER_SECONDS)
            case "select":
                return self._select(params["select"], params["exclude"])
            case "diagnostics":
                return diagnose(self._graph, self._keeper, params["paths"], _ANSWER_SECONDS)
            case _:
                raise WorkerError("INVALID_INPUT", f"Protocol error: unknown method {method}.")

    def _listen(self) -> None:
        """In a query process: from now on what it hears of relations' columns is kept for `columnsRead`."""
        if self._graph.config is not None:
            self._heard = ColumnsHeard(get_adapter(self._graph.config))
            self._heard.listen()

    def _columns_read(self, params: Any) -> Any:
        """In a query process, at its end: what the session learns of it, as `learnColumns` takes it."""
        heard = self._heard
        if heard is None:
            return {"facts": [], "before": None, "missing": None}
        if params["read"] is not None:
            heard.read(params["read"])
        # Who looks at the warehouse's catalog wants to see what is there now.
        before = heard.started if params["catalog"] else None
        return {"facts": heard.facts, "before": before, "missing": params["missing"]}

    def _select(self, select: str, exclude: str) -> Any:
        graph = self._graph
        if self._selection is None or self._selection.manifest is not graph.manifest:
            self._selection = Selection(graph.manifest)
        try:
            with reading(graph.tree):
                unique_ids = self._selection.select(select, exclude, graph.tree.root)
        except Exception as error:
            raise graph.located(error, None) from error
        return {"graphVersion": graph.version, "uniqueIds": unique_ids}

    def _rendered(self, node: Any, text: str) -> str:
        """dbt's own rendering of a part of a node's text."""
        graph = self._graph
        try:
            with reading(graph.tree), warehouse(False), connection_scope(graph.config):
                return render_in(graph.config, graph.manifest, node, text)
        except WorkerError:
            raise
        except Exception as error:
            raise graph.located(error, node.original_file_path) from error

    def _compiled(self, unique_id: str) -> Any:
        """dbt's own compilation, without the warehouse and without deferral: whose relation is meant is what counts."""
        graph = self._graph
        node = graph.node(path=None, unique_id=unique_id)
        if node is None:
            raise WorkerError("NOT_FOUND", f"The project has no node {unique_id}.")
        try:
            with reading(graph.tree), warehouse(False), connection_scope(graph.config):
                runtime.touch_run_started_at()
                return compile_node(graph.config, graph.manifest, node)
        except WorkerError:
            raise
        except Exception as error:
            raise graph.located(error, node.original_file_path) from error
