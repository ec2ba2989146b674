"""The seam of the engine: what the session and query processes give to dbt and get from it.

Another engine stands behind the same names by offering a class with `Project`'s methods.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypedDict

from millrace_worker.protocol.types import (
    CompileResult,
    DeferResult,
    ErrorBody,
    IndexMacro,
    IndexNode,
    IndexParts,
    OverlayChange,
    ProjectIndex,
    QueryFrame,
    RequestDeferParams,
    RowsTail,
)

DeferParams = RequestDeferParams
Progress = Callable[[str, int, "int | None"], None]


class NeedsWarehouse(BaseException):
    """The Jinja of a compile asked for the warehouse where it may not be reached: compile again in a query process.

    Not an Exception, because dbt and its adapters catch those on the way and would turn it into a message.
    """


class Statement(TypedDict):
    """What a query runs, compiled by the session, and the file that its errors are placed in."""

    sql: str
    path: str
    text: str | None


@dataclass
class ProjectSpec:
    """The public half of a session: everything a template may know. No secret is in it."""

    project_root: str
    """Folder of dbt_project.yml."""
    environment: dict[str, Any]
    """adapter, target, schema, threads, settings."""
    vars: dict[str, Any] = field(default_factory=dict)
    """As with `--vars`."""
    committed: dict[str, str | None] = field(default_factory=dict)
    """Committed text of each file that differs on disk, by path below the project; None where there is none."""


__all__ = [
    "CompileResult",
    "DeferParams",
    "DeferResult",
    "ErrorBody",
    "IndexMacro",
    "IndexNode",
    "IndexParts",
    "NeedsWarehouse",
    "OverlayChange",
    "Progress",
    "ProjectIndex",
    "ProjectSpec",
    "QueryFrame",
    "RowsTail",
    "Statement",
]
