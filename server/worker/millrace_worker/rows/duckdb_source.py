"""DuckDB: one read-only connection without files, network, extensions or settings, natively in Arrow.

The order of the hardening matters (docs/decisions): temporary files off at connect, then what the profile asks for,
then external access off, then the lock, after which no SQL can undo any of it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow as pa
from dbt.adapters.duckdb.environments import Environment
from dbt.adapters.duckdb.utils import escape_sql_string

import millrace_worker.dbt.runtime  # noqa: F401  before any other part of dbt
from millrace_worker.dbt.connections import register_opener
from millrace_worker.protocol.errors import WorkerError, memory_exceeded
from millrace_worker.rows.intervals import portable_batch, portable_schema
from millrace_worker.sandbox import budget

VECTOR = 2048
"""Rows of a batch: DuckDB's own vectors, so that the first rows come at once."""
MANY_ROWS, LARGE_VECTOR = 200_000, 4 * VECTOR
"""Who wants more rows than this waits a moment longer for the first, and gets all of them sooner."""
DEFAULT_MEMORY_MB = 1024
HARDENED = {
    "temp_directory": "",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_persistent_secrets": "false",
    "python_enable_replacements": "false",
}
"""Not for the profile to change."""
_CONNECT_ONLY = {*HARDENED, "enable_external_access", "lock_configuration", "access_mode", "allow_unsigned_extensions"}


SCANNING_MB = 10
"""Enough to scan and send: DuckDB keeps every block that it has read until its limit, however few it still needs."""
WORKING_MB = 48
"""Enough for most statements that hold rows back; a preview grows by no more than it must."""
_HOLDS_ROWS = re.compile(
    r"\b(?:join|group|order|distinct|over|window|qualify|union|intersect|except|pivot|unpivot|recursive)\b",
    re.IGNORECASE,
)


def first_limit_mb(sql: str) -> int:
    """
    What a statement gets at first. A guess by its words: too little costs a second start, too much costs memory.
    """
    return WORKING_MB if _HOLDS_ROWS.search(sql) else SCANNING_MB


def memory_limit_mb() -> int:
    """DuckDB's own share of the address space that the process may still take."""
    granted = budget.granted()
    return DEFAULT_MEMORY_MB if granted is None else max(64, int(granted * 0.7) >> 20)


_limit_mb: list[int] = []
"""What the next connection may take at first; all of the query's share when empty."""


_prepared: list[Any] = []
"""An instance without a file, made before its query was known."""
_attached: list[str] = []
"""The database that a prepared instance has attached; each cursor must be told to use it."""


def _config(creds: Any, memory_mb: int) -> dict[str, Any]:
    return {
        "memory_limit": f"{memory_mb}MB",
        "threads": str(os.cpu_count() or 1),
        **{key: str(value) for key, value in (creds.config_options or {}).items() if key not in _CONNECT_ONLY},
        **HARDENED,
    }


def prepare(creds: Any) -> None:
    """Starts DuckDB with its threads, without the warehouse's file, which stays free for those who write to it."""
    # A file of the instance's own name could not be attached beside it.
    if creds.path == ":memory:" or creds.is_motherduck or creds.remote or _stem(creds.path) == "memory":
        return
    connection = duckdb.connect(":memory:", config=_config(creds, SCANNING_MB))
    connection.execute("select range from range(10)").to_arrow_reader(VECTOR).read_next_batch()
    _prepared[:] = [connection]


def _stem(path: str) -> str:
    return os.path.basename(path).split(".")[0].lower()  # noqa: PTH


def _attach(connection: Any, path: str) -> None:
    """Leaves the instance as if it had been opened on this file: its only database, and the default one."""
    connection.execute(f"ATTACH '{escape_sql_string(path)}' (READ_ONLY)")
    found = connection.execute(
        "select database_name from duckdb_databases() where not internal and database_name <> 'memory'"
    ).fetchone()
    _attached[:] = [str(found[0])]
    _use(connection)
    connection.execute("DETACH memory")


def _use(cursor: Any) -> None:
    for name in _attached:
        quoted = name.replace('"', '""')
        cursor.execute(f'USE "{quoted}"')


def _initialize_db(cls: type, creds: Any, plugins: Any = None) -> Any:
    in_memory = creds.path == ":memory:"
    _attached.clear()
    memory_mb = min([*_limit_mb, memory_limit_mb()])
    if _prepared and _limit_mb:
        connection = _prepared.pop()
        if "memory_limit" not in (creds.config_options or {}):
            connection.execute(f"SET memory_limit = '{memory_mb}MB'")
        _attach(connection, creds.path)
    else:
        _prepared.clear()
        config = _config(creds, memory_mb)
        connection = duckdb.connect(creds.path, read_only=not in_memory, config=config)
    for attachment in creds.attach or []:
        attachment.read_only = True
        attachment.options = {
            key: value for key, value in (attachment.options or {}).items() if key.lower() != "read_only"
        } or None
        connection.execute(attachment.to_sql())
    for extension in creds.extensions or []:
        connection.load_extension(extension if isinstance(extension, str) else extension["name"])
    return connection


