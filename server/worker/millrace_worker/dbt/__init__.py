"""The dbt engine: a project parsed, patched and compiled in memory."""

from __future__ import annotations

# before anything else of dbt, whatever the modules below import first
from millrace_worker.dbt.runtime import preload

# isort: split
from millrace_worker.dbt.engine import NeedsWarehouse, ProjectSpec
from millrace_worker.dbt.project import Project

__all__ = ["NeedsWarehouse", "Project", "ProjectSpec", "preload"]
