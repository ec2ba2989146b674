"""Where a warehouse has no read-only transaction, the statement itself must be one that only reads."""

from __future__ import annotations

from typing import Any

import sqlglot
from sqlglot import exp

from millrace_worker.protocol.errors import WorkerError

_DIALECTS = {"sqlserver": "tsql", "fabric": "fabric", "synapse": "tsql", "starburst": "trino", "athena": "athena"}
_READING: tuple[type[exp.Expression], ...] = (exp.Query, exp.Show, exp.Describe, exp.Pragma, exp.Values)
_WRITING: tuple[type[exp.Expression], ...] = (
    exp.Insert,
    exp.Update,
    exp.Delete,
    exp.Merge,
    exp.Create,
    exp.Drop,
    exp.Alter,
    exp.TruncateTable,
    exp.Into,
    exp.Copy,
    exp.Grant,
    exp.Command,
)


def check(sql: str, adapter: str) -> None:
    """Raises WorkerError unless `sql` is one statement that can be seen to only read."""
    dialect = _DIALECTS.get(adapter, adapter)
    if dialect not in sqlglot.Dialect.classes:
        dialect = ""
    try:
        statements = [one for one in sqlglot.parse(sql, read=dialect or None) if one is not None]
    except sqlglot.errors.SqlglotError as error:
        if _begins_like_a_query(sql, dialect):
            return
        raise _refused("it could not be understood, so it is not certain that it only reads") from error
    if len(statements) != 1:
        raise WorkerError(
            "WAREHOUSE_ERROR", "A preview runs one statement.", hint="Select the one that you want to see."
        )
    statement = statements[0]
    if _is_looking(statement):
        return
    if not isinstance(statement, _READING):
        raise _refused(f"this is {statement.key.upper()}")
    writing = statement.find(*_WRITING)
    if writing is not None:
        raise _refused(f"this contains {writing.key.upper()}")


def _is_looking(statement: Any) -> bool:
    """What the parser takes as a bare command, and what only chooses a schema, role or warehouse of this connection."""
    if isinstance(statement, exp.Use):
        return True
    looking = ("EXPLAIN", "SHOW", "DESCRIBE", "DESC", "LIST", "LS")
    return isinstance(statement, exp.Command) and str(statement.this).upper() in looking


def _begins_like_a_query(sql: str, dialect: str) -> bool:
    """Newer syntax than the parser knows: one statement that begins with SELECT or WITH and has no word that writes."""
    try:
        tokens = sqlglot.tokenize(sql, read=dialect or None)
    except sqlglot.errors.SqlglotError:
        return False
    words = [token.text.upper() for token in tokens if token.token_type is not sqlglot.TokenType.STRING]
    while words and words[-1] == ";":
        words.pop()
    writing = {
        *("INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "DROP", "ALTER", "TRUNCATE", "INTO", "COPY", "GRANT"),
        *("REVOKE", "CALL", "EXEC", "EXECUTE", "PUT", "UNLOAD", "BEGIN", "DECLARE", "SET", ";"),
    }
    return bool(words) and words[0] in ("SELECT", "WITH", "FROM") and not writing.intersection(words)


def _refused(why: str) -> WorkerError:
    return WorkerError(
        "WAREHOUSE_ERROR",
        f"A preview only reads: {why}.",
        hint="Preview a SELECT.",
        details={"refused": "write"},
    )
