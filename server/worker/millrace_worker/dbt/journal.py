"""Takes back what a parse that failed has done to a manifest, and knows what one that succeeded has touched.

dbt's partial parse removes nodes before it parses their new text, and changes nodes and files in place. The manifest's
dicts are `Journaled`: while a journal is open they note each entry that is replaced, and how each object that is handed
out looked before. A copy of the manifest (seconds at 10,000 models) or a trial in a fork is not needed then.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

from dbt.contracts.files import SchemaSourceFile
from dbt.contracts.graph.manifest import Manifest

import millrace_worker.dbt.runtime  # noqa: F401  before any other part of dbt

KINDS = tuple(
    kind
    for kind in (
        "nodes",
        "sources",
        "macros",
        "docs",
        "exposures",
        "functions",
        "metrics",
        "groups",
        "semantic_models",
        "unit_tests",
        "saved_queries",
        "fixtures",
    )
    if kind in {field.name for field in fields(Manifest)}
)
"""Of things in a manifest; dbt 1.10 has no functions."""
JOURNALED = (*KINDS, "files")
_PARTS = ("config", "depends_on")
_SHARED = ("dfy", "contents")
"""Of a file: never changed in place."""
MISSING = object()


class Journaled(dict[str, Any]):
    """One of the manifest's dicts."""

    journal: Journal | None = None
    """The open one."""

    def __getitem__(self, key: str) -> Any:
        value = super().__getitem__(key)
        if self.journal is not None:
            self.journal.look(value)
        return value

    def get(self, key: str, default: Any = None) -> Any:
        value = super().get(key, default)
        if self.journal is not None and value is not None:
            self.journal.look(value)
        return value

    def __setitem__(self, key: str, value: Any) -> None:
        if self.journal is not None:
            self.journal.change(self, key)
        super().__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        if self.journal is not None:
            self.journal.change(self, key)
        super().__delitem__(key)

    def pop(self, key: str, *default: Any) -> Any:
        if self.journal is not None:
            self.journal.change(self, key)
        return super().pop(key, *default)

    def setdefault(self, key: str, default: Any = None) -> Any:
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, *others: Any, **named: Any) -> None:
        for key, value in dict(*others, **named).items():
            self[key] = value

    def __iter__(self) -> Iterator[str]:
        if self.journal is not None and self.journal.focused:
            return iter(self.journal.touched(self))
        return super().__iter__()

    def keys(self) -> Any:
        if self.journal is not None and self.journal.focused:
            return dict.fromkeys(self.journal.touched(self)).keys()
        return super().keys()

    def values(self) -> Any:
        if self.journal is not None and self.journal.focused:
            return [dict.__getitem__(self, key) for key in self.journal.touched(self)]
        return super().values()

    def items(self) -> Any:
        if self.journal is not None and self.journal.focused:
            return [(key, dict.__getitem__(self, key)) for key in self.journal.touched(self)]
        return super().items()


@contextmanager
def in_order(manifest: Any) -> Iterator[None]:
    """
    Afterwards the entries that are still there stand in the order of before. For what a template tries before anyone
    forks from it: a model that goes through `graph.sources` must meet them as dbt does.
    """
    before = {kind: list(dict.keys(getattr(manifest, kind))) for kind in JOURNALED}
    yield
    for kind, keys in before.items():
        entries = getattr(manifest, kind)
        if list(dict.keys(entries)) != keys:
            values = dict(dict.items(entries))
            dict.clear(entries)
            dict.update(entries, {key: values.pop(key) for key in keys if key in values} | values)


