"""What calls of macros write that depend on nothing but what they are told: rendered by dbt once, then remembered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from millrace_worker.dbt.engine import NeedsWarehouse
from millrace_worker.dbt.plain_macros import own_variables, plain_variables, stands_alone
from millrace_worker.protocol.errors import WorkerError

_KEPT = 5000
_LONGEST = 2000

Render = Callable[[Any, str], str]
"""dbt's own rendering of a text in the context of a node. Raises NeedsWarehouse or WorkerError."""


class WrittenMacros:
    """Of one graph; `forget` when a macro of it has changed."""

    def __init__(self, graph: Any, render: Render) -> None:
        self._graph = graph
        self._render = render
        self._written: dict[tuple[str, str], str | None] = {}
        self._variables: bool | None = None

    def forget(self) -> None:
        """All of it."""
        self._written.clear()
        self._variables = None

    def write(self, node: Any, name: str, expression: str) -> str | None:
        """What `{{ expression }}`, a macro called with written-out arguments, is in a node; None: dbt must say it."""
        key = node.package_name, expression
        if key not in self._written:
            if len(expression) > _LONGEST:
                return None
            if len(self._written) >= _KEPT:
                del self._written[next(iter(self._written))]
            self._written[key] = self._made(node, name, expression)
        return self._written[key]

    def _made(self, node: Any, name: str, expression: str) -> str | None:
        macros = self._graph.manifest.macros
        macro = macros.get(f"macro.{node.package_name}.{name}")
        if self._variables is None:
            self._variables = plain_variables(self._graph.config) and not own_variables(macros)
        if macro is None or not stands_alone(macro, self._variables):
            return None
        try:
            return self._render(node, f"{{{{{expression}}}}}")
        except (NeedsWarehouse, WorkerError):
            # the whole model's compilation says what is wrong, and where
            return None
