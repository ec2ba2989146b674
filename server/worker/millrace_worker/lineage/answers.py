"""What a session answers about column lineage: bounded, with everything that was left out said."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from millrace_worker.lineage.keeper import LineageKeeper
from millrace_worker.lineage.outputs import Leaf
from millrace_worker.protocol.types import ColumnLineageResult, ColumnUse, LineageEdge, ModelColumnsResult, NodeColumns

_COLUMNS_PER_NODE = 2000
_SOURCES_PER_COLUMN = 200


def column_lineage(
    keeper: LineageKeeper, start: Leaf, *, upstream: bool, downstream: bool, limit: int, seconds: float
) -> ColumnLineageResult:
    """Every column above and below one, edge by edge, the nearest first. `pending`: more may follow later."""
    done = keeper.bring([start.relation], seconds)
    lineage = keeper.lineage
    edges: dict[tuple[Leaf, Leaf], LineageEdge] = {}
    uses: dict[tuple[Leaf, str, str], ColumnUse] = {}
    found: dict[Leaf, None] = {start: None}
    truncated = False

    def walk(upwards: bool) -> None:
        nonlocal truncated
        waiting = [start]
        for at in waiting:
            for leaf, kind in lineage.above(at) if upwards else lineage.below(at):
                if len(edges) >= limit:
                    truncated = True
                    return
                above, below = (leaf, at) if upwards else (at, leaf)
                edges[above, below] = {"source": _column(above), "target": _column(below), "kind": kind}
                if leaf not in found:
                    found[leaf] = None
                    waiting.append(leaf)
            for node, use in () if upwards else lineage.decides(at):
                if len(uses) >= limit:
                    truncated = True
                    return
                uses[at, node, use] = {"source": _column(at), "target": node, "kind": use}

    if upstream:
        walk(True)
        own = lineage.peek(start.relation)
        for decided in own.uses[:limit] if own is not None else ():
            key = (decided.leaf, start.relation, str(decided.kind))
            uses[key] = {"source": _column(decided.leaf), "target": start.relation, "kind": decided.kind}
    if downstream:
        walk(False)
    return {
        "graphVersion": keeper.version,
        "pending": not done or (downstream and keeper.behind > 0),
        "truncated": truncated,
        "edges": list(edges.values()),
        "uses": list(uses.values()),
        "unresolved": _unresolved(keeper, found),
    }


def node_columns(keeper: LineageKeeper, unique_ids: Iterable[str], seconds: float) -> ModelColumnsResult:
    """Columns of some nodes with what each is made of directly."""
    wanted = list(unique_ids)
    keeper.bring(wanted, seconds)
    return {
        "graphVersion": keeper.version,
        "pending": keeper.behind > 0,
        "done": max(0, keeper.total - keeper.behind),
        "total": keeper.total,
        "nodes": [_node(keeper, unique_id) for unique_id in wanted],
    }


def _node(keeper: LineageKeeper, unique_id: str) -> NodeColumns:
    lineage = keeper.lineage.peek(unique_id)
    names, complete = keeper.columns(unique_id)
    made = {column.name.lower(): column for column in (lineage.columns if lineage is not None else ())}
    columns: list[Any] = []
    types = keeper.types(unique_id)
    for name in names[:_COLUMNS_PER_NODE]:
        column = made.get(name.lower())
        sources = (
            list(column.sources.items()) if column is not None else list(keeper.lineage.above(Leaf(unique_id, name)))
        )
        columns.append(
            {
                "name": name,
                "sources": [{**_column(leaf), "kind": kind} for leaf, kind in sources[:_SOURCES_PER_COLUMN]],
                "unresolved": column.unresolved if column is not None else [],
                **({"type": types[name.lower()]} if name.lower() in types else {}),
            }
        )
    read_at = keeper.read_at([unique_id])
    reason = keeper.reason(unique_id)
    unresolved = list(lineage.unresolved) if lineage is not None else []
    node: NodeColumns = {
        "uniqueId": unique_id,
        "complete": complete,
        "pending": keeper.waits(unique_id),
        "columns": columns,
        "uses": [
            {"source": _column(use.leaf), "target": unique_id, "kind": use.kind}
            for use in (lineage.uses[:_COLUMNS_PER_NODE] if lineage is not None else ())
        ],
        "open": list(lineage.open_relations) if lineage is not None else [],
        "unresolved": ([reason] if reason is not None else []) + unresolved,
    }
    if read_at is not None:
        node["readAt"] = read_at
    return node


def _unresolved(keeper: LineageKeeper, found: Iterable[Leaf]) -> list[Any]:
    """What of the columns that were found could not be followed further, and why."""
    told: list[Any] = []
    for leaf in found:
        lineage = keeper.lineage.peek(leaf.relation)
        reason = keeper.reason(leaf.relation)
        if reason is not None:
            told.append({**_column(leaf), "reason": reason})
        for column in lineage.columns if lineage is not None else ():
            if column.name.lower() == leaf.column.lower():
                told.extend({**_column(leaf), "reason": problem} for problem in column.unresolved)
    return told


def _column(leaf: Leaf) -> Any:
    return {"uniqueId": leaf.relation, "column": leaf.column}
