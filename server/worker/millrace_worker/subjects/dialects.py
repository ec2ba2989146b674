"""sqlglot's dialect of an adapter."""

from __future__ import annotations

import sqlglot
from sqlglot import exp

from millrace_worker.protocol.errors import WorkerError

_DIALECTS = {
    "sqlserver": "tsql",
    "synapse": "tsql",
    "starburst": "trino",
    "motherduck": "duckdb",
}
_TRANSACT_SQL = ("tsql", "fabric")


def dialect_of(adapter: str) -> str | None:
    """The name of the dialect, or None for sqlglot's own where it does not know the adapter's."""
    name = _DIALECTS.get(adapter, adapter)
    return name if sqlglot.Dialect.get(name) is not None else None


def nests_with(dialect: str | None) -> bool:
    """Whether a WITH may stand inside of brackets. SQL Server takes one at the beginning of a statement only."""
    return dialect not in _TRANSACT_SQL


def tokens_of(sql: str, dialect: str | None) -> list[sqlglot.Token]:
    """The tokens of a statement. Raises WorkerError where it cannot be cut into tokens (a string without an end)."""
    try:
        return list(sqlglot.tokenize(sql, read=dialect))
    except sqlglot.errors.SqlglotError as error:
        raise WorkerError(
            "WAREHOUSE_ERROR",
            "The compiled SQL could not be read: a string, a quoted name or a comment in it has no end.",
            hint="Look at the compiled SQL.",
        ) from error


def warm_up(adapter: str) -> None:
    """Loads what a locked-down process must not load, and fills sqlglot's caches before the fork."""
    dialect = dialect_of(adapter)
    tokens_of("with a as (select 1) select * from a", dialect)
    exp.select("*").from_("a").limit(1).sql(dialect=dialect)
