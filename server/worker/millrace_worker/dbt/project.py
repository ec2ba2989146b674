"""A dbt project in memory: what a template parses, a session patches and a query process compiles and runs."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any

from dbt.adapters.factory import get_adapter
from dbt.context.providers import RelationProxy, RuntimeRefResolver, RuntimeSourceResolver
from dbt.node_types import NodeType

from millrace_worker.dbt.files import WorkingTree, reading
from millrace_worker.dbt import names, runtime
from millrace_worker.dbt.compiler import INLINE_NAME, compile_inline, compile_node, is_compilable
from millrace_worker.dbt.connections import connection_scope, warehouse
from millrace_worker.dbt.engine import (
    CompileResult,
    DeferParams,
    DeferResult,
    ErrorBody,
    IndexParts,
    NeedsWarehouse,
    OverlayChange,
    Progress,
    ProjectIndex,
    ProjectSpec,
    QueryFrame,
    RowsTail,
    Statement,
)
from millrace_worker.dbt.graph import Graph
from millrace_worker.dbt.index_parts import Part, SharedIndex, graph_index
from millrace_worker.dbt.warming import warm_up as warm_up_edits
from millrace_worker.defer.deferral import Deferral
from millrace_worker.lineage.insight import Insight
from millrace_worker.protocol.errors import WorkerError
from millrace_worker.protocol.types import FormatResult, LintResult
from millrace_worker.rows.ipc import SendArrow
from millrace_worker.rows.source import prepare_source
from millrace_worker.rows.stream import SendJson, Stream
from millrace_worker.subjects.dialects import warm_up
from millrace_worker.subjects.missing import explain_missing
from millrace_worker.subjects.resolve import Source, Subject, resolve, subject_of, takes_text

_WARM_MODELS = 5
_ABOUT_NODES = ("columnLineage", "modelColumns", "diagnostics")
_MOST_BEHIND = 1500
"""Nodes whose lineage a session works out before anyone has asked for it."""
_STATEMENT_SECONDS = 120.0
"""How long a compile counts as what a preview would compile: `run_started_at` and the like move on."""


class Project:
    """See `engine.py` for the seam. One per process."""

    def __init__(self, spec: ProjectSpec) -> None:
        self.graph = Graph(
            tree=WorkingTree(spec.project_root, spec.committed), environment=spec.environment, variables=spec.vars
        )
        self._last_good: dict[str, str] = {}
        self._latest: tuple[str, int, float, Statement] | None = None
        self._deferral = Deferral()
        self._outdated = False
        self._stream: Stream | None = None
        self._shared_index: SharedIndex | None = None
        self._personal = False
        self._asked = False
        self._insight = Insight(self.graph)

    # -- life ---------------------------------------------------------------------------------------------------

    @classmethod
    def parse(cls, spec: ProjectSpec, progress: Progress, saved: bytes | memoryview | None = None) -> Project:
        """
        Parses the committed project with placeholder credentials, or patches a parse that was saved of it or of
        a commit before it. A broken project has `.error` set.
        """
        runtime.silence()
        runtime.set_environment_variables({})
        project = cls(spec)
        project.graph.open(progress, saved)
        project._warm()
        if project.graph.base is not None:
            project._shared_index = SharedIndex(project.graph)
            project._insight.follow()
            names.share(project.graph.base)
        return project

    def _warm(self) -> None:
        """A first compile fills dbt's and Jinja's caches (200 ms): done here once, every fork shares them."""
        manifest = self.graph.manifest
        if manifest is None:
            return
        with contextlib.suppress(NeedsWarehouse):
            for number in range(2):
                self.compile(sql=f"select {number}")
        models = [node.unique_id for node in manifest.nodes.values() if node.resource_type == NodeType.Model]
        for unique_id in models[:_WARM_MODELS]:
            with contextlib.suppress(NeedsWarehouse):
                self.compile(unique_id=unique_id)
        warm_up_edits(self.graph)
        warm_up(self.graph.config.credentials.type)
        self._last_good.clear()

    def personalise(
        self,
        *,
        project_root: str,
        schema: str,
        secrets: Mapping[str, str],
        environment_variables: Mapping[str, str],
        settings: Mapping[str, Any],
    ) -> None:
        """In the session, after the fork: this person's tree, credentials, schema and variables."""
        self._personal = True
        self.graph.callers.read_later()
        runtime.set_environment_variables(environment_variables)
        self.graph.personalise(project_root, schema, secrets, settings)

    def sync_with_disk(self, changed: Iterable[str] | None = None) -> None:
        """Patches what differs between the parsed files and the session's own tree: `changed`, where that is known."""
        self.graph.sync_with_disk(changed)

    def pack(self) -> bytes:
        """The parse, to be kept for the next template of this commit. Only in a fork of a template."""
        return self.graph.pack()

    @property
    def opened(self) -> str:
        """How the template came to its graph."""
        return self.graph.opened

    # -- state --------------------------------------------------------------------------------------------------

    @property
    def graph_version(self) -> int:
        """Grows by one with each change that was applied."""
        return self.graph.version

    @property
    def revision(self) -> int:
        """Grows whenever anything is told that a compile might see, broken texts included."""
        return self.graph.revision

    @property
    def models(self) -> int:
        """Number of models in the last good graph."""
        return self.graph.models

    @property
    def error(self) -> ErrorBody | None:
        """Why a file (or the whole project) does not parse; the last good graph serves meanwhile."""
        return self.graph.error.body() if self.graph.error is not None else None

    @property
    def pending(self) -> bool:
        """Whether a change waits for `run_pending`, or callers of a changed macro do."""
        return bool(self.graph.pending or self.graph.callers.owed)

    @property
    def reading(self) -> tuple[int, int] | None:
        """How many of a changed macro's callers have been read again, of how many; None when none waits."""
        callers = self.graph.callers
        return (callers.total - len(callers.owed), callers.total) if callers.owed else None

    # -- changes ------------------------------------------------------------------------------------------------

    def overlay(self, changes: list[OverlayChange]) -> None:
        """Lays unsaved texts over the tree: models at once, everything else at the next `run_pending`."""
        self.graph.overlay(changes)

    def files_changed(self, paths: list[str]) -> None:
        """Files changed on disk."""
        self.graph.files_changed(paths)

    def run_pending(self) -> None:
        """
        Applies what waits, by dbt's own partial parse; a broken file keeps its last good state. Callers of a changed
        macro are read in slices, one each time.
        """
        if self.graph.pending:
            self.graph.run_pending()
        else:
            self.graph.read_callers()

    def defer(self, params: DeferParams) -> DeferResult:
        """From now on `ref` defers to this state, or to none. Raises WorkerError and stays as it was."""
        if self.graph.config is None:
            raise self.graph.error or WorkerError("DBT_ERROR", "The project has not been parsed.")
        found = self._deferral.choose(params["mode"], params["manifest"], self.graph.config.project_name)
        # What was compiled before, here or in a process made ahead, is not what would be compiled now.
        self.graph.revision += 1
        self._latest = None
        self._last_good.clear()
        return {
            "mode": self._deferral.mode,
            "nodes": 0 if found is None else len(found.relations),
            "dbtVersion": None if found is None else found.dbt_version,
            "generatedAt": None if found is None else found.generated_at,
        }

    @property
    def heard(self) -> list[Any] | None:
        """In a query process: what the warehouse has said of relations; null when what is known of them is wrong."""
        return None if self._outdated else self._deferral.existing.heard

    def learn(self, heard: list[Any] | None) -> None:
        """In the session: what one of its query processes has heard."""
        if heard is not None:
            self._deferral.existing.learn(heard)
            return
        self._deferral.existing.forget()
        if self._deferral.mode != "off":
            self._latest = None
            self.graph.revision += 1

    # -- compile ------------------------------------------------------------------------------------------------

    def compile(
        self,
        *,
        path: str | None = None,
        unique_id: str | None = None,
        sql: str | None = None,
        version: int = 0,
        allow_warehouse: bool = False,
    ) -> CompileResult:
        """The SQL that `dbt compile` would write.

        Raises NeedsWarehouse when the Jinja asks for the warehouse and `allow_warehouse` is False. Every other failure
        is in the result's `error`.
        """
        started = time.perf_counter()
        result: CompileResult = {
            "uniqueId": unique_id,
            "version": version,
            "sql": None,
            "lastGoodSql": None,
            "error": None,
            "introspective": allow_warehouse,
            "stale": False,
            "dependsOn": [],
            "milliseconds": 0.0,
        }
        if path is not None and path in self.graph.pending:
            self.graph.run_pending()
        key = unique_id or path or ""
        try:
            node = self.compiled(path=path, unique_id=unique_id, sql=sql, allow_warehouse=allow_warehouse)
            if node is not None:
                result["uniqueId"] = node.unique_id
                result["sql"] = node.compiled_code
                result["dependsOn"] = list(node.depends_on_nodes)
                if sql is None and node.compiled_code is not None:
                    self._last_good[key] = node.compiled_code
                if sql is None and path is not None and node.compiled_code is not None and not allow_warehouse:
                    self._remember(path, node)
        except WorkerError as error:
            result["error"] = error.body()
        if sql is None:
            result["lastGoodSql"] = self._last_good.get(key)
        result["stale"] = bool(self.graph.pending)
        result["milliseconds"] = (time.perf_counter() - started) * 1000
        return result

    def compiled(self, *, path: str | None, unique_id: str | None, sql: str | None, allow_warehouse: bool) -> Any:
        """The compiled node, or None for a file that dbt does not compile. Raises WorkerError and NeedsWarehouse."""
        self._read_first(self._ids_of([path], [unique_id]))
        while True:
            node = self._compiled(path=path, unique_id=unique_id, sql=sql, allow_warehouse=allow_warehouse)
            if node is None or not self.graph.read_callers(self.graph.callers.above(node)):
                return node

    def _ids_of(self, paths: Iterable[str | None], unique_ids: Iterable[str | None]) -> list[str]:
        nodes = [self.graph.node(path=path, unique_id=None) for path in paths]
        return [*(node.unique_id for node in nodes if node is not None), *(name for name in unique_ids if name)]

    def _read_first(self, unique_ids: list[str]) -> None:
        """Of a changed macro's callers, those that are asked for."""
        self.graph.callers.look_at(unique_ids)
        self.graph.read_callers(unique_ids)

    def _compiled(self, *, path: str | None, unique_id: str | None, sql: str | None, allow_warehouse: bool) -> Any:
        graph = self.graph
        if graph.manifest is None:
            raise graph.error or WorkerError("DBT_ERROR", "The project has not been parsed.")
        if path is not None and path in graph.errors and sql is None:
            raise graph.errors[path]
        node = graph.node(path=path, unique_id=unique_id)
        if node is None and sql is None:
            if unique_id is not None:
                raise WorkerError("NOT_FOUND", f"The project has no node {unique_id}.")
            return None
        if sql is None and not is_compilable(node):
            return None
        selected = node.unique_id if node is not None else f"sqloperation.{graph.config.project_name}.{INLINE_NAME}"
        try:
            with (
                reading(graph.tree),
                warehouse(allow_warehouse),
                connection_scope(graph.config),
                self._deferral.applied(graph.config, selected),
            ):
                runtime.touch_run_started_at()
                if sql is not None:
                    return compile_inline(graph.config, graph.manifest, sql, node)
                return compile_node(graph.config, graph.manifest, node)
        except WorkerError:
            raise
        except Exception as error:
            where = path or (None if sql is not None else node.original_file_path)
            raise graph.located(error, where if sql is None else None) from error

    def index(self) -> ProjectIndex:
        """What the browser completes, hovers and goes by. Raises WorkerError while nothing has been parsed."""
        graph = self.graph
        if graph.manifest is None:
            raise graph.error or WorkerError("DBT_ERROR", "The project has not been parsed.")
        return graph_index(graph).whole()

    def index_parts(self, known: str | None, part: Part) -> IndexParts:
        """The same; of what everyone at this commit shares the part that the browser wants and does not have."""
        graph = self.graph
        if graph.manifest is None:
            raise graph.error or WorkerError("DBT_ERROR", "The project has not been parsed.")
        if self._shared_index is None:
            whole = graph_index(graph).whole()
            return {"version": graph.version, "base": None, "prefixes": [], "changes": None, "whole": whole}
        return self._shared_index.parts(graph, known, part)

    def insight(self, method: str, params: Any) -> Any:
        """The answer to a request about lineage, selections or problems. Raises WorkerError."""
        self._asked = self._asked or method in ("columnLineage", "modelColumns")
        if method in _ABOUT_NODES:
            paths, ids = params.get("paths", ()), params.get("uniqueIds", [params.get("uniqueId")])
            self._read_first(self._ids_of(paths, ids))
        return self._insight.answer(method, params)

    def check(self, method: str, path: str, version: int) -> LintResult | FormatResult:
        """In a fork: what SQLFluff says of a file, or the file as its formatter writes it. Raises WorkerError."""
        # Imported by the runner; without it (in tests) a first check pays for it.
        from millrace_worker.lint.project import format_file, lint

        if path in self.graph.pending:
            self.graph.run_pending()
        self._read_first(self._ids_of([path], ()))
        return format_file(self.graph, path, version) if method == "format" else lint(self.graph, path, version)

    @property
    def behind(self) -> int:
        """How much waits to be worked out in idle time; a session leaves a large project's whole to its template."""
        behind = self._insight.behind
        return 0 if self._personal and not self._asked and behind > _MOST_BEHIND else behind

    def work(self, seconds: float) -> None:
        """Works some of it out."""
        self._insight.work(seconds)

    def progress(self) -> tuple[int, int, int]:
        """The graph's version, and how many of its nodes have been worked out of how many."""
        return self._insight.progress()

    def _remember(self, path: str, node: Any) -> None:
        source = str(node.original_file_path)
        statement: Statement = {"sql": node.compiled_code, "path": source, "text": self.graph.tree.text(source)}
        self._latest = path, self.graph.revision, time.monotonic(), statement

    def statement(self, query: QueryFrame) -> Statement | None:
        """What a query's file compiles to, where the compiled pane has just compiled it; runs no Jinja."""
        if self._latest is None or query["sql"] is not None or not takes_text(query["what"]) or self.pending:
            return None
        if not self._has_text(query):
            return None
        path, revision, at, statement = self._latest
        known = path == query["path"] and revision == self.graph.revision
        return statement if known and time.monotonic() - at < _STATEMENT_SECONDS else None

    def _has_text(self, query: QueryFrame) -> bool:
        """Whether the file of a query has the text here that the query is about."""
        path, text = query["path"], query["text"]
        return path is None or text is None or self.graph.tree.overlay.get(os.path.normpath(path)) == text

    # -- rows ---------------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """In a query process that waits for its order: what needs neither that nor the warehouse."""
        if self.graph.config is not None:
            prepare_source(get_adapter(self.graph.config))

    def stream(
        self,
        *,
        query: QueryFrame,
        send_json: SendJson,
        send_arrow: SendArrow,
        stop: threading.Event,
        statement: Statement | None = None,
    ) -> RowsTail:
        """In a query process: compiles (or takes what the session compiled), connects read-only, runs and sends.

        The caller sends the tail it returns.
        """
        graph = self.graph
        stream = self._stream = Stream(query, send_json, send_arrow, stop)
        if statement is None and not self._has_text(query):
            # This process alone: the session has another text by now, or never had this one.
            self.overlay([{"path": query["path"] or "", "text": query["text"], "deleted": False, "version": 0}])

        ran: list[Subject] = []
        # Who looks at the warehouse's catalog wants to see what is there now.
        self._outdated = subject_of(query["what"])["kind"] == "catalog"

        def compiled() -> Any:
            ran.append(self._subject(query, statement))
            return ran[0]

        def explained(error: WorkerError) -> WorkerError:
            manifest = graph.manifest
            if not ran:
                return error
            found = (manifest.nodes.get(name) or manifest.sources.get(name) for name in ran[0].depends_on)
            nodes = [node for node in found if node is not None]
            told = explain_missing(error, ran[0].compiled_code or "", nodes)
            self._outdated = self._outdated or "missing" in told.details
            return told

        if graph.config is None:
            return stream.refuse(graph.error or WorkerError("DBT_ERROR", "The project has not been parsed."))
        with warehouse(True), connection_scope(graph.config):
            text_of = graph.tree.text if statement is None else {statement["path"]: statement["text"]}.get
            return stream.run(compiled, get_adapter(graph.config), text_of, explained)

    def _subject(self, query: QueryFrame, statement: Statement | None) -> Subject:
        """The statement that shows what a query asks for. Raises WorkerError, and what dbt raises."""
        graph = self.graph
        config, manifest = graph.config, graph.manifest
        if manifest is None:
            raise graph.error or WorkerError("DBT_ERROR", "The project has not been parsed.")

        def text() -> Subject:
            if statement is not None:
                node = graph.node(path=query["path"], unique_id=None)
                return Subject(statement["sql"], statement["path"], list(getattr(node, "depends_on_nodes", [])))
            node = self.compiled(path=query["path"], unique_id=None, sql=query["sql"], allow_warehouse=True)
            if node is None:
                raise WorkerError("INVALID_INPUT", f"{query['path']} has no SQL to run.")
            return Subject(node.compiled_code, node.original_file_path, list(node.depends_on_nodes))

        def relation(node: Any) -> Any:
            resolver = RuntimeSourceResolver if node.resource_type == NodeType.Source else RuntimeRefResolver
            found = resolver(SimpleNamespace(Relation=RelationProxy(get_adapter(config))), node, config, manifest)
            with self._deferral.applied(config, ""):
                if node.resource_type != NodeType.Source:
                    return found.create_relation(node)
                return found.Relation.create_from(config, node)

        def compiled(unique_id: str) -> Any:
            return self.compiled(path=None, unique_id=unique_id, sql=None, allow_warehouse=True)

        def file(node: Any) -> str:
            return graph.tree_path(node.package_name, node.original_file_path) or str(node.original_file_path)

        source = Source(config, manifest, text, compiled, relation, file)
        what = query["what"]
        try:
            with reading(graph.tree):
                return resolve(source, what)
        except WorkerError:
            raise
        except Exception as error:
            raise graph.located(error, query["path"] if takes_text(what) else None) from error

    def interrupt(self) -> None:
        """Ends the running statement; from any thread."""
        if self._stream is not None:
            self._stream.interrupt()
