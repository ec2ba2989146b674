"""Manifests that share everything with another one but for a few entries."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any


def shallow(manifest: Any) -> Any:
    """A manifest that shares everything with this one (`copy.copy` goes by its pickling, which mixes up lookups)."""
    twin = object.__new__(type(manifest))
    twin.__dict__.update(manifest.__dict__)
    return twin


class Layer(MutableMapping[str, Any]):
    """A dict of the manifest with changes of its own; a copy would make a session's memory its own."""

    def __init__(self, below: Any, *, without: str | None = None) -> None:
        self._below = below
        self._own: dict[str, Any] = {}
        self._hidden = {without} if without is not None else set()

    def __getitem__(self, key: str) -> Any:
        if key in self._own:
            return self._own[key]
        if key in self._hidden:
            raise KeyError(key)
        return self._below[key]

    def __contains__(self, key: object) -> bool:
        return key in self._own or (key not in self._hidden and key in self._below)

    def __setitem__(self, key: str, value: Any) -> None:
        self._own[key] = value

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        self._own.pop(key, None)
        self._hidden.add(key)

    def __iter__(self) -> Iterator[str]:
        yield from (key for key in self._below if key not in self._hidden and key not in self._own)
        yield from self._own

    def __len__(self) -> int:
        return sum(1 for _ in self)
