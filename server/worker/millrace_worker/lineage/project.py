"""Column lineage through a whole project."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from millrace_worker.lineage.statement import EdgeKind, Leaf, Relation, StatementLineage, statement_lineage, stronger


@dataclass(frozen=True)
class ModelSql:
    """A node that may be read: its id, relation name, compiled SQL (None for a source or seed) and declared columns."""

    unique_id: str
    relation: str
    sql: str | None
    depends_on: tuple[str, ...] = ()
    columns: tuple[str, ...] | None = None
    """Columns known from the catalog, a contract or introspection, in order; documented columns alone do not count."""


@dataclass
class _Known:
    node: ModelSql
    shape: tuple[tuple[str, ...] | None, ...]
    lineage: StatementLineage


@dataclass
class ProjectLineage:
    """Lineage of every model, kept until its SQL or what is known of its parents' columns changes."""

    dialect: str
    _nodes: dict[str, ModelSql] = field(default_factory=dict)
    _known: dict[str, _Known] = field(default_factory=dict)
    _readers: dict[tuple[str, str], list[tuple[Leaf, EdgeKind]]] | None = None

    def update(self, nodes: Iterable[ModelSql], removed: Iterable[str] = ()) -> None:
        """Takes in nodes that are new or changed; nothing is computed until it is asked for."""
        self._readers = None
        for unique_id in removed:
            self._nodes.pop(unique_id, None)
            self._known.pop(unique_id, None)
        for node in nodes:
            self._nodes[node.unique_id] = node

    def of(self, unique_id: str) -> StatementLineage:
        """Lineage of one node; leaves name the ids of its parents. Parents are computed first, as far as needed."""
        for at in self._order([unique_id]):
            self._compute(at)
        known = self._known.get(unique_id)
        return known.lineage if known is not None else StatementLineage([], [], [], ["The node has no SQL."])

    def columns(self, unique_id: str) -> tuple[str, ...] | None:
        """Columns of a node in order, or None when they are not known."""
        node = self._nodes.get(unique_id)
        if node is None or node.sql is None or node.columns is not None:
            return None if node is None else node.columns
        known = self._known.get(unique_id)
        if known is None or known.lineage.open_relations or (known.lineage.unresolved and not known.lineage.columns):
            return None
        return tuple(column.name for column in known.lineage.columns) or None

    def upstream(self, unique_id: str, column: str) -> dict[Leaf, EdgeKind]:
        """Everything that a column is made of through the whole project, with the strongest kind on the way."""
        found: dict[Leaf, EdgeKind] = {}
        waiting: list[tuple[Leaf, EdgeKind]] = [(Leaf(unique_id, column), "passed")]
        while waiting:
            at, kind = waiting.pop()
            for edge in self.of(at.relation).columns if at.relation in self._nodes else []:
                if edge.name.lower() != at.column.lower():
                    continue
                for leaf, edge_kind in edge.sources.items():
                    if leaf not in found:
                        found[leaf] = stronger(kind, edge_kind)
                        waiting.append((leaf, found[leaf]))
        return found

    def downstream(self, unique_id: str, column: str) -> dict[Leaf, EdgeKind]:
        """Every column of the project that is made of this one, with the strongest kind on the way."""
        readers = self._read_by()
        found: dict[Leaf, EdgeKind] = {}
        waiting: list[tuple[Leaf, EdgeKind]] = [(Leaf(unique_id, column), "passed")]
        while waiting:
            at, kind = waiting.pop()
            for leaf, edge_kind in readers.get((at.relation, at.column.lower()), []):
                if leaf not in found:
                    found[leaf] = stronger(kind, edge_kind)
                    waiting.append((leaf, found[leaf]))
        return found

    def _read_by(self) -> dict[tuple[str, str], list[tuple[Leaf, EdgeKind]]]:
        """For every column of the project, the columns that are made of it directly."""
        if self._readers is None:
            readers: dict[tuple[str, str], list[tuple[Leaf, EdgeKind]]] = {}
            for unique_id in self._order(self._nodes):
                self._compute(unique_id)
                known = self._known.get(unique_id)
                for edge in known.lineage.columns if known is not None else []:
                    for leaf, kind in edge.sources.items():
                        readers.setdefault((leaf.relation, leaf.column.lower()), []).append(
                            (Leaf(unique_id, edge.name), kind)
                        )
            self._readers = readers
        return self._readers

    def _order(self, wanted: Iterable[str]) -> list[str]:
        """The nodes and their ancestors, parents first (no recursion: chains may be thousands deep)."""
        order: list[str] = []
        seen: set[str] = set()
        stack = [(unique_id, False) for unique_id in wanted]
        while stack:
            at, done = stack.pop()
            if done:
                order.append(at)
            elif at in self._nodes and at not in seen:
                seen.add(at)
                stack.append((at, True))
                stack.extend((parent, False) for parent in self._nodes[at].depends_on)
        return order

    def _compute(self, unique_id: str) -> None:
        node = self._nodes[unique_id]
        if node.sql is None:
            return
        parents = [self._nodes[parent] for parent in node.depends_on if parent in self._nodes]
        shape = tuple(self.columns(parent.unique_id) for parent in parents)
        known = self._known.get(unique_id)
        if known is not None and known.node == node and known.shape == shape:
            return
        relations: dict[str, Relation] = {}
        for parent, columns in zip(parents, shape, strict=True):
            for name in _names(parent.relation):
                relations.setdefault(name, Relation(parent.unique_id, columns))
        self._known[unique_id] = _Known(node, shape, statement_lineage(node.sql, self.dialect, relations))


_PART = re.compile(r'"[^"]*"|`[^`]*`|\[[^\]]*\]|[^.]+')


def _names(relation: str) -> list[str]:
    """`"db"."schema"."name"` as the lower-case dotted names it may be written as."""
    parts = [part.strip('"`[]').lower() for part in _PART.findall(relation)]
    return [".".join(parts[index:]) for index in range(len(parts))]


__all__ = ["ModelSql", "ProjectLineage"]
