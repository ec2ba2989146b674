"""dbt's own deferral, fed from a production manifest.

`dbt --defer` writes a `defer_relation` into every node of its manifest. Here a node gets its own when dbt's resolver
asks for it, on a copy: the manifest that sessions share stays as it is, patches of it need not know, and switching is
a flag. Whether the relation is then used is decided by dbt's resolver: with `favor_state` always, otherwise when the
target has no such relation, which it asks the warehouse, or the session's memory of what that has just said.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import dbt.selected_resources
from dbt.adapters.factory import get_adapter
from dbt.context.providers import RuntimeRefResolver
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.unit_tests import UnitTestManifestLoader

import millrace_worker.dbt.runtime  # noqa: F401  before any other part of dbt
from millrace_worker.defer.existing import Existing
from millrace_worker.defer.production import Production, missing, read_production, unreadable

Mode = Literal["off", "on", "favorState"]
_active: list[Production] = []
"""What the compile that runs now defers to; empty when it does not."""
_existing: list[Existing] = []
"""What is known of the target's relations then."""


def deferred(node: Any) -> Any:
    """The node as the manifest of a `dbt --defer` would have it."""
    if not _active or node is None:
        return node
    unique_id = str(getattr(node, "unique_id", ""))
    relation = _active[-1].relations.get(unique_id) if hasattr(node, "defer_relation") else None
    function = _active[-1].functions.get(unique_id) if hasattr(node, "defer_function") else None
    if relation is None and function is None:
        return node
    twin = copy.copy(node)
    if relation is not None:
        twin.defer_relation = relation
    if function is not None:
        twin.defer_function = function
    return twin


_create_relation = RuntimeRefResolver.create_relation
_find_node = Manifest.find_node_from_ref_or_source
_original_input = UnitTestManifestLoader._get_original_input_node


def _create_deferred_relation(self: Any, target_model: Any) -> Any:
    node = deferred(target_model)
    if node is target_model:
        return _create_relation(self, node)
    with _existing[-1].answering(get_adapter(self.config)):
        return _create_relation(self, node)


def _find_deferred_node(self: Any, expression: str) -> Any:
    return deferred(_find_node(self, expression))


def _deferred_input(self: Any, *arguments: Any) -> Any:
    return deferred(_original_input(self, *arguments))


RuntimeRefResolver.create_relation = _create_deferred_relation
Manifest.find_node_from_ref_or_source = _find_deferred_node
UnitTestManifestLoader._get_original_input_node = _deferred_input

if hasattr(Manifest, "resolve_function"):  # dbt 1.10 has none
    _resolve_function = Manifest.resolve_function

    def _resolve_deferred_function(self: Any, *arguments: Any, **named: Any) -> Any:
        return deferred(_resolve_function(self, *arguments, **named))

    Manifest.resolve_function = _resolve_deferred_function


class Deferral:
    """What a session defers to. The state is read when it is first wanted, and again when its file has changed."""

    def __init__(self) -> None:
        self.mode: Mode = "off"
        self.existing = Existing()
        self._path: str | None = None
        self._read: tuple[tuple[str, int, int, int], Production] | None = None

    def choose(self, mode: Mode, path: str | None, project_name: str) -> Production | None:
        """From now on. Raises WorkerError, and is as before, when the state cannot be used."""
        self.existing.forget()
        if mode == "off":
            self.mode = mode
            return None
        if path is None:
            raise missing()
        before = self._path
        self._path = path
        try:
            production = self._production(project_name)
        except BaseException:
            self._path = before
            raise
        self.mode = mode
        return production

    def _production(self, project_name: str) -> Production:
        path = self._path
        if path is None:
            raise missing()
        try:
            found = os.stat(path)
        except FileNotFoundError:
            raise missing() from None
        except OSError as error:
            raise unreadable(error) from error
        mark = (path, found.st_ino, found.st_mtime_ns, found.st_size)
        if self._read is None or self._read[0] != mark:
            self._read = mark, read_production(path, project_name)
        return self._read[1]

    @contextmanager
    def applied(self, config: Any, selected: str) -> Iterator[None]:
        """Compiles inside the block defer; `selected` is the node that `--select` would name. Raises WorkerError."""
        if self.mode == "off":
            yield
            return
        production = self._production(config.project_name)
        with _flags(config.args, defer=True, favor_state=self.mode == "favorState"):
            chosen = dbt.selected_resources.SELECTED_RESOURCES
            dbt.selected_resources.set_selected_resources({selected})
            _active.append(production)
            _existing.append(self.existing)
            try:
                yield
            finally:
                _existing.pop()
                _active.pop()
                dbt.selected_resources.SELECTED_RESOURCES = chosen


@contextmanager
def _flags(flags: Any, **values: bool) -> Iterator[None]:
    """dbt's flags are frozen, and read by both of their spellings."""
    spelled = {spelling: value for name, value in values.items() for spelling in (name, name.upper())}
    before = {name: getattr(flags, name, False) for name in spelled}
    _set(flags, spelled)
    try:
        yield
    finally:
        _set(flags, before)


def _set(flags: Any, values: dict[str, bool]) -> None:
    for name, value in values.items():
        object.__setattr__(flags, name, value)
