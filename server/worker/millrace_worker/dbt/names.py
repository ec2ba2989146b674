"""
Relations' names that become one person's when someone first looks at them.

Sessions share their template's nodes copy-on-write. To write everyone's own schema into each of 10,000 models would
cost seconds and a copy of them all, so the template marks its nodes, and a session resolves a marked node where its
schema, database or relation is read, by the project's own generate_*_name macros.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dbt.contracts.graph import nodes

import millrace_worker.dbt.runtime  # noqa: F401  before any other part of dbt

_MARK = "_names_of_the_template"
_MISSING = object()
_FIELDS = {
    "ModelNode": ("database", "schema", "relation_name"),
    "SeedNode": ("database", "schema", "relation_name", "root_path"),
    "SnapshotNode": ("database", "schema", "relation_name"),
    "GenericTestNode": ("database", "schema", "relation_name"),
    "SingularTestNode": ("database", "schema", "relation_name"),
    "AnalysisNode": ("database", "schema", "relation_name"),
    "HookNode": ("database", "schema", "relation_name"),
    "FunctionNode": ("database", "schema", "relation_name"),
    "UnitTestDefinition": ("schema",),
}
"""By class; dbt 1.10 has no functions."""
_resolve: Callable[[Any], None] | None = None


class _Name:
    """A field of a node. What is stored stays in the node, where dbt put it."""

    def __init__(self, field: str, default: Any) -> None:
        self._field = field
        self._default = default

    def __get__(self, node: Any, owner: Any = None) -> Any:
        if node is None:
            if self._default is _MISSING:
                raise AttributeError(self._field)
            return self._default
        values = node.__dict__
        if _resolve is not None and _MARK in values:
            settle(node)
        try:
            return values[self._field]
        except KeyError:
            raise AttributeError(self._field) from None

    def __set__(self, node: Any, value: Any) -> None:
        if _resolve is not None and _MARK in node.__dict__:
            settle(node)
        node.__dict__[self._field] = value


for _class, _fields in _FIELDS.items():
    _kind = getattr(nodes, _class, None)
    for _field in _fields if _kind is not None else ():
        setattr(_kind, _field, _Name(_field, getattr(_kind, _field, _MISSING)))


def _nodes_of(manifest: Any) -> Any:
    yield from manifest.nodes.values()
    yield from getattr(manifest, "functions", {}).values()
    yield from manifest.unit_tests.values()
    for disabled in manifest.disabled.values():
        yield from disabled


def share(manifest: Any) -> None:
    """In the template: all of these names are nobody's."""
    for node in _nodes_of(manifest):
        if type(node).__name__ in _FIELDS:
            node.__dict__[_MARK] = True


def settle(node: Any) -> None:
    """Resolves one node, if that has not been done."""
    if node.__dict__.pop(_MARK, None) and _resolve is not None:
        _resolve(node)


def settle_all(manifest: Any) -> None:
    """Resolves every node at once."""
    for node in _nodes_of(manifest):
        settle(node)


def resolve_with(resolve: Callable[[Any], None]) -> None:
    """In a session: how a marked node becomes this person's."""
    global _resolve
    _resolve = resolve


__all__ = ["resolve_with", "settle", "settle_all", "share"]
