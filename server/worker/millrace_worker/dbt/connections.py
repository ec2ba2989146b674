"""Who may open a warehouse connection: nobody in a session, a query process through a hardened door."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from dbt.adapters.factory import get_adapter

import millrace_worker.dbt.runtime  # noqa: F401  before any other part of dbt
from millrace_worker.dbt.engine import NeedsWarehouse

_allowed = [False]
_guarded: set[type] = set()
_scopes: list[Any] = []
_openers: dict[str, Callable[[Any, Any], Any]] = {}
_preparers: dict[str, Callable[[Any, str], None]] = {}


ANY_OTHER = "*"


def register_opener(
    adapter: str, opener: Callable[[Any, Any], Any], prepare: Callable[[Any, str], None] | None = None
) -> None:
    """How a query process opens a connection of an adapter (or `ANY_OTHER`): `opener(original_open, connection)`.

    `prepare(connection_manager, adapter)` is called before the first of them.
    """
    _openers[adapter] = opener
    if prepare is not None:
        _preparers[adapter] = prepare


def guard_connections(config: Any) -> None:
    """Makes the adapter's `open` ask first. Idempotent per connection manager class."""
    adapter = get_adapter(config)
    manager = type(adapter.connections)
    if manager in _guarded:
        return
    _guarded.add(manager)
    kind = adapter.type()
    prepare = _preparers.get(kind if kind in _openers else ANY_OTHER)
    if prepare is not None:
        prepare(adapter.connections, kind)
    original = manager.open

    def guarded_open(cls: type, connection: Any) -> Any:
        if not _allowed[-1]:
            raise NeedsWarehouse
        opener = _openers.get(connection.credentials.type, _openers.get(ANY_OTHER))
        return opener(original, connection) if opener is not None else original(connection)

    manager.open = classmethod(guarded_open)


@contextmanager
def warehouse(allowed: bool) -> Iterator[None]:
    """Whether connections may be opened inside the block."""
    _allowed.append(allowed)
    try:
        yield
    finally:
        _allowed.pop()


@contextmanager
def connection_scope(config: Any) -> Iterator[None]:
    """dbt's connection of this thread, opened when something first asks for it; an outer scope's counts."""
    adapter = get_adapter(config)
    if _scopes:
        yield
        return
    _scopes.append(config)
    try:
        adapter.connections.set_connection_name("millrace")
        yield
    finally:
        _scopes.pop()
        adapter.connections.release()
        adapter.connections.clear_thread_connection()