class Journal:
    """What happens to one manifest between `open` and `close` or `take_back`."""

    def __init__(self, manifest: Any) -> None:
        self.manifest = manifest
        self.focused = False
        self._attributes: dict[str, Any] = {}
        self._undo: list[tuple[Journaled, str, Any]] = []
        self._before: dict[int, dict[str, Any]] = {}
        self._images: dict[int, tuple[Any, dict[str, Any]]] = {}
        self._ids: dict[int, tuple[str, str]] = {}

    @contextmanager
    def focus(self) -> Iterator[None]:
        """Whoever goes through one of the dicts meets what has been touched, and nothing else."""
        before, self.focused = self.focused, True
        try:
            yield
        finally:
            self.focused = before

    def open(self) -> None:
        """From here on everything is noted."""
        manifest = self.manifest
        prepare(manifest)
        self._attributes = dict(manifest.__dict__)
        for nodes in manifest.disabled.values():
            for node in nodes:
                self.look(node)
        manifest.disabled = {unique_id: list(nodes) for unique_id, nodes in manifest.disabled.items()}
        manifest.env_vars = dict(manifest.env_vars)
        manifest.source_patches = dict(manifest.source_patches)
        for kind in JOURNALED:
            getattr(manifest, kind).journal = self

    def close(self) -> None:
        """What was done stays."""
        for kind in JOURNALED:
            self._attributes[kind].journal = None
            getattr(self.manifest, kind).journal = None

    def take_back(self) -> None:
        """The manifest is what it was, but for the order of entries that went and came back."""
        self.close()
        self.manifest.__dict__.clear()
        self.manifest.__dict__.update(self._attributes)
        for entries, key, value in reversed(self._undo):
            if value is MISSING:
                dict.pop(entries, key, None)
            else:
                dict.__setitem__(entries, key, value)
        for thing, image in self._images.values():
            thing.__dict__.clear()
            thing.__dict__.update(image)

    def look(self, thing: Any) -> None:
        """Something that is there already is handed out: whoever has it may change it."""
        if id(thing) in self._images or not hasattr(thing, "__dict__"):
            return
        deep = isinstance(thing, SchemaSourceFile)
        image: dict[str, Any] = {}
        for name, value in thing.__dict__.items():
            kind = type(value)
            if (kind is list or kind is dict) and name not in _SHARED:
                image[name] = copy.deepcopy(value) if deep else value.copy()
            else:
                image[name] = value
        self._images[id(thing)] = thing, image
        for name in _PARTS:
            part = image.get(name)
            if part is not None:
                self.look(part)

    def change(self, entries: Journaled, key: str) -> None:
        """An entry is about to be set or removed."""
        value = dict.get(entries, key, MISSING)
        self._undo.append((entries, key, value))
        self._before.setdefault(id(entries), {}).setdefault(key, value)
        if value is not MISSING:
            self.look(value)

    def before(self, entries: Journaled) -> dict[str, Any]:
        """Entries that were set or removed, with what was there first (or MISSING)."""
        return self._before.get(id(entries), {})

    def image(self, thing: Any) -> dict[str, Any]:
        """How an object looked when the journal was opened."""
        seen = self._images.get(id(thing))
        return thing.__dict__ if seen is None else seen[1]

    @property
    def attributes(self) -> dict[str, Any]:
        """The manifest's own, when the journal was opened."""
        return self._attributes

    @property
    def entries(self) -> list[tuple[Journaled, str, Any]]:
        """Each entry that was set or removed, with what was there before that."""
        return self._undo

    @property
    def changed(self) -> Iterator[tuple[Any, dict[str, Any]]]:
        """Objects that do not look as they did, with how they did."""
        return (seen for seen in self._images.values() if _differs(*seen))

    def touched(self, entries: Journaled) -> list[str]:
        """Keys of what is there now and is new or was changed in place."""
        keys = [key for key in self.before(entries) if dict.__contains__(entries, key)]
        changed = (
            thing.__dict__["unique_id"]
            for thing, image in list(self._images.values())
            if "unique_id" in thing.__dict__ and image.get("created_at") != thing.__dict__.get("created_at")
        )
        known = set(keys)
        return [*keys, *(key for key in changed if key not in known and dict.__contains__(entries, key))]


def _differs(thing: Any, image: dict[str, Any]) -> bool:
    now = thing.__dict__
    if now.keys() != image.keys():
        return True
    return any(
        now[name] is not value and (type(value) not in (list, dict) or now[name] != value)
        for name, value in image.items()
    )


def prepare(manifest: Any) -> None:
    """Makes the manifest's dicts Journaled."""
    for kind in JOURNALED:
        entries = getattr(manifest, kind)
        if type(entries) is not Journaled:
            setattr(manifest, kind, Journaled(entries))


__all__ = ["JOURNALED", "KINDS", "MISSING", "Journal", "Journaled", "prepare"]