def _initialize_cursor(cls: type, creds: Any, cursor: Any, plugins: Any = None, registered_df: Any = None) -> Any:
    _use(cursor)
    locked = cursor.execute("select current_setting('lock_configuration')").fetchone()
    if locked is None or not locked[0]:
        for key, value in (creds.settings or {}).items():
            if key not in _CONNECT_ONLY:
                cursor.execute(f"SET {key} = '{escape_sql_string(str(value))}'")
        cursor.execute("SET enable_external_access = false")
        cursor.execute("SET lock_configuration = true")
    return cursor


Environment.initialize_db = classmethod(_initialize_db)
Environment.initialize_cursor = classmethod(_initialize_cursor)


def _open(original: Any, connection: Any) -> Any:
    credentials = connection.credentials
    if credentials.is_motherduck or credentials.remote:
        raise WorkerError("WAREHOUSE_ERROR", "MotherDuck and remote DuckDB servers cannot be previewed yet.")
    try:
        return original(connection)
    except (duckdb.Error, RuntimeError) as error:
        raise connection_error(error, credentials.path) from error


def connection_error(error: Exception, path: str) -> WorkerError:
    """Why a DuckDB file does not open, for a person."""
    message = str(error)
    name = os.path.basename(path)  # noqa: PTH
    if "lock on file" in message or "Conflicting lock" in message:
        return WorkerError(
            "WAREHOUSE_BUSY",
            f"The warehouse file {name} is held by another process that writes to it.",
            hint="Wait until that run has ended, then preview again.",
        )
    if "does not exist" in message or "No such file" in message:
        return WorkerError(
            "WAREHOUSE_ERROR",
            f"The warehouse file {name} does not exist.",
            hint="Build the project once, or correct the path in the environment's settings.",
        )
    return WorkerError("WAREHOUSE_ERROR", message)


register_opener("duckdb", _open)


class DuckDbSource:
    """See RowSource."""

    def __init__(self, adapter: Any) -> None:
        self._adapter = adapter
        self._connection: Any = None
        self._reader: Any = None
        self._first: pa.RecordBatch | None = None
        self.columns: list[tuple[str, str]] = []
        self.schema: pa.Schema = pa.schema([])

    def connect(self, sql: str) -> None:
        self._open([first_limit_mb(sql)])

    def _open(self, limit_mb: list[int]) -> None:
        _limit_mb[:] = limit_mb
        try:
            self._connection = self._adapter.connections.get_thread_connection().handle.cursor()._cursor
        finally:
            _limit_mb.clear()

    def execute(self, sql: str, seconds: int, rows: int) -> None:
        """Up to the first rows, in little memory; one that needs more starts again with all."""
        vector = VECTOR if rows < MANY_ROWS else LARGE_VECTOR
        try:
            self._run(sql, vector)
        except (pa.ArrowException, OSError, RuntimeError, duckdb.Error, WorkerError) as error:
            if not _out_of_memory(error):
                raise
            self.close()
            self._adapter.connections.release()
            self._adapter.connections.clear_thread_connection()
            self._adapter.connections.set_connection_name("millrace")
            self._open([])
            self._run(sql, vector)

    def _run(self, sql: str, vector: int) -> None:
        try:
            if len(self._connection.extract_statements(sql)) > 1:
                raise WorkerError(
                    "WAREHOUSE_ERROR", "A preview runs one statement.", hint="Select the one that you want to see."
                )
            self._connection.execute(sql)
        except duckdb.InterruptException:
            raise
        except duckdb.Error as error:
            raise query_error(error) from error
        description = self._connection.description or []
        self.columns = [(str(item[0]), str(item[1])) for item in description]
        if not description:
            return
        self._reader = self._connection.to_arrow_reader(vector)
        self.schema = portable_schema(self._reader.schema)
        self._first = self._next()

    def _next(self) -> pa.RecordBatch | None:
        try:
            return self._reader.read_next_batch()
        except StopIteration:
            return None
        except (pa.ArrowException, OSError, RuntimeError, duckdb.Error) as error:
            if "INTERRUPT" in str(error).upper():
                raise duckdb.InterruptException(str(error)) from error
            raise query_error(error) from error

    def batches(self, rows: int) -> Iterator[pa.RecordBatch]:
        batch, self._first = self._first, None
        while batch is not None:
            yield portable_batch(batch, self.schema)
            batch = self._next()

    def interrupt(self) -> None:
        if self._connection is not None:
            self._connection.interrupt()

    def close(self) -> None:
        self._reader = None
        self._first = None
        manager = type(self._adapter.connections)
        environment = manager._ENV
        if environment is not None:
            if self._connection is not None:
                self._connection.close()
            environment.close()
            manager._ENV = None
        self._connection = None


def _out_of_memory(error: BaseException) -> bool:
    if isinstance(error, WorkerError):
        return error.code == "LIMIT_REACHED" and error.details.get("limit") == "memory"
    return "Out of Memory" in str(error) or isinstance(error, MemoryError)


def query_error(error: BaseException) -> WorkerError:
    """A statement that DuckDB refused or could not finish."""
    message = str(error).strip()
    if _out_of_memory(error):
        return memory_exceeded(message.splitlines()[0][:500] if message else None)
    if "read-only mode" in message:
        return WorkerError("WAREHOUSE_ERROR", f"A preview only reads: {message}", details={"refused": "write"})
    return WorkerError("WAREHOUSE_ERROR", message)
