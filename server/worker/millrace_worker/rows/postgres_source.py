"""PostgreSQL: a read-only transaction in which one statement at a time may read.

Each statement is opened as a cursor by PL/pgSQL's `OPEN ... FOR EXECUTE`. Unlike `DECLARE ... CURSOR FOR` it takes the
text as a value, so a second statement after a semicolon is refused by the server ("cannot open multi-query plan as
cursor") and nothing can end the transaction, whose READ ONLY cannot be taken back once it has read.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import psycopg2
import psycopg2.extensions
import pyarrow as pa

import millrace_worker.dbt.runtime  # noqa: F401  before any other part of dbt
from millrace_worker.dbt.connections import register_opener
from millrace_worker.protocol.errors import WorkerError
from millrace_worker.rows import postgres_types
from millrace_worker.rows.ipc import TARGET_BYTES
from millrace_worker.rows.postgres_types import COMMON_NAMES, Column

FIRST_FETCH = 8
LARGEST_FETCH = 20_000


def _tag(text: str) -> str:
    while True:
        tag = f"$m{secrets.token_hex(6)}$"
        if tag not in text:
            return tag


def open_portal(cursor: Any, name: str, sql: str) -> None:
    """Opens a server-side cursor on one reading statement. Raises psycopg2's errors."""
    inner = _tag(sql)
    outer = _tag(sql)
    cursor.execute(
        f"DO {outer} DECLARE portal refcursor := '{name}';"
        f" BEGIN OPEN portal NO SCROLL FOR EXECUTE {inner}{sql}{inner}; END {outer}"
    )


class ReadOnlyCursor:
    """What an adapter uses as a cursor while Jinja compiles (`run_query`, `get_relation`): it can only read."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def execute(self, sql: str, bindings: Any = None) -> None:
        """Runs one reading statement; BEGIN and COMMIT of the adapter are not needed in one read-only transaction."""
        text = self._cursor.mogrify(sql, bindings).decode() if bindings else sql
        if text.strip().rstrip(";").strip().upper() in ("BEGIN", "COMMIT", "ROLLBACK"):
            return
        name = f"millrace_{secrets.token_hex(4)}"
        open_portal(self._cursor, name, text)
        self._cursor.execute(f'FETCH FORWARD ALL FROM "{name}"')

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)


class ReadOnlyHandle:
    """A psycopg2 connection whose cursors can only read."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def cursor(self) -> ReadOnlyCursor:
        return ReadOnlyCursor(self.connection.cursor())

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)


def _open(original: Any, connection: Any) -> Any:
    credentials = connection.credentials
    try:
        opened = original(connection)
    except psycopg2.Error as error:
        raise connection_error(error, credentials) from error
    except Exception as error:
        if isinstance(error.__cause__, psycopg2.Error):
            raise connection_error(error.__cause__, credentials) from error
        raise connection_error(error, credentials) from error
    handle = opened.handle
    handle.rollback()
    handle.autocommit = False
    handle.set_session(readonly=True)
    with handle.cursor() as cursor:
        # a first snapshot: from here on the transaction cannot be made writable
        cursor.execute("SELECT 1")
    opened.handle = ReadOnlyHandle(handle)
    return opened


def connection_error(error: Exception, credentials: Any) -> WorkerError:
    """Why the server could not be reached or refused, for a person."""
    message = str(error).strip()
    password = str(getattr(credentials, "password", "") or "")
    if password:
        message = message.replace(password, "*****")
    return WorkerError(
        "WAREHOUSE_ERROR",
        f"The warehouse refused the connection: {message}",
        hint="Check the environment's host, port, user and password.",
        details={"host": str(credentials.host), "port": int(credentials.port)},
    )


register_opener("postgres", _open)


