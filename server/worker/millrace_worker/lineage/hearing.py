"""In a query process: what it reads of relations' columns, for its session to keep. See `warehouse.py`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TypedDict

import pyarrow as pa

from millrace_worker.lineage.warehouse import MOST_COLUMNS, Fact, Key, key_of_rendered, stored_name

_MOST_BYTES = 128 << 10
"""Of one process: a macro may walk through a whole schema."""
_SELECT_ALL = "select * from "
_STAR_IS_ALL = frozenset(("duckdb", "postgres", "redshift", "snowflake", "bigquery"))
"""Where `select *` gives every column that can be named: other warehouses hide some."""
_DESCRIBES_ALL = frozenset(("duckdb", "snowflake", "bigquery"))
"""Where dbt's `get_columns_in_relation` gives every column; elsewhere those that the role may read."""
_CATALOG_IS_ALL = frozenset(("duckdb", "postgres"))
"""Where the data explorer's statement does; elsewhere it reads an `information_schema`, which follows the role too."""
_COMPARES_TEXT = frozenset(("postgres", "redshift"))
"""Where `get_columns_in_relation` looks for the very name that it is given, quoted or not."""
_CATALOG_OF_ANY_DATABASE = frozenset(("duckdb", "bigquery", "snowflake", "databricks", "trino", "athena"))
"""Where the data explorer reads the catalog of the relation's own database, and not of the connection's."""


class Read(TypedDict):
    """What a preview showed whole: its `what`, the SQL, and the columns of the result or (as Arrow) the rows."""

    what: Mapping[str, Any]
    sql: str
    columns: list[tuple[str, str]]
    rows: bytes | None


class ColumnsHeard:
    """Of one query process and one adapter."""

    def __init__(self, adapter: Any, clock: Callable[[], float] = time.monotonic) -> None:
        self._adapter = adapter
        self._kind = str(adapter.type())
        self._clock = clock
        self._room = _MOST_BYTES
        self.started = clock()
        self.facts: list[Fact] = []

    def listen(self) -> None:
        """From now on what dbt's Jinja asks of a relation's columns is noted."""
        ask = self._adapter.get_columns_in_relation

        def get_columns_in_relation(relation: Any) -> Any:
            at = self._clock()
            found = ask(relation)
            self._note_described(relation, found, at)
            return found

        self._adapter.get_columns_in_relation = get_columns_in_relation

    def read(self, read: Read) -> None:
        """A relation's own rows, or its columns in the catalog, have been shown."""
        what, columns = read["what"], read["columns"]
        if what["kind"] == "catalogColumns":
            rows = pa.ipc.open_stream(read["rows"]).read_all().to_pylist() if read["rows"] else []
            columns = [(str(name), str(kind)) for name, kind in (row.values() for row in rows)]
            self._note(self._catalog_key(what), columns, complete=self._kind in _CATALOG_IS_ALL)
        elif what["kind"] == "named":
            self._note(self._exact(what["database"], what), columns, complete=self._kind in _STAR_IS_ALL)
        elif what["kind"] == "relation" and read["sql"].startswith(_SELECT_ALL):
            # The SQL says what was read: a deferred model's relation is production's.
            key = key_of_rendered(self._kind, read["sql"].removeprefix(_SELECT_ALL))
            self._note(key, columns, complete=self._kind in _STAR_IS_ALL)

    def _catalog_key(self, what: Mapping[str, Any]) -> Key | None:
        own = self._adapter.config.credentials.database
        database = what["database"]
        if self._kind not in _CATALOG_OF_ANY_DATABASE:
            if database not in (None, own):
                return None
            database = own
        return self._exact(database, what)

    def _exact(self, database: str | None, what: Mapping[str, Any]) -> Key:
        schema, name = (stored_name(self._kind, what[part], quoted=True) for part in ("schema", "name"))
        return None if database is None else stored_name(self._kind, database, quoted=True), schema, name

    def _note_described(self, relation: Any, found: Any, at: float) -> None:
        policy = getattr(relation, "quote_policy", None)
        if policy is None or relation.identifier is None or not isinstance(found, list):
            return
        exact = self._kind in _COMPARES_TEXT
        database = relation.database or self._adapter.config.credentials.database

        def stored(part: str, quoted: bool) -> str:
            return stored_name(self._kind, part, quoted=quoted or exact)

        key = (
            None if database is None else stored(database, policy.database),
            None if relation.schema is None else stored(relation.schema, policy.schema),
            stored(relation.identifier, policy.identifier),
        )
        columns = [(str(column.name), str(column.dtype)) for column in found]
        self._note(key, columns, complete=self._kind in _DESCRIBES_ALL, at=at)

    def _note(
        self, key: Key | None, columns: list[tuple[str, str]], *, complete: bool, at: float | None = None
    ) -> None:
        size = 100 + sum(len(name) + len(kind) + 8 for name, kind in columns)
        if key is None or not 0 < len(columns) <= MOST_COLUMNS or size > self._room:
            return
        self._room -= size
        self.facts.append([*key, complete, self.started if at is None else at, columns])
