"""Callers of changed macros that are still to be read again: in slices, and where one is asked for, that one first.

A macro that thousands call is taken in by itself; who calls it is owed (`Callers`). Until all of it has been read,
the graph is the new one but for what the owed nodes refer to and are configured to be. When one of them does not parse
with the changed macro, the change is one that does not parse: everything since is taken back (`Retained`), as one patch
would have been, and the files are tried again with that node among the first.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from dbt import selected_resources
from dbt.adapters.factory import get_adapter
from dbt.context.query_header import generate_query_header_context
from dbt.node_types import EXECUTABLE_NODE_TYPES

import millrace_worker.dbt.runtime  # noqa: F401  before any other part of dbt
from millrace_worker.dbt.edges import GRAPH_KINDS, refresh_maps, whole_of
from millrace_worker.dbt.incremental import Patch
from millrace_worker.dbt.journal import KINDS, MISSING, Journaled
from millrace_worker.dbt.loader import set_lazy_graph

_AT_ONCE = 4
"""Callers that are parsed with their macro: 10 ms each."""
_LOOKED_AT = 16
_WHOLE = ("nodes", "macros")
_SLICE_SECONDS = 0.04
"""9 ms of it are dbt's parsers, made anew each time."""
_LARGEST_SLICE = 8


class Retained:
    """What several patches have done to a manifest, one after another: taken back together."""

    def __init__(self, manifest: Any) -> None:
        self.manifest = manifest
        self._attributes: dict[str, Any] | None = None
        self._entries: dict[tuple[int, str], tuple[Journaled, str, Any]] = {}
        self._images: dict[int, tuple[Any, dict[str, Any]]] = {}
        self._names: list[tuple[dict[str, str], str, Any]] = []

    def keep(self, patch: Patch) -> None:
        """One more patch that went well."""
        if self._attributes is None:
            self._attributes = patch.journal.attributes
        for entries, key, value in patch.journal.entries:
            self._entries.setdefault((id(entries), key), (entries, key, value))
        for thing, image in patch.journal.changed:
            self._images.setdefault(id(thing), (thing, image))
        self._names.extend(patch.names.done)

    def take_back(self) -> None:
        """The manifest is what it was before the first of them, but for the order of what went and came back."""
        manifest, whole = self.manifest, whole_of(self.manifest)
        ids = {kind: self._ids(getattr(manifest, kind)) for kind in KINDS}
        for kind in _WHOLE:
            whole.forget(_present(getattr(manifest, kind), ids[kind]))
        ran = _executable(manifest, ids)
        if self._attributes is not None:
            manifest.__dict__.clear()
            manifest.__dict__.update(self._attributes)
        for entries, key, value in self._entries.values():
            if value is MISSING:
                dict.pop(entries, key, None)
            else:
                dict.__setitem__(entries, key, value)
        for thing, image in self._images.values():
            thing.__dict__.clear()
            thing.__dict__.update(image)
        for packages, package, value in reversed(self._names):
            if value is MISSING:
                packages.pop(package, None)
            else:
                packages[package] = value
        for kind in _WHOLE:
            whole.learn(kind, _present(getattr(manifest, kind), ids[kind]))
        refresh_maps(manifest, {kind: ids[kind] for kind in GRAPH_KINDS})
        _select(ran, _executable(manifest, ids))
        manifest._macros_by_name = manifest._macros_by_package = None
        set_lazy_graph(manifest)

    def files(self) -> dict[str, Any]:
        """Files that were parsed since, as they were before; None for what is new."""
        files = self.manifest.files
        return {key: None if old is MISSING else old for of, key, old in self._entries.values() if of is files}

    def _ids(self, entries: Journaled) -> list[str]:
        """Of what was set, removed or changed in one of the manifest's dicts."""
        found = dict.fromkeys(key for of, key, _ in self._entries.values() if of is entries)
        for thing, _ in self._images.values():
            unique_id = thing.__dict__.get("unique_id")
            if unique_id is not None and dict.get(entries, unique_id) is thing:
                found[unique_id] = None
        return list(found)


def _present(entries: Journaled, ids: Iterable[str]) -> list[Any]:
    return [dict.__getitem__(entries, key) for key in ids if dict.__contains__(entries, key)]


def _executable(manifest: Any, ids: dict[str, list[str]]) -> list[str]:
    found = [
        node for kind in ("nodes", "functions") if kind in ids for node in _present(getattr(manifest, kind), ids[kind])
    ]
    return [node.unique_id for node in found if node.resource_type in EXECUTABLE_NODE_TYPES]


def _select(before: list[str], now: list[str]) -> None:
    """`selected_resources`, as `select_everything` would set it."""
    selected = selected_resources.SELECTED_RESOURCES
    for unique_id in set(before) - set(now):
        if unique_id in selected:
            selected.remove(unique_id)
    selected.extend(unique_id for unique_id in now if unique_id not in set(before))


