"""YAML that describes what is not there: models, seeds and snapshots by name, and columns of a relation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from dbt.node_types import NodeType

from millrace_worker.diagnostics.places import Text, alike, as_read, meant
from millrace_worker.diagnostics.references import Names, yaml_reference
from millrace_worker.lineage.keeper import LineageKeeper
from millrace_worker.protocol.types import Diagnostic

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SECTIONS = {"models": NodeType.Model, "seeds": NodeType.Seed, "snapshots": NodeType.Snapshot}
_REFERRING = {"to", "depends_on", "relation", "model", "input", "compare_model", "semantic_model"}


@dataclass
class YamlFile:
    """A schema file as dbt will read it, with the place of everything."""

    text: Text
    file_id: str
    package: str


def yaml_problems(file: YamlFile, graph: Any, keeper: LineageKeeper, names: Names) -> Iterator[Diagnostic]:
    """Nothing while the file is no YAML: that is said by who reads it."""
    try:
        root = yaml.compose(file.text.text, Loader=_LOADER)
    except yaml.YAMLError:
        return
    yield from _calls(file, root, names)
    for section, kind in _SECTIONS.items():
        seen: dict[str, Any] = {}
        for entry in _items(root, section):
            name = _name(entry)
            if name is None:
                continue
            if name.value in seen:
                yield _named(file, name, "duplicate", f"{name.value} is described twice in this file.")
            seen[name.value] = name
            yield from _entry(file, graph, keeper, (entry, name, kind))
    yield from _sources(file, graph, keeper, root)


def nodes_described(file: YamlFile, graph: Any) -> list[str]:
    """Ids of what a file describes, whose columns must be known to check it."""
    try:
        root = yaml.compose(file.text.text, Loader=_LOADER)
    except yaml.YAMLError:
        return []
    wanted = {
        (kind, name.value)
        for section, kind in _SECTIONS.items()
        for entry in _items(root, section)
        if (name := _name(entry)) is not None
    }
    return [
        node.unique_id
        for node in graph.manifest.nodes.values()
        if (node.resource_type, node.name) in wanted and node.package_name == file.package
    ]


def _entry(
    file: YamlFile, graph: Any, keeper: LineageKeeper, described: tuple[Any, Any, NodeType]
) -> Iterator[Diagnostic]:
    entry, name, kind = described
    manifest = graph.manifest
    nodes = [
        node
        for node in manifest.nodes.values()
        if node.resource_type == kind and node.name == name.value and node.package_name == file.package
    ]
    if not nodes:
        if any(key.startswith(f"{kind.value}.") and key.split(".")[2] == name.value for key in manifest.disabled):
            return
        if graph.pending and not graph.errors and kind == NodeType.Snapshot:
            return  # it may be defined by this very file
        if name.value in {path.rsplit("/", 1)[-1].split(".", 1)[0] for path in graph.pending}:
            return
        others = [node.name for node in manifest.nodes.values() if node.resource_type == kind]
        suggestions = alike(name.value, others)
        message = f"There is no {kind.value} {name.value}; what is written here has no effect.{meant(suggestions)}"
        yield _named(file, name, "missing-node", message, severity="warning", suggestions=suggestions)
        return
    node = nodes[0]
    other = getattr(node, "patch_path", None)
    if other is not None and other != file.file_id and kind != NodeType.Snapshot:
        message = f"{name.value} is described in {other.split('://', 1)[-1]} too; dbt allows one place only."
        yield _named(file, name, "duplicate", message)
    if len(nodes) == 1 and getattr(node, "version", None) is None:
        yield from _columns(file, keeper, node, entry)


def _columns(file: YamlFile, keeper: LineageKeeper, node: Any, entry: Any) -> Iterator[Diagnostic]:
    contract = getattr(node.config, "contract", None)
    enforced = contract is not None and contract.enforced
    columns, complete = keeper.columns(node.unique_id)
    rests_on: tuple[str, ...] = (node.unique_id,)
    if enforced:
        lineage = keeper.lineage.peek(node.unique_id)
        complete = lineage is not None and not lineage.opaque and not lineage.open_relations
        columns = tuple(column.name for column in lineage.columns) if lineage is not None else ()
        rests_on = lineage.rests_on if lineage is not None else ()
    if not complete or not columns or keeper.waits(node.unique_id) or not keeper.settled(rests_on):
        return
    read_at = keeper.read_at(rests_on)
    known = {column.lower() for column in columns}
    for item in _items(entry, "columns"):
        name = _name(item)
        if name is None or "{{" in name.value or name.value.lower() in known:
            continue
        suggestions = alike(name.value, columns)
        message = f"{node.name} has no column {name.value}"
        if enforced:
            message = f"The contract names {name.value}, which the SQL of {node.name} does not have"
        message = f"{message}{as_read(read_at)}{meant(suggestions)}"
        severity = "error" if enforced else "warning"
        yield _named(file, name, "missing-column", message, severity=severity, suggestions=suggestions, read_at=read_at)


def _sources(file: YamlFile, graph: Any, keeper: LineageKeeper, root: Any) -> Iterator[Diagnostic]:
    by_name = {(source.source_name, source.name): source for source in graph.manifest.sources.values()}
    for entry in _items(root, "sources"):
        source_name = _name(entry)
        seen: set[str] = set()
        for table in _items(entry, "tables"):
            name = _name(table)
            if source_name is None or name is None:
                continue
            source = by_name.get((source_name.value, name.value))
            package = source.package_name if source is not None else None
            path = f"{package}://{source.original_file_path}" if source is not None else file.file_id
            if name.value in seen:
                message = f"{source_name.value}.{name.value} is defined twice in this file."
                yield _named(file, name, "duplicate", message)
            elif source is not None and path != file.file_id and package == file.package:
                message = f"{source_name.value}.{name.value} is defined in {source.original_file_path} too."
                yield _named(file, name, "duplicate", message)
            elif source is not None and path == file.file_id:
                columns, complete = keeper.columns(source.unique_id)
                read_at = keeper.read_at([source.unique_id])
                known = {column.lower() for column in columns}
                for item in _items(table, "columns") if complete else ():
                    column = _name(item)
                    if column is not None and "{{" not in column.value and column.value.lower() not in known:
                        suggestions = alike(column.value, columns)
                        message = f"{name.value} has no column {column.value}{as_read(read_at)}{meant(suggestions)}"
                        found = {"severity": "warning", "suggestions": suggestions, "read_at": read_at}
                        yield _named(file, column, "missing-column", message, **found)
            seen.add(name.value)


def _calls(file: YamlFile, root: Any, names: Names) -> Iterator[Diagnostic]:
    waiting: list[tuple[Any, bool]] = [(root, False)]
    while waiting:
        node, referring = waiting.pop()
        if isinstance(node, yaml.MappingNode):
            waiting.extend((value, _is_scalar(key) and key.value in _REFERRING) for key, value in node.value)
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend((item, referring) for item in node.value)
        elif _is_scalar(node) and referring:
            start, end = node.start_mark.index, node.end_mark.index
            reference = yaml_reference(file.text.text[start:end], start)
            if reference is not None:
                target = names.target(reference, None, file.package)
                problem = names.problem(file.text, reference, target)
                if problem is not None:
                    yield problem


def _named(file: YamlFile, node: Any, code: str, message: str, **more: Any) -> Diagnostic:
    start, end = node.start_mark.index, node.end_mark.index
    if node.style in ("'", '"'):
        start, end = start + 1, end - 1
    return file.text.problem(start, end, code=code, message=message, **more)


def _items(mapping: Any, key: str) -> list[Any]:
    value = _value(mapping, key)
    return [item for item in value.value if isinstance(item, yaml.MappingNode)] if _is_sequence(value) else []


def _is_sequence(node: Any) -> bool:
    return isinstance(node, yaml.SequenceNode)


def _is_scalar(node: Any) -> bool:
    return isinstance(node, yaml.ScalarNode)


def _name(mapping: Any) -> Any:
    """A list or a mapping is no name; that is said by who checks the schema."""
    found = _value(mapping, "name")
    return found if _is_scalar(found) else None


def _value(mapping: Any, key: str) -> Any:
    if not isinstance(mapping, yaml.MappingNode):
        return None
    found = next((value for name, value in mapping.value if name.value == key), None)
    return found if found is None or isinstance(found, yaml.SequenceNode) or found.value != "" else None
