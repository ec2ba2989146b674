"""Which relations of the target there are, as the warehouse has said a short while ago."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

FRESH_SECONDS = 60.0
_Key = tuple[str | None, str | None, str | None]
Fact = tuple[str | None, str | None, str | None, bool, float]
"""Database, schema, identifier, whether it exists, and when that was seen (monotonic, which all forks share)."""


class Existing:
    """A session's memory of answers. It may not ask itself; its query processes ask, and say what they have heard."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[_Key, tuple[bool, float]] = {}
        self.heard: list[Fact] = []
        """What this process has asked the warehouse itself."""

    def learn(self, facts: list[Fact]) -> None:
        """What a query process has heard; the newer answer counts."""
        for database, schema, identifier, exists, at in facts:
            key = (database, schema, identifier)
            known = self._seen.get(key)
            if known is None or known[1] <= at:
                self._seen[key] = (exists, at)

    def forget(self) -> None:
        """Something was built, or what was known has proved wrong."""
        self._seen.clear()

    def answer(self, key: _Key, ask: Callable[[], Any]) -> Any:
        """What was seen a moment ago (true or false), else what `ask` gives, which is remembered."""
        now = self._clock()
        known = self._seen.get(key)
        if known is not None and now - known[1] < FRESH_SECONDS:
            return known[0]
        found = ask()
        self._seen[key] = (bool(found), now)
        self.heard.append((*key, bool(found), now))
        return found

    @contextmanager
    def answering(self, adapter: Any) -> Iterator[None]:
        """Inside, the adapter's `get_relation` is answered from here: only for those who ask whether there is one."""
        ask = adapter.get_relation

        def get_relation(database: str | None, schema: str | None, identifier: str | None) -> Any:
            return self.answer((database, schema, identifier), lambda: ask(database, schema, identifier))

        adapter.get_relation = get_relation
        try:
            yield
        finally:
            del adapter.get_relation
