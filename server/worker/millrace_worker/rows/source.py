"""What a warehouse must offer so that its rows can be streamed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import pyarrow as pa


class RowSource(Protocol):
    """One connection and one statement."""

    columns: list[tuple[str, str]]
    """Names and the warehouse's own type names, once it has executed."""
    schema: pa.Schema

    def connect(self, sql: str) -> None:
        """Opens the hardened, read-only connection that `sql` will run on. Raises WorkerError."""

    def execute(self, sql: str, seconds: int, rows: int) -> None:
        """Starts the statement, of which `rows` are wanted at most. Raises WorkerError."""

    def batches(self, rows: int) -> Iterator[pa.RecordBatch]:
        """The rows as they come; `rows` is how many are wanted at most (one more may come, to tell that there is)."""

    def interrupt(self) -> None:
        """Ends the running statement; called from another thread."""

    def close(self) -> None:
        """Lets the warehouse go. Never raises."""


def source_for(adapter: Any) -> RowSource:
    """The source of rows behind a dbt adapter. One that Millrace does not know is read through its DB-API cursor."""
    kind = adapter.type()
    if kind == "duckdb":
        from millrace_worker.rows.duckdb_source import DuckDbSource

        return DuckDbSource(adapter)
    if kind == "postgres":
        from millrace_worker.rows.postgres_source import PostgresSource

        return PostgresSource(adapter)
    from millrace_worker.rows.generic_source import GenericSource

    return GenericSource(adapter)


def prepare_source(adapter: Any) -> None:
    """Ahead of a query, in its process: what `source_for(adapter).connect(…)` can do without the warehouse."""
    if adapter.type() == "duckdb":
        from millrace_worker.rows.duckdb_source import prepare

        prepare(adapter.config.credentials)
