"""The project index that the browser completes, hovers and goes by."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from dbt.node_types import NodeType

import millrace_worker.dbt.runtime  # noqa: F401  before any other part of dbt
from millrace_worker.dbt.engine import IndexMacro, IndexNode, ProjectIndex

TreePath = Callable[[str, str], "str | None"]
_YAML_DEFINED = (NodeType.Source, NodeType.Exposure, NodeType.Metric, NodeType.SemanticModel, NodeType.Unit)


class Lines:
    """Where names are defined in files; each file is read once."""

    def __init__(self, text_of: Callable[[str], str | None]) -> None:
        self._text_of = text_of
        self._names: dict[str, dict[str, int]] = {}

    def yaml(self, path: str, name: str) -> int | None:
        """The line of `- name: <name>`, the last one of that name in the file."""
        if path not in self._names:
            found: dict[str, int] = {}
            for number, line in enumerate((self._text_of(path) or "").splitlines(), 1):
                match = re.match(r"\s*-?\s*name:\s*[\"']?([^\"'#]+?)[\"']?\s*(?:#.*)?$", line)
                if match:
                    found[match.group(1)] = number
            self._names[path] = found
        return self._names[path].get(name)

    def macro(self, path: str, name: str) -> int | None:
        """The line of the block that defines a macro, a test or a materialization."""
        key = f"{path}#macros"
        if key not in self._names:
            found = {}
            pattern = re.compile(r"\{%-?\s*(macro|test|materialization|data_test)\s+(\w+)")
            for number, line in enumerate((self._text_of(path) or "").splitlines(), 1):
                for match in pattern.finditer(line):
                    prefix = {"macro": "", "materialization": "materialization_"}.get(match.group(1), "test_")
                    found[prefix + match.group(2)] = number
            self._names[key] = found
        return self._names[key].get(name)


def build_index(
    *, config: Any, manifest: Any, version: int, tree_path: TreePath, text_of: Callable[[str], str | None]
) -> ProjectIndex:
    """The index of a manifest. Macros of dbt and its adapters have the path of their package, outside the tree."""
    lines = Lines(text_of)
    nodes = [
        _node(node, tree_path, lines)
        for nodes in (manifest.nodes, manifest.sources, manifest.exposures, manifest.unit_tests, manifest.metrics)
        for node in nodes.values()
    ]
    return {
        "projectName": config.project_name,
        "adapter": config.credentials.type,
        "version": version,
        "nodes": nodes,
        "macros": [_macro(macro, tree_path, lines) for macro in manifest.macros.values()],
        "docs": [
            {
                "name": doc.name,
                "packageName": doc.package_name,
                "path": tree_path(doc.package_name, doc.original_file_path) or doc.original_file_path,
                "text": doc.block_contents,
            }
            for doc in manifest.docs.values()
            if doc.name  # dbt keeps a block whose name it cannot read, without one
        ],
        "vars": sorted(_variables(config)),
    }


def _node(node: Any, tree_path: TreePath, lines: Lines) -> IndexNode:
    path = tree_path(node.package_name, node.original_file_path) or node.original_file_path
    kind = NodeType(node.resource_type)
    generic = kind == NodeType.Test and getattr(node, "test_metadata", None) is not None
    line = lines.yaml(path, node.name) if kind in _YAML_DEFINED else 1
    if generic:
        attached = (getattr(node, "attached_node", None) or "").split(".")
        line = lines.yaml(path, getattr(node, "column_name", None) or (attached[2] if len(attached) > 2 else node.name))
    columns = getattr(node, "columns", None) or {}
    version = getattr(node, "version", None)
    return {
        "uniqueId": node.unique_id,
        "name": node.name,
        "resourceType": str(kind.value),
        "packageName": node.package_name,
        "path": path,
        "line": line,
        "relation": getattr(node, "relation_name", None),
        "materialized": getattr(getattr(node, "config", None), "materialized", None),
        "description": node.description or "",
        "tags": list(getattr(node, "tags", None) or []),
        "columns": [
            {"name": column.name, "type": column.data_type, "description": column.description or ""}
            for column in columns.values()
        ],
        "dependsOn": list(getattr(getattr(node, "depends_on", None), "nodes", None) or []),
        "sourceName": getattr(node, "source_name", None),
        "version": None if version is None else str(version),
    }


def _macro(macro: Any, tree_path: TreePath, lines: Lines) -> IndexMacro:
    path = tree_path(macro.package_name, macro.original_file_path)
    return {
        "uniqueId": macro.unique_id,
        "name": macro.name,
        "packageName": macro.package_name,
        "path": path or macro.original_file_path,
        "line": None if path is None else lines.macro(path, macro.name),
        "arguments": [argument.name for argument in macro.arguments] or _signature(macro.macro_sql),
        "description": macro.description or "",
    }


def _signature(macro_sql: str) -> list[str]:
    match = re.search(r"\{%-?\s*\w+\s+\w+\s*\(([^)]*)\)", macro_sql)
    if match is None:
        return []
    return [part.split("=")[0].strip() for part in match.group(1).split(",") if part.strip()]


def _variables(config: Any) -> Iterable[str]:
    names = set(config.cli_vars or {})
    packages = set(config.dependencies or {})
    for key, value in (config.vars.to_dict() if hasattr(config.vars, "to_dict") else {}).items():
        if key in packages and isinstance(value, dict):
            names.update(value)
        else:
            names.add(key)
    return names
