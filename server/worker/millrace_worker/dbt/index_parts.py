"""
The project index in two parts: what everyone at a commit shares, made once in the template, and what is this person's.

The shared part is packed text that the browser keeps by its key: first the names, by which it completes, then the rest
(descriptions, columns, edges, tests), one line a node, which it reads when it looks at the node. A session answers with
what differs from it: nodes of files that were edited, what a partial parse has touched, and how relations begin for
this person. It never walks the nodes, which would be seconds and a copy of them all at 10,000 models.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from dbt.node_types import NodeType

import millrace_worker.dbt.runtime  # noqa: F401  before any other part of dbt
from millrace_worker.dbt.changes import changes_of
from millrace_worker.dbt.engine import IndexParts
from millrace_worker.dbt.graph import Graph
from millrace_worker.dbt.index import IndexBuilder
from millrace_worker.dbt.personal import name_group
from millrace_worker.protocol.types import IndexPartsBase

DETAILS: dict[str, Any] = {
    "line": 1,
    "relation": None,
    "materialized": None,
    "description": "",
    "tags": [],
    "columns": [],
    "owner": None,
    "freshness": None,
}
"""What stands in a node's own line, unless it is this (components/editor/model/shared-index.ts puts it back)."""
Part = Literal["names", "rest", "all"]
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
        # By name, as the browser arranges them: what is in order is sorted in no time.
        nodes: list[dict[str, Any]] = [dict(node) for node in index["nodes"]]
        nodes.sort(key=lambda node: (_is_test(node), node["name"].lower()))
        lines = [_json(self._details(graph, node)) for node in nodes]
        for macro in index["macros"]:
            self._ids_by_path.setdefault(macro["path"], []).append(macro["uniqueId"])
        tests = sum(map(_is_test, nodes))
        first, others = nodes[: len(nodes) - tests], nodes[len(nodes) - tests :]
        places = {node["uniqueId"]: place for place, node in enumerate(first)}
        kept = {name: index[name] for name in ("projectName", "adapter", "vars", "modelPaths", "macros")}  # type: ignore[literal-required]
        names = _json({**kept, "nodes": _names(first)})
        head = {
            "docs": index["docs"],
            "nodes": {
                "dependsOn": [_short(places, node["dependsOn"]) for node in first],
                "patchPath": [node["patchPath"] for node in first],
            },
            "tests": {
                **_names(others),
                "dependsOn": [_short(places, node["dependsOn"]) for node in others],
                "patchPath": [node["patchPath"] for node in others],
                "checks": [_check(places, node["checks"]) for node in others],
            },
        }
        rest = "\n".join([_json(head), *lines])
        self.key = hashlib.sha256(f"{names}\n{rest}".encode()).hexdigest()
        self.names = _packed(names)
        self.rest = _packed(rest)

    def _details(self, graph: Graph, node: dict[str, Any]) -> dict[str, Any]:
        unique_id = node["uniqueId"]
        for path in {node["path"], node["patchPath"]} - {None}:
            self._ids_by_path.setdefault(path, []).append(unique_id)
        if node["relation"] is not None and unique_id in graph.base.nodes:
            node["relation"] = self._relation(graph, unique_id, node["relation"])
        node["columns"] = [[column["name"], column["type"], column["description"]] for column in node["columns"]]
        return {name: node[name] for name, usual in DETAILS.items() if node[name] != usual}

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

    def parts(self, graph: Graph, known: str | None, part: Part) -> IndexParts:
        """What a browser needs that has names of key `known`: those alone, the rest, or all that it does not have."""
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
            "base": self._shared(known == self.key, part),
            "prefixes": prefixes,
            "changes": builder.some({*changed, *self._own}),
            "whole": None,
        }

    def _shared(self, known: bool, part: Part) -> IndexPartsBase:
        wanted = part == "rest" or (part == "all" and not known)
        return {"key": self.key, "names": None if known else self.names, "rest": self.rest if wanted else None}

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


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _packed(text: str) -> str:
    return base64.b64encode(gzip.compress(text.encode(), 5, mtime=0)).decode()


def _is_test(node: Mapping[str, Any]) -> bool:
    return bool(node["resourceType"] == NodeType.Test.value)


def _names(nodes: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """In columns, which a browser reads many times as fast as an object for each; an id that follows is None."""
    kinds: dict[tuple[str, str], int] = {}
    found: dict[str, list[Any]] = {name: [] for name in ("kind", "id", "name", "path", "sourceName", "version")}
    for node in nodes:
        kind, name = (node["resourceType"], node["packageName"]), node["name"]
        usual = ".".join((*kind, name))
        found["kind"].append(kinds.setdefault(kind, len(kinds)))
        found["id"].append(None if node["uniqueId"] == usual else node["uniqueId"])
        for column in ("name", "path", "sourceName", "version"):
            found[column].append(node[column])
    return {"kinds": [list(kind) for kind in kinds], **found}


def _short(places: Mapping[str, int], unique_ids: Iterable[str]) -> list[int | str]:
    return [places.get(unique_id, unique_id) for unique_id in unique_ids]


def _check(places: Mapping[str, int], check: Mapping[str, Any] | None) -> list[Any] | None:
    if check is None:
        return None
    node = check["node"]
    return [check["test"], check["packageName"], None if node is None else places.get(node, node), check["column"]]


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
