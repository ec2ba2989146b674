"""
Columns of relations as the warehouse has said a while ago: names and types, never a row.

Only a query process may ask the warehouse. What it has read of a relation's columns it reports to its session, which
keeps it here: in memory, bounded, for a while, for one person in one environment. The template never learns any.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

FRESH_SECONDS = 1800.0
MOST_RELATIONS = 500
MOST_BYTES = 1 << 20
MOST_COLUMNS = 2000
"""Of one relation; of a wider one nothing is kept."""

Key = tuple[str | None, str | None, str]
"""Database, schema and name of a relation, as the warehouse tells names apart."""
Fact = list[Any]
"""`[database, schema, name, complete, at, [[column, type], ...]]`: a `Key` and a `Seen` as JSON carries them."""

_CASE_BLIND = frozenset(("duckdb", "databricks", "spark", "fabricspark", "trino", "starburst", "athena"))
"""Adapters whose warehouse does not tell names apart by case, quoted or not."""
_FOLDS_DOWN = frozenset(("postgres", "redshift", "greenplum", "materialize", "risingwave"))
_FOLDS_UP = frozenset(("snowflake", "oracle", "exasol"))
_PART = r"\"(?:[^\"]|\"\")+\"|`(?:[^`]|``)+`|\[(?:[^\]]|\]\])+\]|[^\s.\"`\[\]()',;]+"
_RENDERED = re.compile(rf"(?:{_PART})(?:\.(?:{_PART})){{0,2}}")
_PARTS = re.compile(_PART)


@dataclass(frozen=True)
class Seen:
    """The columns of a relation when it was read."""

    columns: tuple[tuple[str, str], ...]
    """Name and type, in their order."""
    complete: bool
    """There are no others; else the role may not have been shown all of them."""
    at: float
    """Monotonic, which all forks share."""

    @property
    def names(self) -> tuple[str, ...]:
        """In their order."""
        return tuple(name for name, _ in self.columns)


def stored_name(adapter: str, name: str, *, quoted: bool) -> str:
    """The name that a warehouse looks for. One whose rules are not known takes it as it is written."""
    if adapter in _CASE_BLIND:
        return name.lower()
    if quoted:
        return name
    return name.lower() if adapter in _FOLDS_DOWN else name.upper() if adapter in _FOLDS_UP else name


def key_of_rendered(adapter: str, relation: str) -> Key | None:
    """The key of a relation as SQL names it; None where that is no plain name of two or three parts."""
    if _RENDERED.fullmatch(relation) is None:
        return None
    parts = [_stored_part(adapter, part) for part in _PARTS.findall(relation)]
    if len(parts) == 2:
        return None, parts[0], parts[1]
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else None


def _stored_part(adapter: str, part: str) -> str:
    close = {"[": "]"}.get(part[0], part[0])
    if close in '"`]':
        return stored_name(adapter, part[1:-1].replace(close * 2, close), quoted=True)
    return stored_name(adapter, part, quoted=False)


class WarehouseColumns:
    """One session's memory of them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[Key, Seen] = {}
        self._oldest = float("inf")
        self._names: dict[str, int] = {}
        """How many relations are kept under each name, in lower case."""
        self._bytes = 0
        self._forgotten_at = float("-inf")
        self._news: set[str] = set()

    def learn(self, facts: Iterable[Fact]) -> None:
        """What a query process has read; the newer reading counts, but a part of what is known does not replace it."""
        for database, schema, name, complete, at, columns in facts:
            key = (database, schema, name)
            seen = Seen(tuple((str(column), str(kind)) for column, kind in columns), bool(complete), float(at))
            known = self._seen.get(key)
            if at <= self._forgotten_at or not 0 < len(seen.columns) <= MOST_COLUMNS:
                continue
            if known is not None and (known.at >= at or _is_part(seen, known)):
                continue
            self._drop(key)
            self._seen[key] = seen
            self._names[name.lower()] = self._names.get(name.lower(), 0) + 1
            self._bytes += _size(seen)
            self._news.add(name.lower())
        while len(self._seen) > MOST_RELATIONS or self._bytes > MOST_BYTES:
            self._drop(min(self._seen, key=lambda key: self._seen[key].at))
        self._oldest = min((seen.at for seen in self._seen.values()), default=float("inf"))

    def forget(self, before: float) -> None:
        """What was read up to then may be wrong now; also what is still on its way here."""
        self._forgotten_at = max(self._forgotten_at, before)
        for key in [key for key, seen in self._seen.items() if seen.at <= before]:
            self._drop(key)

    def forget_relation(self, key: Key | None) -> None:
        """The relation is not there, or is another now."""
        if key is not None:
            self._drop(key)

    @property
    def outdated(self) -> bool:
        """Whether `news` has something to tell."""
        return bool(self._news) or self._oldest <= self._clock() - FRESH_SECONDS

    def news(self) -> set[str]:
        """Names (lower case) of relations of which something else is known since the last call. Drops what expired."""
        oldest = self._clock() - FRESH_SECONDS
        for key in [key for key, seen in self._seen.items() if seen.at <= oldest]:
            self._drop(key)
        self._oldest = min((seen.at for seen in self._seen.values()), default=float("inf"))
        told, self._news = self._news, set()
        return told

    def has(self, name: str) -> bool:
        """Whether any relation of that name (lower case) is known: asked before a node's own names are made."""
        return name in self._names

    def of(self, key: Key | None) -> Seen | None:
        """What is known of a relation and has not expired."""
        seen = self._seen.get(key) if key is not None else None
        return seen if seen is not None and seen.at > self._clock() - FRESH_SECONDS else None

    def age(self, at: float) -> float:
        """Seconds since then."""
        return max(0.0, self._clock() - at)

    def _drop(self, key: Key) -> None:
        seen = self._seen.pop(key, None)
        if seen is None:
            return
        name = key[2].lower()
        self._bytes -= _size(seen)
        self._names[name] -= 1
        if not self._names[name]:
            del self._names[name]
        self._news.add(name)


def _is_part(seen: Seen, known: Seen) -> bool:
    return known.complete and not seen.complete and set(seen.names) <= set(known.names)


def _size(seen: Seen) -> int:
    return 200 + sum(150 + len(name) + len(kind) for name, kind in seen.columns)
