"""The project index that the browser completes, hovers and goes by."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from dbt.node_types import NodeType

import millrace_worker.dbt.runtime  # noqa: F401  before any other part of dbt
from millrace_worker.dbt.engine import IndexMacro, IndexNode, ProjectIndex
from millrace_worker.protocol.types import IndexChanges, IndexCheck, IndexDoc, IndexParameter

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


class IndexBuilder:
    """The index of a manifest. Macros of dbt and its adapters have the path of their package, outside the tree."""

    def __init__(
        self, *, config: Any, manifest: Any, version: int, tree_path: TreePath, text_of: Callable[[str], str | None]
    ) -> None:
        self._config = config
        self._manifest = manifest
        self._version = version
        self._tree_path = tree_path
        self._lines = Lines(text_of)
        self._owners = {group.name: _person(group.owner) or group.name for group in manifest.groups.values()}

    def whole(self) -> ProjectIndex:
        """All of it."""
        return {
            "projectName": self._config.project_name,
            "adapter": self._config.credentials.type,
            "version": self._version,
            "nodes": [self._node(node) for nodes in self._nodes() for node in nodes.values()],
            "macros": [_macro(macro, self._tree_path, self._lines) for macro in self._manifest.macros.values()],
            "docs": self._docs(),
            "vars": sorted(_variables(self._config)),
            "modelPaths": [posixpath.normpath(path) for path in self._config.model_paths],
        }

    def some(self, unique_ids: Iterable[str]) -> IndexChanges:
        """Of these ids what there is now, and which there are not any more."""
        nodes: list[IndexNode] = []
        macros: list[IndexMacro] = []
        gone: list[str] = []
        docs = False
        for unique_id in sorted(unique_ids):
            found = next((nodes[unique_id] for nodes in self._nodes() if unique_id in nodes), None)
            docs = docs or unique_id.startswith("doc.")
            if found is not None:
                nodes.append(self._node(found))
            elif unique_id in self._manifest.macros:
                macros.append(_macro(self._manifest.macros[unique_id], self._tree_path, self._lines))
            else:
                gone.append(unique_id)
        return {"nodes": nodes, "macros": macros, "gone": gone, "docs": self._docs() if docs else None}

    def _nodes(self) -> tuple[dict[str, Any], ...]:
        found = self._manifest
        return found.nodes, found.sources, found.exposures, found.unit_tests, found.metrics

    def _node(self, node: Any) -> IndexNode:
        return _node(node, self._tree_path, self._lines, self._owners)

    def _docs(self) -> list[IndexDoc]:
        return [
            {
                "name": doc.name,
                "packageName": doc.package_name,
                "path": self._tree_path(doc.package_name, doc.original_file_path) or doc.original_file_path,
                "text": doc.block_contents,
            }
            for doc in self._manifest.docs.values()
            if doc.name  # dbt keeps a block whose name it cannot read, without one
        ]


def _node(node: Any, tree_path: TreePath, lines: Lines, owners: Mapping[str, str]) -> IndexNode:
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
        "patchPath": _patch_path(node, tree_path),
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
        "owner": _owner(node, owners),
        "freshness": _freshness(getattr(node, "freshness", None)) if kind == NodeType.Source else None,
        "checks": _checks(node) if generic else None,
    }


def _patch_path(node: Any, tree_path: TreePath) -> str | None:
    package, separator, path = (getattr(node, "patch_path", None) or "").partition("://")
    return tree_path(package, path) if separator else None


def _owner(node: Any, owners: Mapping[str, str]) -> str | None:
    """An exposure's own owner, else `meta.owner`, else the owner of its group."""
    own = getattr(node, "owner", None)
    if own is not None:
        return _person(own)
    meta = {**(getattr(node, "meta", None) or {}), **(getattr(getattr(node, "config", None), "meta", None) or {})}
    said = meta.get("owner")
    if isinstance(said, str) and said:
        return said
    group = getattr(node, "group", None) or getattr(getattr(node, "config", None), "group", None)
    return owners.get(str(group)) if group else None


def _person(owner: Any) -> str | None:
    name, email = getattr(owner, "name", None), getattr(owner, "email", None)
    if isinstance(email, list):
        email = ", ".join(email)
    return f"{name} ({email})" if name and email else name or email or None


def _freshness(threshold: Any) -> str | None:
    said = []
    for word, limit in (("warns", "warn_after"), ("fails", "error_after")):
        time = getattr(threshold, limit, None)
        count, period = getattr(time, "count", None), getattr(time, "period", None)
        if count and period:
            unit = str(getattr(period, "value", period))
            said.append(f"{word} after {count} {unit}{'' if count == 1 else 's'}")
    return ", ".join(said) or None


def _checks(node: Any) -> IndexCheck:
    metadata = node.test_metadata
    return {
        "test": metadata.name,
        "packageName": metadata.namespace,
        "node": getattr(node, "attached_node", None),
        "column": getattr(node, "column_name", None),
    }


def _macro(macro: Any, tree_path: TreePath, lines: Lines) -> IndexMacro:
    path = tree_path(macro.package_name, macro.original_file_path)
    parameters = _parameters(macro)
    return {
        "uniqueId": macro.unique_id,
        "name": macro.name,
        "packageName": macro.package_name,
        "path": path or macro.original_file_path,
        "line": None if path is None else lines.macro(path, macro.name),
        "arguments": [parameter["name"] for parameter in parameters],
        "parameters": parameters,
        "description": macro.description or "",
    }


_OPENING = re.compile(r"\{%-?\s*\w+\s+\w+\s*\(")


def _parameters(macro: Any) -> list[IndexParameter]:
    """As the macro's own text has them, with what the YAML says of each."""
    described = {argument.name: argument for argument in macro.arguments}
    parameters: list[IndexParameter] = []
    for part in _signature(macro.macro_sql) or described:
        name, _, default = (piece.strip() for piece in part.partition("="))
        argument = described.get(name)
        parameters.append(
            {
                "name": name,
                "default": default or None,
                "type": getattr(argument, "type", None),
                "description": getattr(argument, "description", None) or "",
            }
        )
    return parameters


def _signature(macro_sql: str) -> list[str]:
    """The parameters of the block that a macro's text begins with, split at its commas."""
    opening = _OPENING.search(macro_sql)
    if opening is None:
        return []
    parts = [""]
    depth = 1
    quote = ""
    for character in macro_sql[opening.end() :]:
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        if depth == 0:
            break
        if character == "," and depth == 1 and not quote:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]


def _variables(config: Any) -> Iterable[str]:
    names = set(config.cli_vars or {})
    packages = set(config.dependencies or {})
    for key, value in (config.vars.to_dict() if hasattr(config.vars, "to_dict") else {}).items():
        if key in packages and isinstance(value, dict):
            names.update(value)
        else:
            names.add(key)
    return names