class PostgresSource:
    """See RowSource."""

    NAME = "millrace_rows"

    def __init__(self, adapter: Any) -> None:
        self._adapter = adapter
        self._connection: Any = None
        self._cursor: Any = None
        self._columns: list[Column] = []
        self._first: pa.RecordBatch | None = None
        self._row_bytes = 1.0
        self.columns: list[tuple[str, str]] = []
        self.schema: pa.Schema = pa.schema([])

    def connect(self, sql: str) -> None:
        self._connection = self._adapter.connections.get_thread_connection().handle.connection
        self._cursor = self._connection.cursor()
        postgres_types.take_text(self._cursor, postgres_types.all_text_oids())

    def execute(self, sql: str, seconds: int, rows: int) -> None:
        try:
            self._cursor.execute(f"SET LOCAL statement_timeout = {int(seconds) * 1000 + 1000}")
            open_portal(self._cursor, self.NAME, sql)
            first = self._fetch(FIRST_FETCH)
        except psycopg2.Error as error:
            raise query_error(error, sql) from error
        description = self._cursor.description or []
        unknown = {int(item.type_code) for item in description} - set(COMMON_NAMES)
        names = {**COMMON_NAMES, **self._type_names(unknown)}
        self._columns, self._first = postgres_types.batch_of(first, postgres_types.columns_of(description, names))
        self.columns = [(column.name, column.type_name) for column in self._columns]
        self.schema = self._first.schema

    def _fetch(self, rows: int) -> list[tuple[Any, ...]]:
        self._cursor.execute(f"FETCH FORWARD {rows} FROM {self.NAME}")
        fetched: list[tuple[Any, ...]] = self._cursor.fetchall()
        return fetched

    def _type_names(self, oids: set[int]) -> dict[int, str]:
        if not oids:
            return {}
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT oid::int8, format_type(oid, NULL) FROM unnest(%s::oid[]) AS oid", (list(oids),))
            return {int(oid): str(name) for oid, name in cursor.fetchall()}

    def batches(self, rows: int) -> Iterator[pa.RecordBatch]:
        batch = self._first
        self._first = None
        wanted = FIRST_FETCH
        total = 0
        while batch is not None:
            total += batch.num_rows
            if batch.num_rows:
                yield batch
            if batch.num_rows < wanted or total > rows:
                return
            per_row = max(batch.nbytes / batch.num_rows, 1.0)
            wanted = int(min(LARGEST_FETCH, max(1.0, TARGET_BYTES / per_row), rows + 1 - total + 1))
            if total <= FIRST_FETCH:
                wanted = min(wanted, 1000)
            try:
                fetched = self._fetch(wanted)
            except psycopg2.Error as error:
                raise query_error(error, "") from error
            batch = postgres_types.next_batch(fetched, self._columns, self.schema) if fetched else None

    def interrupt(self) -> None:
        if self._connection is not None and not self._connection.closed:
            self._connection.cancel()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def query_error(error: Any, sql: str) -> WorkerError:
    """A statement that PostgreSQL refused or could not finish, with its position in our SQL."""
    diagnosis = getattr(error, "diag", None)
    message = getattr(diagnosis, "message_primary", None) or str(error).strip() or type(error).__name__
    details: dict[str, Any] = {}
    code = getattr(error, "pgcode", None)
    if code:
        details["sqlState"] = code
    if code == "25006" or ("cannot open" in message and "as cursor" in message):
        details["refused"] = "write"
        message = f"A preview runs one statement that only reads: {message}"
    detail = getattr(diagnosis, "message_detail", None)
    if detail:
        message = f"{message}\n{detail}"
    position = getattr(diagnosis, "internal_position", None) or getattr(diagnosis, "statement_position", None)
    if position and sql and (getattr(diagnosis, "internal_query", None) or "").strip() == sql.strip():
        before = sql[: int(position) - 1]
        details["compiledLine"] = before.count("\n") + 1
        details["compiledColumn"] = len(before) - (before.rfind("\n") + 1) + 1
    if isinstance(error, psycopg2.errors.OutOfMemory) or "out of memory" in message:
        return WorkerError("LIMIT_REACHED", "The query needs more memory than there is.", details={"limit": "memory"})
    hint = getattr(diagnosis, "message_hint", None)
    return WorkerError("WAREHOUSE_ERROR", message, hint=hint, details=details)
