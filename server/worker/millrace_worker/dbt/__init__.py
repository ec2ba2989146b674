"""The dbt engine: a project parsed, patched and compiled in memory."""

from __future__ import annotations

from millrace_worker.dbt.engine import NeedsWarehouse, ProjectSpec
from millrace_worker.dbt.project import Project
from millrace_worker.dbt.runtime import preload

__all__ = ["NeedsWarehouse", "Project", "ProjectSpec", "preload"]
