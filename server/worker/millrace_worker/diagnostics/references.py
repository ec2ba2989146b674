"""Calls of `ref` and `source` in a text that name nothing, and those that close a cycle."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dbt.contracts.graph.manifest import Disabled

from millrace_worker.diagnostics.places import Text, alike, meant
from millrace_worker.lineage.render import literal_arguments
from millrace_worker.protocol.types import Diagnostic

_BLOCK = re.compile(r"\{#.*?#\}|\{%-?\s*raw\s*-?%\}.*?\{%-?\s*endraw\s*-?%\}|\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_SKIPPED = re.compile(r"\{#|\{%-?\s*raw\b")
_CALL = re.compile(r"(?<![\w.])(?:builtins\.)?(ref|source)\s*\(([^()]*)\)")
_WORD = re.compile(r"'([^'\n]*)'|\"([^\"\n]*)\"")


@dataclass(frozen=True)
class Reference:
    """A call with written-out arguments, and the stretch of each name without its quotes."""

    function: str
    names: tuple[str, ...]
    version: object
    places: tuple[tuple[int, int], ...]


def references(text: str) -> Iterator[Reference]:
    """The calls in a text's Jinja. Those whose names are worked out are left to dbt."""
    for block in _BLOCK.finditer(text):
        if _SKIPPED.match(block.group()):
            continue
        yield from _calls(block.group(), block.start())


def yaml_reference(value: str, offset: int) -> Reference | None:
    """The call that a YAML value is, as in `to: ref('customers')`."""
    return next(_calls(value, offset), None)


def _calls(text: str, offset: int) -> Iterator[Reference]:
    for call in _CALL.finditer(text):
        arguments = literal_arguments(call.group(2))
        if arguments is None or not all(isinstance(argument, str) for argument in arguments[0]):
            continue
        words = [
            (offset + call.start(2) + word.start() + 1, offset + call.start(2) + word.end() - 1)
            for word in _WORD.finditer(call.group(2))
        ]
        names = tuple(str(argument) for argument in arguments[0])
        if names and len(words) >= len(names):
            version = arguments[1].get("v", arguments[1].get("version"))
            yield Reference(call.group(1), names, version, tuple(words[: len(names)]))


class Names:
    """What can be referred to in a manifest."""

    def __init__(self, graph: Any) -> None:
        manifest = graph.manifest
        self._manifest = manifest
        self._project = graph.config.project_name
        self._refable = sorted(
            {node.name for node in manifest.nodes.values() if node.resource_type in ("model", "seed", "snapshot")}
        )
        self._sources: dict[str, list[str]] = {}
        for source in manifest.sources.values():
            self._sources.setdefault(source.source_name, []).append(source.name)
        self._coming = {path.rsplit("/", 1)[-1].split(".", 1)[0] for path in graph.pending}
        self._sources_coming = any(path.endswith((".yml", ".yaml")) for path in graph.pending)

    def target(self, reference: Reference, node: Any, package: str) -> Any:
        """What a call refers to: a node, a disabled one, or None."""
        if reference.function == "source":
            if len(reference.names) != 2:
                return None
            return self._manifest.resolve_source(*reference.names, self._project, package)
        chosen = reference.names[0] if len(reference.names) == 2 else None
        return self._manifest.resolve_ref(node, reference.names[-1], chosen, reference.version, self._project, package)

    def problem(self, text: Text, reference: Reference, target: Any) -> Diagnostic | None:
        """What is wrong with a call, if anything is."""
        place = reference.places[-1]
        name = reference.names[-1]
        if isinstance(target, Disabled):
            message = f"{target.target.name} is switched off (`enabled: false`), so nothing can refer to it."
            return text.problem(*place, code="disabled", message=message)
        if target is not None:
            return None
        if reference.function == "source":
            return None if self._sources_coming else self._source_problem(text, reference)
        if name in self._coming:
            return None
        suggestions = alike(name, self._refable)
        if reference.version is not None and name in self._refable:
            return text.problem(*place, code="missing-ref", message=f"{name} has no version {reference.version}.")
        message = f"There is no model, seed or snapshot {name}.{meant(suggestions)}"
        return text.problem(*place, code="missing-ref", message=message, suggestions=suggestions)

    def _source_problem(self, text: Text, reference: Reference) -> Diagnostic | None:
        if len(reference.names) != 2:
            start, end = reference.places[0][0], reference.places[-1][1]
            message = "A source is named by two words: its name and its table's."
            return text.problem(start, end, code="missing-source", message=message)
        source, table = reference.names
        if source not in self._sources:
            suggestions = alike(source, self._sources)
            message = f"There is no source {source}.{meant(suggestions)}"
            return text.problem(*reference.places[0], code="missing-source", message=message, suggestions=suggestions)
        suggestions = alike(table, self._sources[source])
        message = f"The source {source} has no table {table}.{meant(suggestions)}"
        return text.problem(*reference.places[1], code="missing-source", message=message, suggestions=suggestions)

    def cycle(self, unique_id: str, parent: str) -> list[str] | None:
        """Names from a node over a parent back to it, when reading the parent closes a cycle."""
        if parent == unique_id:
            return [self._name(unique_id), self._name(unique_id)]
        came_from: dict[str, str] = {parent: unique_id}
        waiting = [parent]
        while waiting:
            at = waiting.pop()
            node = self._manifest.nodes.get(at)
            for above in getattr(node, "depends_on_nodes", ()):
                if above == unique_id:
                    way = [unique_id]
                    step = at
                    while step != unique_id:
                        way.append(step)
                        step = came_from[step]
                    return [self._name(item) for item in [*reversed(way[1:]), unique_id]]
                if above not in came_from:
                    came_from[above] = at
                    waiting.append(above)
        return None

    def _name(self, unique_id: str) -> str:
        node = self._manifest.nodes.get(unique_id)
        return unique_id if node is None else str(node.name)


def reference_problems(text: Text, names: Names, node: Any, package: str) -> Iterator[Diagnostic]:
    """Problems of all calls in a file of SQL, macros or documents; `node` is the file's own."""
    for reference in references(text.text):
        target = names.target(reference, node, package)
        problem = names.problem(text, reference, target)
        if problem is not None:
            yield problem
        elif node is not None and target is not None and reference.function == "ref":
            way = names.cycle(node.unique_id, target.unique_id)
            if way is not None:
                message = f"This closes a cycle: {node.name} reads {', which reads '.join(way)}."
                yield text.problem(*reference.places[-1], code="cycle", message=message)
