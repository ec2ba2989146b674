"""The problems of some files, as the session's graph and unsaved texts have them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from dbt.node_types import NodeType

from millrace_worker.diagnostics.columns import column_problems
from millrace_worker.diagnostics.places import Text
from millrace_worker.diagnostics.references import Names, reference_problems
from millrace_worker.diagnostics.yaml_files import YamlFile, nodes_described, yaml_problems
from millrace_worker.lineage.keeper import LineageKeeper
from millrace_worker.protocol.types import Diagnostic, DiagnosticsResult, FileDiagnostics

_PER_FILE = 200
_MACRO = re.compile(r"\{%-?\s*(macro|test|data_test|materialization)\s+(\w+)")
_REFABLE = (NodeType.Model, NodeType.Seed, NodeType.Snapshot)


def diagnose(graph: Any, keeper: LineageKeeper, paths: Iterable[str], seconds: float) -> DiagnosticsResult:
    """Problems of each of the files. `pending`: some could not be looked at in full yet, so ask again."""
    keeper.sync()
    names = Names(graph)
    files: list[FileDiagnostics] = []
    pending = bool(graph.pending)
    for path in paths:
        text = graph.tree.text(path)
        if text is None:
            files.append({"path": path, "problems": []})
            continue
        described = Text(text)
        package, below = graph.package_of(path)
        if path.endswith((".yml", ".yaml")):
            file = YamlFile(described, f"{package}://{below}", package)
            pending = not keeper.bring(nodes_described(file, graph), seconds) or pending
            found = yaml_problems(file, graph, keeper, names)
        else:
            node = graph.node(path=path, unique_id=None)
            if node is not None:
                pending = not keeper.bring([node.unique_id], seconds) or pending
            found = _other_problems(graph, keeper, names, (path, described))
        problems = []
        for problem in found:
            problems.append(problem)
            if len(problems) == _PER_FILE:
                break
        files.append({"path": path, "problems": problems})
    return {"graphVersion": graph.version, "pending": pending, "files": files}


def _other_problems(graph: Any, keeper: LineageKeeper, names: Names, file: tuple[str, Text]) -> Iterator[Diagnostic]:
    path, text = file
    package, below = graph.package_of(path)
    node = graph.node(path=path, unique_id=None)
    if path.endswith((".sql", ".py")):
        yield from _twins(graph, (package, below), text)
    if not path.endswith(".sql"):
        return
    yield from reference_problems(text, names, node, package)
    if node is not None and node.resource_type != NodeType.Macro and path not in graph.errors:
        yield from column_problems(text, keeper, node)


def _twins(graph: Any, place: tuple[str, str], text: Text) -> Iterator[Diagnostic]:
    """Names that another file of the package has too; dbt refuses to read such a project."""
    package, below = place
    manifest = graph.manifest
    kinds = {str(kind.value) for kind, _ in _kinds(graph, package, below)}
    if "model" in kinds:
        name = below.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        for node in manifest.nodes.values():
            if node.resource_type in _REFABLE and node.name == name and node.package_name == package:
                own = node.original_file_path == below or getattr(node, "version", None) is not None
                if not own and graph.tree.text(graph.tree_path(package, node.original_file_path) or "") is not None:
                    message = f"{name} is the name of a {node.resource_type} in {node.original_file_path} too."
                    yield text.problem(*text.first_line(), code="duplicate", message=message)
    for match in _MACRO.finditer(text.text):
        prefix = {"macro": "", "materialization": "materialization_"}.get(match.group(1), "test_")
        other = manifest.macros.get(f"macro.{package}.{prefix}{match.group(2)}")
        if other is None or other.original_file_path == below or match.group(1) == "materialization":
            continue
        if graph.tree.text(graph.tree_path(package, other.original_file_path) or "") is not None:
            message = f"{match.group(2)} is defined in {other.original_file_path} too."
            yield text.problem(match.start(2), match.end(2), code="duplicate", message=message)


def _kinds(graph: Any, package: str, below: str) -> list[tuple[Any, str]]:
    from millrace_worker.dbt.partial import kinds_of

    return kinds_of(graph.config.load_dependencies()[package], below)
