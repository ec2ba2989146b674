"""Rows of a query, from the warehouse's own driver to Arrow IPC messages."""

import millrace_worker.dbt.runtime  # noqa: F401  before anything else of dbt
