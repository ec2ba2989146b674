"""
The project index in two parts: what everyone at a commit shares, made once in the template, and what is this person's.

The shared part is packed text that the browser keeps by its key. A session answers with what differs from it: nodes of
files that were edited, what a partial parse has touched, and how relations begin for this person. It never walks the
nodes, which would be seconds and a copy of them all at 10,000 models.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Iterable
from typing import Any

from millrace_worker.dbt.changes import changes_of
from millrace_worker.dbt.engine import IndexParts
from millrace_worker.dbt.graph import Graph
from millrace_worker.dbt.index import IndexBuilder
from millrace_worker.dbt.personal import name_group

DEFAULTS: dict[str, Any] = {
    "patchPath": None,
    "line": 1,
    "relation": None,
    "materialized": None,
    "description": "",
    "tags": [],
    "columns": [],
    "dependsOn": [],
    "sourceName": None,
    "version": None,
    "owner": None,
    "freshness": None,
    "checks": None,
}
"""Of a node; what has them is sent without them (components/editor/model/index-parts.ts puts them back)."""
_SAMPLES = 3
_MOST_OWN = 500


class SharedIndex:
    """Made in a template, of which the sessions are forks."""

    def __init__(self, graph: Graph) -> None:
        self._base = graph.base
        self._ids_by_path: dict[str, list[str]] = {}
        self._groups: dict[Any, int] = {}
        self._samples: list[list[tuple[str, str]]] = []
        """Of each group of relations a few nodes, and how their relations end."""
        self._larger: list[bool] = []
        self._prefixes: list[str] = []
        self._own: list[str] = []
        """Nodes whose relation is told one by one."""
        self._personal: list[str] | None = None
        changes_of(graph.base).clear()
        index = graph_index(graph).whole()
        nodes = [self._compact(graph, dict(node)) for node in index["nodes"]]
        for macro in index["macros"]:
            self._ids_by_path.setdefault(macro["path"], []).append(macro["uniqueId"])
        body = {**index, "nodes": nodes}
        text = json.dumps({**body, "version": 0}, ensure_ascii=False, separators=(",", ":")).encode()
        self.key = hashlib.sha256(text).hexdigest()
        self.packed = base64.b64encode(gzip.compress(text, 5, mtime=0)).decode()

    def _compact(self, graph: Graph, node: dict[str, Any]) -> dict[str, Any]:
        unique_id = node["uniqueId"]
        for path in {node["path"], node["patchPath"]} - {None}:
            self._ids_by_path.setdefault(path, []).append(unique_id)
        if node["relation"] is not None and unique_id in graph.base.nodes:
            node["relation"] = self._relation(graph, unique_id, node["relation"])
        node["columns"] = [[column["name"], column["type"], column["description"]] for column in node["columns"]]
        return {name: value for name, value in node.items() if name not in DEFAULTS or value != DEFAULTS[name]}

    def _relation(self, graph: Graph, unique_id: str, relation: str) -> Any:
        """The relation as a group's beginning and the rest."""
        node = graph.base.nodes[unique_id]
        beginning, dot, rest = relation.rpartition(".")
        group = name_group(graph.config, graph.base, node)
        if group is None or not dot or rest.strip('"`[]') != node.alias:
            self._own.append(unique_id)
            return relation
        number = self._groups.setdefault((group, beginning), len(self._samples))
        if number == len(self._samples):
            self._samples.append([])
            self._larger.append(False)
            self._prefixes.append(beginning)
        if len(self._samples[number]) < _SAMPLES:
            self._samples[number].append((unique_id, dot + rest))
        else:
            self._larger[number] = True
        return [number, dot + rest]

    def parts(self, graph: Graph, known: str | None) -> IndexParts:
        """What a browser needs that has the shared part of key `known`."""
        builder = graph_index(graph)
        changes = changes_of(graph.base)
        changed = changes.ids | self._ids_of(graph.changed_paths)
        prefixes = None
        if graph.base is self._base and len(self._own) <= _MOST_OWN and not changes.everything:
            prefixes = self._personal_prefixes(graph, changed)
        if prefixes is None:
            return {"version": graph.version, "base": None, "prefixes": [], "changes": None, "whole": builder.whole()}
        return {
            "version": graph.version,
            "base": {"key": self.key, "packed": None if known == self.key else self.packed},
            "prefixes": prefixes,
            "changes": builder.some({*changed, *self._own}),
            "whole": None,
        }

    def _ids_of(self, paths: Iterable[str]) -> set[str]:
        return {unique_id for path in paths for unique_id in self._ids_by_path.get(path, ())}

    def _personal_prefixes(self, graph: Graph, changed: set[str]) -> list[str] | None:
        """How the relations of each group begin for this person; None when no node is left to tell."""
        if self._personal is None:
            found = []
            for samples, larger, shared in zip(self._samples, self._larger, self._prefixes, strict=True):
                left = [(unique_id, rest) for unique_id, rest in samples if unique_id not in changed]
                if not left and larger:
                    return None
                found.append(_beginning(graph.base.nodes[left[0][0]], left[0][1]) if left else shared)
            self._personal = found
        return self._personal


def _beginning(node: Any, rest: str) -> str:
    return str(node.relation_name).removesuffix(rest)


def graph_index(graph: Graph) -> IndexBuilder:
    """The index of a graph as it is now."""
    return IndexBuilder(
        config=graph.config,
        manifest=graph.manifest,
        version=graph.version,
        tree_path=graph.tree_path,
        text_of=graph.tree.text,
    )
