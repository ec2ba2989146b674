"""Any other warehouse: the adapter's own connection, its DB-API cursor read in batches.

Such a warehouse may have no read-only transaction, so each statement, of Jinja's `run_query` as of a preview, is looked
at before it is sent (`read_only`). A role that may only read remains the best guard, and the form says so.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

import millrace_worker.dbt.runtime  # noqa: F401  before any other part of dbt
from millrace_worker.adapters.describe import is_secret
from millrace_worker.dbt.connections import ANY_OTHER, register_opener
from millrace_worker.protocol.errors import WorkerError
from millrace_worker.rows import generic_types, read_only
from millrace_worker.rows.ipc import TARGET_BYTES

FIRST_FETCH = 100
LARGEST_FETCH = 20_000
_guarded: set[type] = set()


def _open(original: Any, connection: Any) -> Any:
    try:
        opened = original(connection)
    except WorkerError:
        raise
    except Exception as error:  # whatever a driver raises
        raise connection_error(error, connection.credentials) from error
    if opened.handle is None:
        raise connection_error(RuntimeError("The driver gave no connection."), connection.credentials)
    return opened


def connection_error(error: BaseException, credentials: Any) -> WorkerError:
    """Why the warehouse could not be reached or refused, in the driver's words without the credentials."""
    message = scrubbed(_deepest_words(error), credentials)
    details: dict[str, Any] = {"driver": type(error).__name__}
    host = getattr(credentials, "host", None) or getattr(credentials, "account", None)
    if isinstance(host, str):
        details["host"] = host
    return WorkerError(
        "WAREHOUSE_ERROR",
        f"The warehouse refused the connection: {message}",
        hint="Check the environment's connection settings.",
        details=details,
    )


def _deepest_words(error: BaseException) -> str:
    """dbt wraps drivers' errors, sometimes without their words: every message on the way down, once."""
    said: list[str] = []
    current: BaseException | None = error
    while current is not None and len(said) < 5:
        text = str(getattr(current, "msg", None) or current).strip()
        if text and not any(text in other for other in said):
            said.append(text)
        current = current.__cause__ or current.__context__
    return "\n".join(said)[:4000] or type(error).__name__


def scrubbed(message: str, credentials: Any) -> str:
    """The message without any secret of the credentials."""
    if not dataclasses.is_dataclass(credentials):
        return message
    for item in dataclasses.fields(credentials):
        value = getattr(credentials, item.name, None)
        if is_secret(item.name) and isinstance(value, str) and len(value) > 3:
            message = message.replace(value, "*****")
    return message


def guard_statements(manager: Any, adapter: str) -> None:
    """Makes the adapter's own ways to run a statement look at it first. Idempotent per connection manager class."""
    kind = type(manager)
    if kind in _guarded:
        return
    _guarded.add(kind)
    for name in ("add_query", "raw_execute"):
        original = getattr(kind, name, None)
        if original is not None:
            setattr(kind, name, _checked(original, adapter))


def _checked(original: Any, adapter: str) -> Any:
    def run(self: Any, sql: str, *arguments: Any, **options: Any) -> Any:
        if sql.strip().rstrip(";").strip().upper() not in ("BEGIN", "COMMIT", "ROLLBACK", "BEGIN TRANSACTION"):
            read_only.check(sql, adapter)
        return original(self, sql, *arguments, **options)

    return run


register_opener(ANY_OTHER, _open, guard_statements)


class GenericSource:
    """See RowSource."""

    def __init__(self, adapter: Any) -> None:
        self._adapter = adapter
        self._manager = adapter.connections
        self._connection: Any = None
        self._cursor: Any = None
        self._rows: Iterator[list[Any]] = iter(())
        self._columns: list[generic_types.Column] = []
        self._first: list[Any] = []
        self.columns: list[tuple[str, str]] = []
        self.schema: pa.Schema = pa.schema([])

    def connect(self, sql: str) -> None:
        self._connection = self._manager.get_thread_connection()
        _ = self._connection.handle  # dbt opens when it is first asked for

    def execute(self, sql: str, seconds: int, rows: int) -> None:
        try:
            description = self._run(sql)
            self._first = self._fetch(FIRST_FETCH)
        except WorkerError:
            raise
        except Exception as error:  # whatever a driver raises
            raise self._query_error(error) from error
        self._columns = generic_types.columns_of(description, self._first)
        self.columns = [(column.name, column.type_name) for column in self._columns]
        self.schema = generic_types.schema_of(self._columns)

    def _run(self, sql: str) -> list[Any]:
        """Starts the statement; returns DB-API's description of the columns."""
        if hasattr(self._manager, "add_query"):
            _, self._cursor = self._manager.add_query(sql, auto_begin=False)
            return list(self._cursor.description or [])
        job, found = self._manager.raw_execute(sql)
        self._cursor = job
        self._rows = ([*(list(row.values()) for row in page)] for page in found.pages)
        return [(field.name, field.field_type, None, None, field.precision, field.scale) for field in found.schema]

    def _fetch(self, rows: int) -> list[Any]:
        if hasattr(self._cursor, "fetchmany"):
            return list(self._cursor.fetchmany(rows))
        return next(self._rows, [])

    def _query_error(self, error: BaseException) -> WorkerError:
        return WorkerError(
            "WAREHOUSE_ERROR",
            scrubbed(_deepest_words(error), self._connection.credentials),
            details={"driver": type(error).__name__},
        )

    def batches(self, rows: int) -> Iterator[pa.RecordBatch]:
        fetched, self._first = self._first, []
        total = 0
        while fetched:
            batch = generic_types.batch_of(fetched, self._columns)
            total += batch.num_rows
            yield batch
            if total > rows:
                return
            per_row = max(batch.nbytes / batch.num_rows, 1.0)
            try:
                fetched = self._fetch(int(min(LARGEST_FETCH, max(1.0, TARGET_BYTES / per_row), rows + 1 - total)))
            except Exception as error:  # whatever a driver raises
                raise self._query_error(error) from error

    def interrupt(self) -> None:
        for owner in (self._cursor, getattr(self._connection, "handle", None)):
            cancel = getattr(owner, "cancel", None)
            if callable(cancel):
                cancel()
                return

    def close(self) -> None:
        self._rows = iter(())
        if self._connection is not None:
            try:
                self._manager.close(self._connection)
            except Exception as error:  # the process ends next: a driver's complaint changes nothing
                self.closing_complaint = type(error).__name__
        self._connection = self._cursor = None
