"""Column lineage through a whole project."""

from __future__ import annotations

import heapq
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from millrace_worker.lineage.outputs import EdgeKind, Leaf, Relation, StatementLineage, UseKind, stronger
from millrace_worker.lineage.statement import statement_lineage

_NO_SQL = StatementLineage([], [], [], ["The node has no SQL."], opaque=True)


@dataclass(frozen=True)
class ModelSql:
    """A node that may be read: its id, relation name, compiled SQL (None for a source or seed) and declared columns."""

    unique_id: str
    relation: str
    sql: str | None
    depends_on: tuple[str, ...] = ()
    columns: tuple[str, ...] | None = None
    """Columns known from the catalog, a contract or introspection, in order: there are no others."""
    documented: tuple[str, ...] = ()
    """Columns that are described: it has them, and maybe others."""
    added: tuple[str, ...] = ()
    """Columns that dbt adds to those of the SQL (a snapshot's)."""
    reads: tuple[tuple[str, str], ...] | None = None
    """The ids behind the names in the SQL, lower case and dotted; by the parents' relations when left out."""


@dataclass
class _Known:
    node: ModelSql
    shape: tuple[object, ...]
    lineage: StatementLineage


@dataclass
class ProjectLineage:
    """Lineage of every model, kept until its SQL or what is known of its parents' columns changes.

    `update` says what there is; `advance` works it out, parents first, as far as its time goes; a question about one
    needs only that to be worked out.
    """

    dialect: str
    _nodes: dict[str, ModelSql] = field(default_factory=dict)
    _known: dict[str, _Known] = field(default_factory=dict)
    _children: dict[str, dict[str, None]] = field(default_factory=dict)
    _rank: dict[str, int] = field(default_factory=dict)
    _ranked: bool = True
    _dirty: set[str] = field(default_factory=set)
    _heap: list[tuple[int, str]] = field(default_factory=list)
    _readers: dict[tuple[str, str], dict[Leaf, EdgeKind]] = field(default_factory=dict)
    _deciders: dict[tuple[str, str], dict[tuple[str, UseKind], None]] = field(default_factory=dict)
    _stars: dict[str, dict[str, None]] = field(default_factory=dict)
    """Nodes that offer all columns of a relation whose columns are not known."""

    def update(self, nodes: Iterable[ModelSql], removed: Iterable[str] = ()) -> None:
        """Takes in nodes that are new or changed; nothing is computed until it is asked for."""
        for unique_id in removed:
            old = self._nodes.pop(unique_id, None)
            if old is not None:
                self._forget(unique_id)
                self._known.pop(unique_id, None)
                self._dirty.discard(unique_id)
                for parent in old.depends_on:
                    self._children.get(parent, {}).pop(unique_id, None)
                self._touch(self._children.get(unique_id, ()))
        for node in nodes:
            old = self._nodes.get(node.unique_id)
            if old == node:
                continue
            self._nodes[node.unique_id] = node
            if old is None or old.depends_on != node.depends_on:
                for parent in old.depends_on if old is not None else ():
                    self._children.get(parent, {}).pop(node.unique_id, None)
                for parent in node.depends_on:
                    self._children.setdefault(parent, {})[node.unique_id] = None
                self._ranked = False
            self._touch([node.unique_id])
            if old is None or _face(old) != _face(node):
                self._touch(self._children.get(node.unique_id, ()))

    def describe(self, unique_id: str, documented: tuple[str, ...]) -> None:
        """Columns that a node surely has are others now; the rest of what is known of it stays."""
        node = self._nodes.get(unique_id)
        if node is not None and node.documented != documented:
            self.update([replace(node, documented=documented)])

    @property
    def behind(self) -> int:
        """How many nodes wait to be worked out."""
        return len(self._dirty)

    def advance(self, seconds: float) -> None:
        """Works out what waits, at least one node, for about as long as that."""
        until = time.perf_counter() + seconds
        self._put_in_order()
        if len(self._heap) < len(self._dirty):
            self._heap = [(self._rank[unique_id], unique_id) for unique_id in self._dirty]
            heapq.heapify(self._heap)
        while self._dirty and self._heap:
            _, unique_id = heapq.heappop(self._heap)
            if unique_id in self._dirty:
                for child in self._compute(unique_id):
                    heapq.heappush(self._heap, (self._rank.get(child, 0), child))
                if time.perf_counter() >= until:
                    return

    def of(self, unique_id: str) -> StatementLineage:
        """Lineage of one node; leaves name the ids of its parents. Parents are computed first, as far as needed."""
        if self._dirty:
            self._put_in_order()
            for at in self._order([unique_id]):
                if at in self._dirty:
                    self._compute(at)
        known = self._known.get(unique_id)
        return known.lineage if known is not None else _NO_SQL

    def peek(self, unique_id: str) -> StatementLineage | None:
        """Lineage of a node as far as it has been worked out; maybe of its text before the last edit."""
        known = self._known.get(unique_id)
        return known.lineage if known is not None else None

    def waits(self, unique_id: str) -> bool:
        """Whether a node has changed since its lineage was worked out."""
        return unique_id in self._dirty

    def ancestors(self, unique_id: str) -> list[str]:
        """The node and everything above it that has lineage, parents first."""
        return self._order([unique_id])

    def columns(self, unique_id: str) -> tuple[str, ...] | None:
        """Columns of a node in order, or None when they are not known."""
        node = self._nodes.get(unique_id)
        if node is None or node.columns is not None:
            return None if node is None else node.columns
        known = self._known.get(unique_id)
        if known is None or known.lineage.open_relations or known.lineage.opaque:
            return None
        names = tuple(column.name for column in known.lineage.columns)
        return (*names, *known.node.added) if names else None

    def rests_on(self, unique_id: str) -> tuple[str, ...]:
        """The nodes with whose columns a node's are known: those that its SQL takes whole."""
        node, known = self._nodes.get(unique_id), self._known.get(unique_id)
        return known.lineage.rests_on if node is not None and node.columns is None and known is not None else ()

    def documented(self, unique_id: str) -> tuple[str, ...]:
        """Columns that a node surely has although all of them are not known: made in its SQL, or described."""
        node = self._nodes.get(unique_id)
        if node is None:
            return ()
        known = self._known.get(unique_id)
        if known is None or not known.lineage.columns:
            return node.documented
        names = {column.name.lower(): column.name for column in known.lineage.columns}
        for name in node.documented if known.lineage.open_relations else ():
            names.setdefault(name.lower(), name)
        return tuple(names.values())

    def above(self, leaf: Leaf) -> Iterator[tuple[Leaf, EdgeKind]]:
        """What a column is made of directly."""
        known = self._known.get(leaf.relation)
        if known is None:
            return
        name = leaf.column.lower()
        found = False
        for column in known.lineage.columns:
            if column.name.lower() == name:
                found = True
                yield from column.sources.items()
        if not found and len(known.lineage.open_relations) == 1 and not known.lineage.opaque:
            yield Leaf(known.lineage.open_relations[0], leaf.column), "passed"

    def below(self, leaf: Leaf) -> Iterator[tuple[Leaf, EdgeKind]]:
        """What is made of a column directly."""
        readers = self._readers.get((leaf.relation, leaf.column.lower()), {})
        yield from readers.items()
        for unique_id in self._stars.get(leaf.relation, ()):
            through = Leaf(unique_id, leaf.column)
            if through not in readers and any(source == leaf for source, _ in self.above(through)):
                yield through, "passed"

    def decides(self, leaf: Leaf) -> list[tuple[str, UseKind]]:
        """The nodes whose rows, groups or order a column decides, and by what."""
        return list(self._deciders.get((leaf.relation, leaf.column.lower()), ()))

    def upstream(self, unique_id: str, column: str) -> dict[Leaf, EdgeKind]:
        """Everything that a column is made of through the whole project, with the strongest kind on the way."""
        self.of(unique_id)
        return self._walk(Leaf(unique_id, column), upwards=True)

    def downstream(self, unique_id: str, column: str) -> dict[Leaf, EdgeKind]:
        """Every column of the project that is made of this one, with the strongest kind on the way."""
        while self._dirty:
            self.advance(60.0)
        return self._walk(Leaf(unique_id, column), upwards=False)

    def _walk(self, start: Leaf, *, upwards: bool) -> dict[Leaf, EdgeKind]:
        found: dict[Leaf, EdgeKind] = {}
        waiting: list[tuple[Leaf, EdgeKind]] = [(start, "passed")]
        while waiting:
            at, kind = waiting.pop()
            for leaf, edge_kind in self.above(at) if upwards else self.below(at):
                joined = stronger(kind, edge_kind)
                if leaf not in found or stronger(found[leaf], joined) != found[leaf]:
                    found[leaf] = joined
                    waiting.append((leaf, joined))
        return found

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

    def _put_in_order(self) -> None:
        if not self._ranked:
            self._rank = {unique_id: number for number, unique_id in enumerate(self._order(self._nodes))}
            self._ranked = True
            self._heap.clear()

    def _followers(self, unique_id: str) -> list[str]:
        """Its children, but not those that close a cycle: two stars that read each other would never end."""
        rank = self._rank.get(unique_id, -1)
        return [child for child in self._children.get(unique_id, ()) if self._rank.get(child, rank + 1) > rank]

    def _touch(self, unique_ids: Iterable[str]) -> list[str]:
        touched = [unique_id for unique_id in unique_ids if unique_id in self._nodes]
        self._dirty.update(touched)
        return touched

    def _compute(self, unique_id: str) -> list[str]:
        """Works one node out from what is known of its parents; the children that must follow."""
        self._dirty.discard(unique_id)
        node = self._nodes[unique_id]
        if node.sql is None:
            if self._known.pop(unique_id, None) is not None:
                self._forget(unique_id)
                return self._touch(self._followers(unique_id))
            return []
        parents = [self._nodes[parent] for parent in node.depends_on if parent in self._nodes]
        shape = tuple((self.columns(parent.unique_id), self._soft(parent.unique_id)) for parent in parents)
        known = self._known.get(unique_id)
        if known is not None and known.node == node and known.shape == shape:
            return []
        offered = {
            parent.unique_id: Relation(parent.unique_id, columns, documented)
            for parent, (columns, documented) in zip(parents, shape, strict=True)
        }
        # an incremental model reads the table that it has made before
        offered.setdefault(unique_id, Relation(unique_id, None))
        reads = node.reads
        if reads is None:
            reads = tuple(
                (name, at.unique_id) for at in (*parents, node) for name in reversed(dotted_names(at.relation))
            )
        relations = {name: offered[read] for name, read in reversed(reads) if read in offered}
        before = self.columns(unique_id), self._soft(unique_id)
        self._forget(unique_id)
        try:
            lineage = statement_lineage(node.sql, self.dialect, relations)
        except Exception as error:  # of sqlglot or of the walk: this one node is marked, the others go on
            reason = f"The SQL could not be followed ({type(error).__name__})."
            lineage = StatementLineage([], [], [], [reason], opaque=True)
        self._known[unique_id] = _Known(node, shape, lineage)
        self._remember(unique_id, lineage)
        after = self.columns(unique_id), self._soft(unique_id)
        return [] if before == after else self._touch(self._followers(unique_id))

    def _soft(self, unique_id: str) -> tuple[str, ...]:
        return self.documented(unique_id) if self.columns(unique_id) is None else ()

    def _remember(self, unique_id: str, lineage: StatementLineage) -> None:
        for column in lineage.columns:
            for leaf, kind in column.sources.items():
                readers = self._readers.setdefault((leaf.relation, leaf.column.lower()), {})
                readers[Leaf(unique_id, column.name)] = kind
        for use in lineage.uses:
            deciders = self._deciders.setdefault((use.leaf.relation, use.leaf.column.lower()), {})
            deciders[unique_id, use.kind] = None
        for relation in lineage.open_relations:
            self._stars.setdefault(relation, {})[unique_id] = None

    def _forget(self, unique_id: str) -> None:
        known = self._known.get(unique_id)
        if known is None:
            return
        for column in known.lineage.columns:
            for leaf in column.sources:
                self._readers.get((leaf.relation, leaf.column.lower()), {}).pop(Leaf(unique_id, column.name), None)
        for use in known.lineage.uses:
            self._deciders.get((use.leaf.relation, use.leaf.column.lower()), {}).pop((unique_id, use.kind), None)
        for relation in known.lineage.open_relations:
            self._stars.get(relation, {}).pop(unique_id, None)


def _face(node: ModelSql) -> tuple[object, ...]:
    """What a node's readers see of it without its SQL."""
    return node.relation, node.columns, node.documented, node.added, node.sql is None


_PART = re.compile(r'"[^"]*"|`[^`]*`|\[[^\]]*\]|[^.]+')


def dotted_names(relation: str) -> list[str]:
    """`"db"."schema"."name"` as the lower-case dotted names it may be written as."""
    parts = [part.strip('"`[]').lower() for part in _PART.findall(relation)]
    return [".".join(parts[index:]) for index in range(len(parts))]


__all__ = ["ModelSql", "ProjectLineage", "dotted_names"]
