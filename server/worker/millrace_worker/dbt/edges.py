"""What is known about a whole manifest and costs a walk over all of it: kept, and changed with each patch.

dbt makes these anew for every partial parse: who refers to whom, which macro is called by whom, which names and
relations there are, and how a name in `ref()` becomes a node.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from dbt.node_types import NodeType

import millrace_worker.dbt.runtime  # noqa: F401  before any other part of dbt
from millrace_worker.dbt.journal import KINDS, MISSING, Journal, Journaled

GRAPH_KINDS = tuple(kind for kind in KINDS if kind not in ("macros", "docs", "groups", "fixtures"))
Name = tuple[str, str]
_KEY = "_millrace_whole"


class Whole:
    """Kept beside one manifest."""

    def __init__(self, manifest: Any) -> None:
        manifest.build_parent_and_child_maps()
        self.callers: dict[str, set[str]] = {}
        self.named: dict[Name, set[str]] = {}
        self.aliased: dict[str, set[str]] = {}
        self.models = 0
        for kind in ("nodes", "macros"):
            for node in getattr(manifest, kind).values():
                self._add(kind, node.unique_id, node.__dict__)

    def _add(self, kind: str, unique_id: str, values: dict[str, Any]) -> None:
        for macro in _macros(values):
            self.callers.setdefault(macro, set()).add(unique_id)
        if kind == "nodes":
            self.models += values["resource_type"] == NodeType.Model
            self.named.setdefault((values["package_name"], values["name"]), set()).add(unique_id)
        alias = values.get("alias")
        if alias is not None:
            self.aliased.setdefault(alias, set()).add(unique_id)

    def _remove(self, unique_id: str, values: dict[str, Any], macros: Iterable[str]) -> None:
        for macro in macros:
            self.callers.get(macro, set()).discard(unique_id)
        self.models -= values.get("resource_type") == NodeType.Model
        self.named.get((values.get("package_name", ""), values.get("name", "")), set()).discard(unique_id)
        self.aliased.get(values.get("alias") or "", set()).discard(unique_id)

    def forget(self, nodes: Iterable[Any]) -> None:
        """Nodes and macros that are no more, or that are about to change."""
        for node in nodes:
            self._remove(node.unique_id, node.__dict__, _macros(node.__dict__))

    def learn(self, kind: str, nodes: Iterable[Any]) -> None:
        """Nodes or macros that were not known."""
        for node in nodes:
            self._add(kind, node.unique_id, node.__dict__)

    def follow(self, journal: Journal) -> None:
        """Takes in what the journal noted; only when it stays."""
        for kind in ("nodes", "macros"):
            entries = getattr(journal.manifest, kind)
            touched = journal.touched(entries)
            old = {key: value for key, value in journal.before(entries).items() if value is not MISSING}
            old.update({key: dict.__getitem__(entries, key) for key in touched if key not in journal.before(entries)})
            for unique_id, node in old.items():
                image = journal.image(node)
                part = image.get("depends_on")
                macros = () if part is None else journal.image(part).get("macros", ())
                self._remove(unique_id, image, macros)
            for unique_id in touched:
                self._add(kind, unique_id, dict.__getitem__(entries, unique_id).__dict__)


def _macros(values: dict[str, Any]) -> Iterable[str]:
    part = values.get("depends_on")
    return () if part is None else getattr(part, "macros", ())


def whole_of(manifest: Any) -> Whole:
    """Made when it is first wanted: at best by a template, for all its sessions."""
    known: Whole | None = manifest.__dict__.get(_KEY)
    if known is None:
        known = manifest.__dict__[_KEY] = Whole(manifest)
    return known


def forget_whole(manifest: Any) -> None:
    """After something else than a patch changed it."""
    manifest.__dict__.pop(_KEY, None)


class Edges:
    """The parent and child maps of a manifest during one patch."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._undo: list[tuple[dict[str, Any], str, Any]] = []

    def first(self, unique_id: str) -> list[str]:
        """Children before the patch."""
        for entries, key, value in self._undo:
            if entries is self._journal.manifest.child_map and key == unique_id:
                return [] if value is MISSING else list(value)
        return list(self._journal.manifest.child_map.get(unique_id, ()))

    def follow(self) -> None:
        """Brings the maps up to what is in the manifest now."""
        manifest, journal = self._journal.manifest, self._journal
        ids = {}
        for kind in GRAPH_KINDS:
            entries: Journaled = getattr(manifest, kind)
            ids[kind] = list(dict.fromkeys([*journal.before(entries), *journal.touched(entries)]))
        refresh_maps(manifest, ids, self._set)

    def _set(self, entries: dict[str, Any], key: str, value: Any) -> None:
        self._undo.append((entries, key, entries.get(key, MISSING)))
        _put(entries, key, value)

    def take_back(self) -> None:
        """The maps are what they were."""
        for entries, key, value in reversed(self._undo):
            _put(entries, key, value)


