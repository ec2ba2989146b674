"""Names and types of a query's columns, from the description of its result."""

from __future__ import annotations

from typing import Any


def columns_of(adapter: Any, sql: str) -> list[tuple[str, str]]:
    """In order, the types as they may be written in a cast. `sql` should give no rows: it is run."""
    if adapter.type() not in ("duckdb", "postgres"):
        return [(str(column.name), str(column.data_type)) for column in adapter.get_column_schema_from_query(sql)]
    _, cursor = adapter.connections.add_select_query(sql)
    if adapter.type() == "duckdb":
        # dbt's own way makes each text one of 256 characters.
        return [(str(item[0]), str(item[1])) for item in cursor.description or []]
    described = [(str(item[0]), int(item[1])) for item in cursor.description or []]
    oids = ", ".join(str(oid) for _, oid in described) or "0"
    _, cursor = adapter.connections.add_select_query(
        f"select format_type(oid, null) from unnest(array[{oids}]::oid[]) with ordinality as t(oid, at) order by at"
    )
    return [(name, str(row[0])) for (name, _), row in zip(described, cursor.fetchall(), strict=True)]
