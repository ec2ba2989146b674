"""How a runner is run."""

from __future__ import annotations

from dataclasses import dataclass, field

from millrace_worker.lifecycle.kept import Shelf

_MIB = 1 << 20


@dataclass(frozen=True)
class Options:
    """The operator's settings of one runner."""

    adapters: tuple[str, ...]
    template_memory: int = 2048 * _MIB
    """Private memory of templates without sessions that is kept; the least recently used go first."""
    template_address_space: int = 16384 * _MIB
    max_sessions: int = 200
    parses: Shelf | None = None
    """Where parses are kept for the templates of a later runner; null keeps none."""
    allow_swap: bool = False
    without: frozenset[str] = field(default_factory=frozenset)
    """Layers left out, for the proof alone."""