def _put(entries: dict[str, Any], key: str, value: Any) -> None:
    if value is MISSING:
        entries.pop(key, None)
    else:
        entries[key] = value


def refresh_maps(
    manifest: Any, ids: Mapping[str, Iterable[str]], put: Callable[[dict[str, Any], str, Any], None] = _put
) -> None:
    """Brings the parent and child maps up to what is there now of some ids, by kind."""
    parents, children = manifest.parent_map, manifest.child_map
    present: list[Any] = []
    for kind, keys in ids.items():
        entries: Journaled = getattr(manifest, kind)
        for key in keys:
            for parent in parents.get(key, ()):
                if key in children.get(parent, ()):
                    put(children, parent, [child for child in children[parent] if child != key])
            put(parents, key, MISSING)
            if dict.__contains__(entries, key):
                present.append(dict.__getitem__(entries, key))
            else:
                put(children, key, MISSING)
    for node in present:
        if node.unique_id not in children:
            put(children, node.unique_id, [])
    for node in present:
        put(parents, node.unique_id, sorted(node.depends_on_nodes))
        for parent in node.depends_on_nodes:
            if parent in children:
                listed = list(children[parent])
                insort(listed, node.unique_id)
                put(children, parent, listed)


class Names:
    """The manifest's lookup of `ref()` during one patch."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._own: dict[str, list[Name]] = {}
        self._undo: list[tuple[dict[str, str], str, Any]] = []

    @property
    def done(self) -> list[tuple[dict[str, str], str, Any]]:
        """Each change, with what was there before it."""
        return self._undo

    def follow(self) -> None:
        """Brings the lookup up to what is in the manifest now."""
        manifest, journal = self._journal.manifest, self._journal
        lookup = manifest.ref_lookup
        entries: Journaled = manifest.nodes
        before = journal.before(entries)
        touched = journal.touched(entries)
        gone: set[Name] = set()
        for unique_id in dict.fromkeys([*before, *touched]):
            for key, package in self._names_of(unique_id, before.get(unique_id, MISSING)):
                packages = lookup.storage.get(key, {})
                if packages.get(package) == unique_id:
                    self._set(packages, package, MISSING)
                    gone.add((package, key))
        others = whole_of(manifest).named
        known = dict.fromkeys(touched)
        for name in gone:
            known.update(dict.fromkeys(sorted(others.get(name, ()))))
        for unique_id in known:
            node = dict.get(entries, unique_id)
            if node is not None and node.resource_type in lookup._lookup_types:
                self._add(lookup, node)

    def _names_of(self, unique_id: str, before: Any) -> list[Name]:
        if unique_id in self._own:
            return self._own.pop(unique_id)
        node = before if before is not MISSING else dict.get(self._journal.manifest.nodes, unique_id)
        if node is None:
            return []
        image = self._journal.image(node)
        name, package, version = image.get("name"), image.get("package_name"), image.get("version")
        names = [name] if version is None else [f"{name}.v{version}", name]
        return [(str(key), str(package)) for key in names]

    def _add(self, lookup: Any, node: Any) -> None:
        names = [node.name]
        if node.is_versioned:
            names = [node.search_name, *([node.name] if node.is_latest_version else [])]
            lookup.storage.setdefault(node.name, {})
        for key in names:
            self._set(lookup.storage.setdefault(key, {}), node.package_name, node.unique_id)
        self._own[node.unique_id] = [(key, node.package_name) for key in names]

    def _set(self, packages: dict[str, str], package: str, value: Any) -> None:
        self._undo.append((packages, package, packages.get(package, MISSING)))
        if value is MISSING:
            packages.pop(package, None)
        else:
            packages[package] = value

    def take_back(self) -> None:
        """The lookup is what it was."""
        for packages, package, value in reversed(self._undo):
            if value is MISSING:
                packages.pop(package, None)
            else:
                packages[package] = value
