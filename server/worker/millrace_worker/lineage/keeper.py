"""The lineage of a session's project, kept in step with its graph: worked out in slices, by what changed."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timezone
from operator import is_
from typing import Any, NamedTuple

from dbt.node_types import NodeType

from millrace_worker.dbt.changes import changes_of
from millrace_worker.dbt.edges import whole_of
from millrace_worker.dbt.engine import NeedsWarehouse
from millrace_worker.lineage.macros import Render, WrittenMacros
from millrace_worker.lineage.project import ModelSql, ProjectLineage, dotted_names
from millrace_worker.lineage.render import Rendered, from_dbt, render_plain
from millrace_worker.lineage.statement import EPHEMERAL_PREFIX
from millrace_worker.lineage.warehouse import Fact, Seen, WarehouseColumns, key_of_rendered
from millrace_worker.protocol.errors import WorkerError

_DIALECTS = {
    "sqlserver": "tsql",
    "fabric": "fabric",
    "motherduck": "duckdb",
    "fabricspark": "spark",
}
_FOLLOWED = (NodeType.Model, NodeType.Snapshot, NodeType.Analysis, NodeType.Test)
_REMEMBERED = 8
_JINJA_NAMES = ("ref", "source", "config")


class _Look(NamedTuple):
    """A node and those of its parts that dbt replaces when it changes one in place."""

    node: Any
    raw_code: Any
    columns: Any
    config: Any


def dialect_of(adapter: str) -> str:
    """sqlglot's name of an adapter's SQL; its own superset where it has none."""
    from sqlglot.dialects.dialect import Dialect

    name = _DIALECTS.get(adapter, adapter)
    return name if Dialect.get(name) is not None else ""


class LineageKeeper:
    """Follows a `Graph`. `compiled` gives dbt's own compilation of a node, or raises NeedsWarehouse or WorkerError."""

    def __init__(self, graph: Any, compiled: Callable[[str], Any], render: Render) -> None:
        self._macros = WrittenMacros(graph, render)
        self._graph = graph
        self._compiled = compiled
        self._seen: dict[str, _Look] = {}
        self._skipped: set[str] = set()
        self._version = -1
        self._manifest: Any = None
        self._unrendered: dict[str, None] = {}
        self._reasons: dict[str, str] = {}
        self._rendered: dict[str, tuple[_Look, Rendered]] = {}
        self._lineage: ProjectLineage | None = None
        self.warehouse = WarehouseColumns()
        self._named: dict[str, dict[str, None]] = {}
        """Followed nodes by their relation's name in lower case: made in the template, so no session looks at all."""
        self._by_warehouse: dict[str, Seen] = {}
        """Nodes whose columns are known to be all, because the warehouse said so."""
        self._untold = False

    # -- work -------------------------------------------------------------------------------------------------------

    @property
    def lineage(self) -> ProjectLineage:
        """As far as it has been worked out."""
        if self._lineage is None:
            self._lineage = ProjectLineage(dialect_of(self._graph.config.credentials.type))
        return self._lineage

    @property
    def behind(self) -> int:
        """How many nodes wait to be rendered or worked out; one at least while the graph has changed."""
        if self._graph.manifest is None:
            return 0
        waiting = len(self._unrendered) + self.lineage.behind
        changed = self._untold or self._version != self._graph.version or self.warehouse.outdated
        return max(1, waiting) if changed else waiting

    @property
    def total(self) -> int:
        """How many nodes there are to follow."""
        return len(self._seen)

    def sync(self) -> None:
        """Takes in what changed in the graph since the last time; cheap, nothing is rendered."""
        graph = self._graph
        if graph.manifest is not None and self._version != graph.version:
            self._sync_graph(graph)
        if graph.manifest is not None and self.warehouse.outdated:
            self._sync_warehouse()

    def _sync_graph(self, graph: Any) -> None:
        self._version = graph.version
        manifest = graph.manifest
        seen, skipped = self._seen, self._skipped
        leaves = []
        followed = 0
        changed = changes_of(manifest).ids if manifest is self._manifest else None
        self._manifest = manifest
        self._follow_macros(manifest, changed)
        for nodes in (manifest.sources, manifest.nodes):
            # To go through all of them would be a copy of each in every session: they are its template's.
            candidates = nodes.items() if changed is None else [(key, nodes[key]) for key in changed if key in nodes]
            for unique_id, node in candidates:
                if unique_id in skipped:
                    continue
                look = _Look(node, getattr(node, "raw_code", None), node.columns, node.config)
                known = seen.get(unique_id)
                if known is None and not _followed(node):
                    skipped.add(unique_id)
                    continue
                followed += 1
                if known is not None and all(map(is_, known, look)):
                    continue
                seen[unique_id] = look
                self._name(node)
                if known is not None and node.resource_type in _BUILT:
                    # What was built is of an older text than this one.
                    self.warehouse.forget_relation(self._key(node))
                leaf = self._leaf(node)
                if leaf is not None:
                    leaves.append(leaf)
                else:
                    self._unrendered[unique_id] = None
        gone = []
        if changed is not None:
            gone = [
                name for name in changed if name in seen and name not in manifest.nodes and name not in manifest.sources
            ]
        elif followed < len(seen):
            gone = [name for name in seen if name not in manifest.nodes and name not in manifest.sources]
        for unique_id in gone:
            del seen[unique_id]
            self._by_warehouse.pop(unique_id, None)
            self._unrendered.pop(unique_id, None)
            self._reasons.pop(unique_id, None)
        self.lineage.update(leaves, gone)

    def _follow_macros(self, manifest: Any, changed: set[str] | None) -> None:
        """Who calls a macro that has changed writes something else, also where dbt need not parse it again."""
        waiting = [name for name in changed or () if name.startswith("macro.")]
        if changed is None or waiting:
            self._macros.forget()
        found = set(waiting)
        callers = whole_of(manifest).callers if waiting else {}
        while waiting:
            fresh = [name for name in callers.get(waiting.pop(), ()) if name not in found]
            found.update(fresh)
            waiting.extend(fresh)
        for name in found:
            known = self._seen.get(name)
            if known is not None and known.raw_code is not None:
                self._unrendered[name] = None
                self._rendered.pop(name, None)

    def work(self, seconds: float) -> None:
        """One slice: at least one node rendered or worked out."""
        until = time.perf_counter() + seconds
        self.sync()
        while time.perf_counter() < until:
            if self._unrendered:
                self._render(next(iter(self._unrendered)))
            elif self.lineage.behind:
                self.lineage.advance(until - time.perf_counter())
            else:
                self._untold = False
                return

    def bring(self, unique_ids: Iterable[str], seconds: float) -> bool:
        """Works out some nodes and what is above them first; False when the time was not enough for all."""
        until = time.perf_counter() + seconds
        self.sync()
        for unique_id in unique_ids:
            for at in self._above(unique_id) if self._unrendered else ():
                if at in self._unrendered:
                    self._render(at)
                    if time.perf_counter() >= until:
                        return False
            for at in self.lineage.ancestors(unique_id) if self.lineage.behind else ():
                if self.lineage.waits(at):
                    self.lineage.of(at)
                    if time.perf_counter() >= until:
                        return False
        return True

    # -- asking -----------------------------------------------------------------------------------------------------

    @property
    def version(self) -> int:
        """The graph's version that was last taken in."""
        return self._version

    def waits(self, unique_id: str) -> bool:
        """Whether a node has changed since its lineage was worked out."""
        return unique_id in self._unrendered or self.lineage.waits(unique_id)

    def reason(self, unique_id: str) -> str | None:
        """Why a node has no lineage."""
        return self._reasons.get(unique_id)

    def columns(self, unique_id: str) -> tuple[tuple[str, ...], bool]:
        """What is known of a node's columns, and whether those are all."""
        columns = self.lineage.columns(unique_id)
        return (columns, True) if columns is not None else (self.lineage.documented(unique_id), False)

    def rendered(self, unique_id: str) -> Rendered | None:
        """The SQL that a node's lineage was read from, with the way back to its text."""
        look = self._seen.get(unique_id)
        kept = self._rendered.get(unique_id)
        if kept is not None and kept[0] is look:
            return kept[1]
        if look is None:
            return None
        try:
            return self._sql_of(look.node)[0]
        except (NeedsWarehouse, WorkerError):
            return None

    # -- the warehouse --------------------------------------------------------------------------------------------

    def learn(self, facts: Iterable[Fact], before: float | None, missing: str | None) -> None:
        """
        What a query process has read of columns. What was read up to `before` may be wrong, and the node `missing` has
        no relation.
        """
        if before is not None:
            self.warehouse.forget(before)
        gone = self._seen.get(missing) if missing is not None else None
        if gone is not None:
            self.warehouse.forget_relation(self._key(gone.node))
        self.warehouse.learn(facts)

    def read_at(self, relations: Iterable[str]) -> str | None:
        """When (ISO, UTC) the warehouse told the oldest of what some nodes' columns are known by; None: the project."""
        found: dict[str, None] = {}
        waiting = list(relations)
        while waiting:
            at = waiting.pop()
            if at not in found:
                found[at] = None
                waiting.extend(self.lineage.rests_on(at))
        times = [self._by_warehouse[name].at for name in found if name in self._by_warehouse]
        if not times:
            return None
        told = datetime.fromtimestamp(time.time() - self.warehouse.age(min(times)), timezone.utc)
        return f"{told:%Y-%m-%dT%H:%M:%SZ}"

    def types(self, unique_id: str) -> dict[str, str]:
        """Types of the columns that its relation had when it was read, by their names in lower case."""
        look = self._seen.get(unique_id)
        seen = self.warehouse.of(self._key(look.node)) if look is not None and _is_relation(look.node) else None
        return {name.lower(): kind for name, kind in seen.columns} if seen is not None else {}

    def settled(self, relations: Iterable[str]) -> bool:
        """Whether nothing that some nodes' columns are known by waits to be worked out again."""
        return not self.lineage.behind or not any(
            self.waits(at) for name in relations for at in self.lineage.ancestors(name)
        )

    def _sync_warehouse(self) -> None:
        for name in self.warehouse.news():
            for unique_id in self._named.get(name, ()):
                look = self._seen.get(unique_id)
                if look is None:
                    continue
                self._untold = True
                leaf = self._leaf(look.node)
                if leaf is not None:
                    self.lineage.update([leaf])
                else:
                    self.lineage.describe(unique_id, self._built(look.node))

    def _name(self, node: Any) -> None:
        if _is_relation(node):
            self._named.setdefault(str(node.identifier).lower(), {})[node.unique_id] = None

    def _key(self, node: Any) -> Any:
        relation = node.relation_name if self.warehouse.has(str(node.identifier).lower()) else None
        return None if relation is None else key_of_rendered(self._graph.config.credentials.type, relation)

    def _whole_in_warehouse(self, node: Any) -> tuple[str, ...] | None:
        """All columns of a source, which is nothing but what the warehouse has."""
        self._by_warehouse.pop(node.unique_id, None)
        seen = self.warehouse.of(self._key(node)) if node.resource_type == NodeType.Source else None
        if seen is None or not seen.complete:
            return None
        self._by_warehouse[node.unique_id] = seen
        return seen.names

    def _described(self, node: Any) -> tuple[str, ...]:
        """Columns in YAML, then those of the relation that was read."""
        names = {column.name.lower(): column.name for column in node.columns.values()}
        for name in self._built(node):
            names.setdefault(name.lower(), name)
        return tuple(names.values())

    def _built(self, node: Any) -> tuple[str, ...]:
        """The columns of what a node is in the warehouse: never all that it may have, its text may be newer."""
        seen = self.warehouse.of(self._key(node))
        return seen.names if seen is not None else ()

    # -- rendering --------------------------------------------------------------------------------------------------

    def _above(self, unique_id: str) -> list[str]:
        found: dict[str, None] = {}
        waiting = [unique_id]
        while waiting:
            at = waiting.pop()
            if at not in found and at in self._seen:
                found[at] = None
                waiting.extend(_parents(self._seen[at].node))
        return list(reversed(found))

    def _leaf(self, node: Any) -> ModelSql | None:
        """A node that has no SQL to follow."""
        if node.resource_type in _LEAVES:
            columns = _header(self._graph, node) if node.resource_type == NodeType.Seed else None
            columns = columns or self._whole_in_warehouse(node)
            return ModelSql(node.unique_id, "", None, columns=columns, documented=self._described(node))
        if getattr(node, "language", "sql") != "sql":
            self._reasons[node.unique_id] = "A Python model is not followed."
            return ModelSql(node.unique_id, "", None, _parents(node), _contract(node), self._described(node))
        return None

    def _render(self, unique_id: str) -> None:
        del self._unrendered[unique_id]
        node = self._seen[unique_id].node
        sql: str | None = None
        reads: tuple[tuple[str, str], ...] = ()
        self._reasons.pop(unique_id, None)
        try:
            rendered, reads = self._sql_of(node)
            sql = rendered.sql
        except NeedsWarehouse:
            self._reasons[unique_id] = "The model asks the warehouse while it compiles."
        except WorkerError as error:
            self._reasons[unique_id] = f"It does not compile: {error.body()['message'].splitlines()[0]}"
        built = self._built(node)
        model = ModelSql(unique_id, "", sql, _parents(node), _contract(node), built, _snapshot_columns(node), reads)
        self.lineage.update([model])

    def _sql_of(self, node: Any) -> tuple[Rendered, tuple[tuple[str, str], ...]]:
        manifest, graph = self._graph.manifest, self._graph
        reads: list[tuple[str, str]] = []

        def resolve(function: str, arguments: list[object], named: dict[str, object]) -> str | None:
            target = _resolved(graph, node, function, arguments, named)
            if target is None:
                return None
            name = _name_in_sql(target)
            reads.extend((dotted, target.unique_id) for dotted in dotted_names(name))
            return name

        def write(name: str, expression: str) -> str | None:
            return self._macros.write(node, name, expression)

        plain = None if self._overridden() else render_plain(node.raw_code, resolve, write)
        if plain is None:
            reads.clear()
            compiled = self._compiled(node.unique_id)
            plain = from_dbt(compiled.compiled_code or "", node.raw_code)
            for parent in compiled.depends_on_nodes:
                target = manifest.nodes.get(parent) or manifest.sources.get(parent)
                if _is_ephemeral(target) or getattr(target, "relation_name", None):
                    reads.extend((dotted, parent) for dotted in dotted_names(_name_in_sql(target)))
        own = getattr(node, "relation_name", None)
        reads.extend((dotted, node.unique_id) for dotted in dotted_names(own or ""))
        self._rendered.pop(node.unique_id, None)
        self._rendered[node.unique_id] = self._seen[node.unique_id], plain
        if len(self._rendered) > _REMEMBERED:
            del self._rendered[next(iter(self._rendered))]
        return plain, tuple(dict.fromkeys(reads))

    def _overridden(self) -> bool:
        """Whether the project has its own `ref`, `source` or `config`."""
        macros = self._graph.manifest.macros
        package = self._graph.config.project_name
        return any(f"macro.{package}.{name}" in macros for name in _JINJA_NAMES)


