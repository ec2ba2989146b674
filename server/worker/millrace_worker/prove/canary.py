"""
A random value in the rows of real previews, and the search for it in everything that could have kept it.

`python -m millrace_worker.prove.canary make` makes one; `... search`, told where as JSON on standard input, answers
with the places where it is.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import stat
import string
import struct
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

_CHUNK = 8 << 20
_LETTERS = string.ascii_letters + string.digits
_LENGTH, _WINDOW = 48, 16


@dataclass(frozen=True)
class Canary:
    """A text of 48 random letters and an integer; SQL says them reversed and in two summands."""

    text: str
    number: int

    def statement(self, rows: int = 200_000) -> str:
        """SQL of DuckDB and PostgreSQL whose rows hold the canary while its own text does not."""
        half = self.number // 3
        return (
            f"select reverse('{self.text[::-1]}') as canary, {half} + {self.number - half} as number, i "
            f"from generate_series(1, {rows}) as numbers(i)"
        )

    def needles(self) -> list[bytes]:
        """
        What is looked for: three parts of the text, so that one which a page boundary or a compressor has cut is found
        by another, in UTF-8, UTF-16 and base64 (each of its three alignments); the number as digits and as 8 bytes.
        """
        parts = [self.text[start : start + _WINDOW] for start in range(0, _LENGTH, _WINDOW)]
        encoded = [base64.b64encode(b"\0" * shift + self.text.encode())[shift + 4 : -4][:40] for shift in range(3)]
        return [
            *(part.encode() for part in parts),
            *(part.encode("utf-16-le") for part in parts),
            *encoded,
            str(self.number).encode(),
            struct.pack("<q", self.number),
        ]


def make() -> Canary:
    """A value that occurs nowhere by chance."""
    text = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    return Canary(text, (1 << 62) + secrets.randbits(61))


@dataclass
class Search:
    """Where to look."""

    everything: list[Path]
    """Each file at or beneath them. One that cannot be read is an error."""
    changed: list[Path] = field(default_factory=list)
    """Files beneath them that changed since `since`. Another user's, which we cannot have written, are passed over."""
    since: float = 0.0
    databases: list[str] = field(default_factory=list)
    """PostgreSQL URLs: each row of each table, as text."""

    def run(self, canaries: dict[str, Canary]) -> dict[str, list[str]]:
        """The places that hold each canary. Raises OSError for a file that cannot be searched."""
        needles = {name: canary.needles() for name, canary in canaries.items()}
        found: dict[str, list[str]] = {name: [] for name in canaries}
        self.files = self.size = 0
        for path in dict.fromkeys(self._files()):
            self.files += 1
            for name in _held(path, needles):
                found[name].append(str(path))
        for url in self.databases:
            for name, canary in canaries.items():
                found[name] += in_database(canary, url)
        return found

    def _files(self) -> Iterator[Path]:
        for path in self.everything:
            for file, status in _walk(path):
                self.size += status.st_size
                yield file
        own = os.geteuid()
        for path in self.changed:
            for file, status in _walk(path, strict=False):
                mine = own == 0 or status.st_uid == own or os.access(file, os.R_OK)
                if mine and max(status.st_mtime, status.st_ctime) >= self.since:
                    self.size += status.st_size
                    yield file


def occurrences(canary: Canary, paths: Iterable[Path]) -> list[str]:
    """Files at or beneath the paths that hold the canary. Raises OSError for an unreadable one."""
    return Search(list(paths)).run({"canary": canary})["canary"]


def _walk(path: Path, *, strict: bool = True) -> Iterator[tuple[Path, os.stat_result]]:
    """Regular files at or beneath a path, links not followed; what vanishes meanwhile left nothing."""

    def refuse(error: OSError) -> None:
        if strict and not isinstance(error, FileNotFoundError):
            raise error

    if not path.is_dir():
        candidates: Iterable[tuple[str, list[str]]] = [(str(path.parent), [path.name])]
    else:
        candidates = ((folder, names) for folder, _, names in os.walk(path, onerror=refuse, followlinks=False))
    for folder, names in candidates:
        for name in names:
            file = Path(folder) / name
            try:
                status = file.lstat()
            except FileNotFoundError:
                continue
            if stat.S_ISREG(status.st_mode):
                yield file, status


def _held(path: Path, needles: dict[str, list[bytes]]) -> set[str]:
    overlap = 64
    tail = b""
    held: set[str] = set()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                data = tail + chunk
                held |= {name for name, wanted in needles.items() if any(needle in data for needle in wanted)}
                tail = data[-overlap:]
    except FileNotFoundError:  # a running server removed it meanwhile: then it holds nothing
        return set()
    return held


def in_database(canary: Canary, url: str) -> list[str]:
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
                parts = [canary.text[start : start + _WINDOW] for start in range(0, _LENGTH, _WINDOW)]
                for part in (*parts, str(canary.number)):
                    cursor.execute(query.format(sql.Identifier(schema, table)), [part])
                    row = cursor.fetchone()
                    if row and row[0]:
                        found.append(f"table {schema}.{table}")
                        break
    finally:
        connection.close()
    return found


def main() -> None:
    """`make` prints a canary; `search` reads what and where, and prints the places."""
    if sys.argv[1:] == ["make"]:
        made = make()
        # As text: JavaScript's numbers would round it.
        print(json.dumps({"text": made.text, "number": str(made.number), "statement": made.statement(20_000)}))
        return
    asked = json.load(sys.stdin)
    canaries = {name: Canary(one["text"], int(one["number"])) for name, one in asked["canaries"].items()}
    search = Search(
        [Path(path) for path in asked["everything"]],
        [Path(path) for path in asked["changed"]],
        asked["since"],
        asked["databases"],
    )
    found = search.run(canaries)
    print(json.dumps({"found": found, "files": search.files, "bytes": search.size}))


if __name__ == "__main__":
    main()
