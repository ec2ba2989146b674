"""Where attempts register, by their function's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Facts = dict[str, Any]
ATTEMPTS: dict[str, Callable[[Facts], object]] = {}


def attempt(function: Callable[[Facts], object]) -> Callable[[Facts], object]:
    """Registers an attempt by its function's name."""
    ATTEMPTS[function.__name__.replace("_", "-")] = function
    return function
