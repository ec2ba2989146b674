"""Statements over the warehouse's own catalog: its relations, and the columns of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlglot import exp

from millrace_worker.protocol.errors import WorkerError

_DUCKDB_RELATIONS = """select
    database_name as "database", schema_name as "schema", table_name as "name", 'table' as "kind"
from duckdb_tables() where not internal
union all
select database_name, schema_name, view_name, 'view' from duckdb_views() where not internal
union all
select database_name, schema_name, null, 'schema' from duckdb_schemas() where not internal
order by 1, 2, 3"""
_POSTGRES_RELATIONS = """select
    current_database()::text as "database", n.nspname::text as "schema", c.relname::text as "name",
    case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f'
        then 'foreign table' else 'table' end as "kind"
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
    and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
    and has_schema_privilege(n.oid, 'usage')
union all
select current_database()::text, n.nspname::text, null, 'schema'
from pg_catalog.pg_namespace as n
where n.nspname <> 'information_schema' and n.nspname !~ '^pg_' and has_schema_privilege(n.oid, 'usage')
order by 1, 2, 3"""
_POSTGRES_COLUMNS = """select a.attname::text as "name", format_type(a.atttypid, a.atttypmod) as "type"
from pg_catalog.pg_attribute as a
join pg_catalog.pg_class as c on c.oid = a.attrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname = {schema} and c.relname = {name} and a.attnum > 0 and not a.attisdropped
order by a.attnum"""
_WITHOUT = ("spark", "dremio")
"""Adapters whose warehouse has no information_schema."""
_ONE_SCHEMA = ("bigquery",)
"""Adapters of whose relations only those of the connection's own schema are listed."""
_OWN_SCHEMAS = (
    *("information_schema", "pg_catalog", "pg_internal", "sys", "guest", "db_owner", "db_accessadmin", "db_ddladmin"),
    *("db_securityadmin", "db_backupoperator", "db_datareader", "db_datawriter", "db_denydatareader"),
    "db_denydatawriter",
)
"""Schemas that are the warehouse's own, in lower case."""


def relations(adapter: str, credentials: Any) -> str:
    """
    The relations that the connection sees: database, schema, name, kind; and each schema as a row of kind `schema`
    without a name, because it may have no relations. Raises WorkerError where none is listed.
    """
    if adapter == "duckdb":
        return _DUCKDB_RELATIONS
    if adapter == "postgres":
        return _POSTGRES_RELATIONS
    _refuse(adapter)
    place = (adapter, credentials.database, credentials.schema)
    own = ", ".join(f"'{name}'" for name in _OWN_SCHEMAS)
    listed = (
        "select table_catalog as database_name, table_schema as schema_name, table_name as relation_name,"
        f" lower(table_type) as kind\nfrom {_information_schema('tables', *place)}\n"
        f"where lower(table_schema) not in ({own})"
    )
    if adapter not in _ONE_SCHEMA:
        listed += (
            "\nunion all\nselect catalog_name, schema_name, null, 'schema'\n"
            f"from {_information_schema('schemata', *place)}\nwhere lower(schema_name) not in ({own})"
        )
    return f"{listed}\norder by 1, 2, 3"


def columns(adapter: str, what: Mapping[str, Any], dialect: str | None) -> str:
    """Name and type of each column of a relation, in their order."""
    schema, name = (exp.Literal.string(what[part]).sql(dialect=dialect) for part in ("schema", "name"))
    if adapter == "postgres":
        return _POSTGRES_COLUMNS.format(schema=schema, name=name)
    _refuse(adapter)
    source = _information_schema("columns", adapter, what["database"], what["schema"])
    same_database = ""
    if adapter == "duckdb" and what["database"] is not None:
        same_database = f" and table_catalog = {exp.Literal.string(what['database']).sql(dialect=dialect)}"
    return (
        f"select column_name as column_name, data_type as data_type\nfrom {source}\n"
        f"where table_schema = {schema} and table_name = {name}{same_database}\norder by ordinal_position"
    )


def _information_schema(view: str, adapter: str, database: str | None, schema: str | None) -> str:
    """The view in the database (or dataset) that has it."""
    if adapter == "bigquery":
        return f"`{_plain(database)}`.`{_plain(schema)}`.INFORMATION_SCHEMA.{view.upper()}"
    if adapter in ("snowflake", "databricks", "trino", "athena") and database:
        quote = "`" if adapter == "databricks" else '"'
        return f"{quote}{_plain(database)}{quote}.information_schema.{view}"
    return f"information_schema.{view}"


def _plain(name: str | None) -> str:
    if name is None or any(character in name for character in "`\"'\\;"):
        raise WorkerError("INVALID_INPUT", f"The catalog of {name} cannot be read: its name needs quotes of its own.")
    return name


def _refuse(adapter: str) -> None:
    if adapter in _WITHOUT:
        raise WorkerError(
            "INVALID_INPUT",
            f"The relations of {adapter} cannot be listed: it has no information_schema.",
            hint="Previews of models and sources work as usual.",
        )
