"""How much memory this process may add. A locked-down process cannot ask /proc, so it is told once, after the fork."""

from __future__ import annotations

_granted: list[int] = []


def grant(size: int) -> None:
    """Called by the query process when its limits are set; `size` in bytes."""
    _granted[:] = [size]


def granted() -> int | None:
    """Bytes that this query process may add to what it was forked with; null outside a query process."""
    return _granted[0] if _granted else None