class Callers:
    """Of one graph. `at_once`: how many are parsed with their macro; all of them, where nobody reads the rest later."""

    def __init__(self, at_once: int | None = None) -> None:
        self.at_once = at_once
        self.owed: dict[str, None] = {}
        """Ids of nodes that are still to be read."""
        self.paths: dict[str, None] = {}
        """Files that were taken in since the first of them was."""
        self.total = 0
        self._retained: Retained | None = None
        self._looked_at: OrderedDict[str, None] = OrderedDict()
        self._failed: OrderedDict[str, None] = OrderedDict()
        self._size = 2

    def read_later(self) -> None:
        """In a session, which has idle time."""
        self.at_once = _AT_ONCE

    def look_at(self, unique_ids: Iterable[str]) -> None:
        """Somebody has asked for them, and will again."""
        for unique_id in unique_ids:
            self._looked_at[unique_id] = None
            self._looked_at.move_to_end(unique_id)
            if len(self._looked_at) > _LOOKED_AT:
                self._looked_at.popitem(last=False)

    def later(self, unique_ids: list[str]) -> list[str]:
        """Which of a macro's callers need not be parsed with it."""
        if self.at_once is None or len(unique_ids) <= self.at_once:
            return []
        recent = [unique_id for unique_id in reversed(self._looked_at) if unique_id in set(unique_ids)][: self.at_once]
        now = {*recent, *self._failed}
        return [unique_id for unique_id in unique_ids if unique_id not in now]

    def took_in(self, patch: Patch, paths: Iterable[str], read: Iterable[str] = ()) -> None:
        """After a patch of files that stays, and that has `read` some of what is owed."""
        nodes = patch.journal.manifest.nodes
        before = patch.journal.before(nodes)
        fresh = {*read, *(key for key, old in before.items() if dict.get(nodes, key) is not old)}
        owed = [key for key in {**self.owed, **patch.owed} if key not in fresh and dict.__contains__(nodes, key)]
        self.total = len(owed) if patch.owed else self.total
        self.owed = dict.fromkeys(owed)
        if not owed:
            self.forget()
            return
        if self._retained is None:
            self._retained = Retained(patch.journal.manifest)
        self._retained.keep(patch)
        self.paths.update(dict.fromkeys(paths))

    def forget(self) -> None:
        """There is nothing left to read, or it is another graph."""
        self.owed, self.paths, self.total = {}, {}, 0
        self._retained = None

    def asked(self, unique_ids: Iterable[str]) -> list[str]:
        """Which of these are owed."""
        return [unique_id for unique_id in unique_ids if unique_id in self.owed] if self.owed else []

    def above(self, node: Any) -> list[str]:
        """Which are owed of those that decide how a compiled node is written: what it refers to, ephemeral or not."""
        if not self.owed or self._retained is None:
            return []
        nodes = self._retained.manifest.nodes
        waiting = list(node.depends_on_nodes)
        seen: dict[str, None] = {}
        while waiting:
            unique_id = waiting.pop()
            upstream = dict.get(nodes, unique_id)
            if unique_id in seen or upstream is None:
                continue
            seen[unique_id] = None
            if upstream.is_ephemeral_model:
                waiting.extend(upstream.depends_on_nodes)
        return self.asked(seen)

    def are_undone(self, is_before: Callable[[str, Mapping[str, Any]], bool]) -> bool:
        """Whether the files of all macros that changed are what they were before."""
        if self._retained is None:
            return False
        before = self._retained.files()
        return all(is_before(path, before) for path in self.paths)

    def next(self) -> list[str]:
        """The next slice."""
        recent = [unique_id for unique_id in reversed(self._looked_at) if unique_id in self.owed]
        return list(dict.fromkeys([*recent, *self._some()]))[: self._size]

    def _some(self) -> list[str]:
        return [unique_id for unique_id, _ in zip(self.owed, range(self._size), strict=False)]

    def took(self, size: int, started: float) -> None:
        """How long a slice ran, by `time.process_time`: the next is as large as a request may wait for."""
        ran = time.process_time() - started
        if ran > _SLICE_SECONDS:
            self._size = max(1, size - 1)
        elif ran < _SLICE_SECONDS * 0.75 and size == self._size:
            self._size = min(_LARGEST_SLICE, size + 1)

    def take_back(self, config: Any, failed: Iterable[str]) -> list[str]:
        """One of those ids does not parse: the graph is what it was. Returns the files that are to be tried again."""
        for unique_id in failed:
            self._failed[unique_id] = None
            self._failed.move_to_end(unique_id)
            if len(self._failed) > _LOOKED_AT:
                self._failed.popitem(last=False)
        paths = list(self.paths)
        if self._retained is not None:
            manifest = self._retained.manifest
            self._retained.take_back()
            adapter = get_adapter(config)
            adapter.set_macro_resolver(manifest)
            adapter.connections.set_query_header(generate_query_header_context(config, manifest))
        self.forget()
        return paths


__all__ = ["Callers"]
