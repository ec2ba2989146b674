"""dbt's own rendering, sliced by SQLFluff: each place of the SQL leads to its place in the file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jinja2 import Environment
from sqlfluff.core.errors import SQLTemplaterError
from sqlfluff.core.templaters.jinja import JinjaTemplater

Rendering = Callable[[], tuple[Environment, dict[str, Any]]]
"""A fresh Jinja environment of dbt, and the context that a node is rendered in."""


class DbtRendering(JinjaTemplater):
    """
    SQLFluff's tracer over dbt's environment and context. The tracer renders an instrumented copy of the text, so
    positions are exact whatever the macros do. What dbt raises while it renders ends the templating, as for dbt
    itself.
    """

    name = "jinja"

    def __init__(self, rendering: Rendering) -> None:
        super().__init__()
        self._rendering = rendering
        self._environment: Environment | None = None

    def _get_jinja_env(self, config: Any = None) -> Environment:
        if self._environment is None:
            return self._prepared()[0]
        return self._environment

    def _prepared(self) -> tuple[Environment, dict[str, Any]]:
        environment, context = self._rendering()
        # dbt leaves the last line end out; then a missing one could not be told from one that is there.
        environment.keep_trailing_newline = True
        self._environment = environment
        return environment, context

    def construct_render_func(
        self, fname: str | None = None, config: Any = None
    ) -> tuple[Environment, dict[str, Any], Callable[[str], str]]:
        """What SQLFluff asks for: the environment, the context and the way to render with them."""
        environment, context = self._prepared()

        def render(text: str) -> str:
            try:
                return str(environment.from_string(text, globals=context).render(context))
            except Exception as error:
                raise SQLTemplaterError(f"dbt cannot render this file: {error}") from error

        return environment, dict(context), render
