"""How much memory this process may add. A locked-down process cannot ask /proc, so it is told once, after the fork."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

_MIB = 1 << 20


@dataclass(frozen=True)
class Grant:
    """A session's or a query's share."""

    size: int
    """Bytes that it may add to what it was forked with."""
    of: Literal["session", "query"]

    @property
    def megabytes(self) -> int:
        """As the setting names it."""
        return self.size // _MIB


_grants: list[Grant] = []


def grant(size: int, of: Literal["session", "query"]) -> None:
    """Called by the process itself when its limits are set; `size` in bytes."""
    _grants[:] = [Grant(size, of)]


def current() -> Grant | None:
    """What this process was granted; null in a runner or template."""
    return _grants[0] if _grants else None


def granted() -> int | None:
    """Bytes that this query process may add to what it was forked with; null outside a query process."""
    own = current()
    return own.size if own is not None and own.of == "query" else None
