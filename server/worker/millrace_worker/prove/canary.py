"""A random value in the rows of a real preview, and the search for it in everything that could have kept it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

_CHUNK = 8 << 20


def make() -> str:
    """A value that occurs nowhere by chance."""
    return f"canary{secrets.token_hex(16)}"


def statement(canary: str) -> str:
    """SQL whose rows hold the canary while its text does not."""
    half = len(canary) // 2
    return f"select '{canary[:half]}' || '{canary[half:]}' || '-' || range as canary from range(200000)"


def occurrences(canary: str, paths: Iterable[Path]) -> list[str]:
    """Files at or beneath the paths that hold the canary, in UTF-8 or UTF-16. Raises OSError for an unreadable one."""
    needles = [canary.encode(), canary.encode("utf-16-le")]
    return [str(file) for path in paths for file in _files(path) if _holds(file, needles)]


def _files(path: Path) -> Iterable[Path]:
    if path.is_file():
        yield path
        return
    for folder, _folders, names in os.walk(path, followlinks=False):
        for name in names:
            file = Path(folder) / name
            if file.is_file() and not file.is_symlink():
                yield file


def _holds(path: Path, needles: list[bytes]) -> bool:
    overlap = max(map(len, needles))
    tail = b""
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                data = tail + chunk
                if any(needle in data for needle in needles):
                    return True
                tail = data[-overlap:]
    except FileNotFoundError:  # a running server removed it meanwhile: then it holds nothing
        return False
    return False


def in_database(canary: str, url: str) -> list[str]:
    """Tables of a PostgreSQL database in which a row, as text, holds the canary."""
    import psycopg2
    from psycopg2 import sql

    found = []
    connection = psycopg2.connect(url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE'"
                " and table_schema not in ('pg_catalog', 'information_schema')"
            )
            for schema, table in cursor.fetchall():
                query = sql.SQL("select count(*) from {} as t where position(%s in t::text) > 0")
                cursor.execute(query.format(sql.Identifier(schema, table)), [canary])
                row = cursor.fetchone()
                if row and row[0]:
                    found.append(f"{schema}.{table}")
    finally:
        connection.close()
    return found
