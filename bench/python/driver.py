"""The bare driver: answers one JSON line for each JSON line on standard input. Imports are not part of what is timed."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import duckdb
import pyarrow as pa


def duckdb_batches(place: dict[str, Any], sql: str, batch_rows: int) -> tuple[Any, Any]:
    connection = duckdb.connect(place["path"], read_only=True)
    return connection, connection.execute(sql).to_arrow_reader(batch_rows)


def preview(message: dict[str, Any]) -> dict[str, Any]:
    """Connect, run, first row and then as many rows as asked for."""
    place, wanted = message["place"], message["rows"]
    started = time.perf_counter()
    if place["adapter"] == "duckdb":
        connection, reader = duckdb_batches(place, message["sql"], 2048)
        got = reader.read_next_batch().num_rows
        first = time.perf_counter()
        while got < wanted:
            try:
                got += reader.read_next_batch().num_rows
            except StopIteration:
                break
        done = time.perf_counter()
        connection.close()
    else:
        import psycopg2

        settings = {key: place[key] for key in ("host", "port", "user", "password", "dbname") if key in place}
        connection = psycopg2.connect(**settings)
        cursor = connection.cursor("bench")
        cursor.execute(message["sql"])
        got = len(cursor.fetchmany(1))
        first = time.perf_counter()
        got += len(cursor.fetchmany(wanted - 1))
        done = time.perf_counter()
        connection.close()
    return {"first": (first - started) * 1000, "all": (done - started) * 1000, "rows": got}


def arrow(message: dict[str, Any]) -> dict[str, Any]:
    """Connect, run, and read every Arrow batch."""
    started = time.perf_counter()
    connection, reader = duckdb_batches(message["place"], message["sql"], message["batch"])
    rows = 0
    size = 0
    for batch in reader:
        rows += batch.num_rows
        size += batch.nbytes
    done = time.perf_counter()
    connection.close()
    return {"all": (done - started) * 1000, "rows": rows, "bytes": size, "arrow": pa.__version__}


def main() -> None:
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        message = json.loads(line)
        answer = preview(message) if message["do"] == "preview" else arrow(message)
        print(json.dumps(answer), flush=True)


main()