_LEAVES = (NodeType.Source, NodeType.Seed)
_BUILT = (NodeType.Model, NodeType.Seed, NodeType.Snapshot)


def _is_relation(node: Any) -> bool:
    return node.resource_type == NodeType.Source or node.resource_type in _BUILT


def _followed(node: Any) -> bool:
    if node.resource_type in _LEAVES:
        return True
    return node.resource_type in _FOLLOWED and getattr(node, "test_metadata", None) is None


def _parents(node: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(node.depends_on_nodes)) if hasattr(node, "depends_on_nodes") else ()


def _is_ephemeral(node: Any) -> bool:
    return node is not None and bool(getattr(node, "is_ephemeral_model", False))


def _name_in_sql(node: Any) -> str:
    if _is_ephemeral(node):
        return f"{EPHEMERAL_PREFIX}{node.identifier}"
    return str(node.relation_name)


def _contract(node: Any) -> tuple[str, ...] | None:
    contract = getattr(node.config, "contract", None)
    enforced = contract is not None and contract.enforced
    return tuple(column.name for column in node.columns.values()) or None if enforced else None


def _snapshot_columns(node: Any) -> tuple[str, ...]:
    if node.resource_type != NodeType.Snapshot:
        return ()
    chosen = getattr(node.config, "snapshot_meta_column_names", None)
    names = ["dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to"]
    if getattr(node.config, "hard_deletes", None) == "new_record":
        names.append("dbt_is_deleted")
    return tuple(getattr(chosen, name, None) or name for name in names)


def _header(graph: Any, node: Any) -> tuple[str, ...] | None:
    path = graph.tree_path(node.package_name, node.original_file_path)
    text = graph.tree.text(path) if path is not None else None
    if not text:
        return None
    row = next(csv.reader(text.splitlines()[:1], delimiter=node.config.delimiter or ","), [])
    return tuple(name.strip().lstrip("\ufeff") for name in row) or None


def _resolved(graph: Any, node: Any, function: str, arguments: list[object], named: dict[str, object]) -> Any:
    """What a call refers to, if it is one of the node's parents."""
    texts = [argument for argument in arguments if isinstance(argument, str)]
    if len(texts) != len(arguments):
        return None
    manifest, project = graph.manifest, graph.config.project_name
    if function == "source":
        target = manifest.resolve_source(*texts, project, node.package_name) if len(texts) == 2 and not named else None
    elif len(texts) in (1, 2) and set(named) <= {"v", "version"}:
        version = named.get("v", named.get("version"))
        package = texts[0] if len(texts) == 2 else None
        target = manifest.resolve_ref(node, texts[-1], package, version, project, node.package_name)
    else:
        target = None
    return target if target is not None and getattr(target, "unique_id", None) in _parents(node) else None
