"""Dicts of the Jinja context whose entries are made when someone looks at them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


class ReadDict(dict[str, Any]):
    """A dict that is filled by `_load` before it is first read or changed; setting an entry does not fill it."""

    def _load(self) -> None:
        """Fills the dict; does nothing the second time."""
        raise NotImplementedError

    def __missing__(self, key: str) -> Any:
        self._load()
        if dict.__contains__(self, key):
            return dict.__getitem__(self, key)
        raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        self._load()
        return super().__contains__(key)

    def get(self, key: str, default: Any = None) -> Any:
        try:
            return self[key]
        except KeyError:
            return default

    def __bool__(self) -> bool:
        return len(self) > 0

    def __len__(self) -> int:
        self._load()
        return super().__len__()

    def __iter__(self) -> Iterator[str]:
        self._load()
        return super().__iter__()

    def __reversed__(self) -> Iterator[str]:
        self._load()
        return super().__reversed__()

    def __eq__(self, other: object) -> bool:
        self._load()
        return super().__eq__(other)

    __hash__ = None

    def __repr__(self) -> str:
        self._load()
        return super().__repr__()

    def __or__(self, other: Any) -> Any:
        self._load()
        return super().__or__(other)

    def __delitem__(self, key: str) -> None:
        self._load()
        super().__delitem__(key)

    def keys(self) -> Any:
        self._load()
        return super().keys()

    def values(self) -> Any:
        self._load()
        return super().values()

    def items(self) -> Any:
        self._load()
        return super().items()

    def copy(self) -> dict[str, Any]:
        self._load()
        return super().copy()

    def pop(self, key: str, *default: Any) -> Any:
        self._load()
        return super().pop(key, *default)

    def popitem(self) -> Any:
        self._load()
        return super().popitem()

    def setdefault(self, key: str, default: Any = None) -> Any:
        if key not in self:
            self[key] = default
        return self[key]


class LazyDict(ReadDict):
    """A dict with further entries that are made one by one; whoever goes through it makes all of them.

    An entry that was set counts before one that can be made.
    """

    def _names(self) -> Iterable[str]:
        """Of entries that can be made, in their order."""
        raise NotImplementedError

    def _can_make(self, key: object) -> bool:
        raise NotImplementedError

    def _make(self, key: str) -> Any:
        raise NotImplementedError

    def _made_all(self) -> None:
        """There is nothing left to make."""
        raise NotImplementedError

    def _load(self) -> None:
        for key in self._names():
            if not dict.__contains__(self, key):
                dict.__setitem__(self, key, self._make(key))
        self._made_all()

    def __missing__(self, key: str) -> Any:
        if not self._can_make(key):
            raise KeyError(key)
        value = self._make(key)
        super().__setitem__(key, value)
        return value

    def __contains__(self, key: object) -> bool:
        return dict.__contains__(self, key) or self._can_make(key)

    def __bool__(self) -> bool:
        return dict.__len__(self) > 0 or any(True for _ in self._names())
