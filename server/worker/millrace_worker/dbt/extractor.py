"""dbt's static parser for models, made safe to fork.

It is Rust with a pool of threads that is made at the first call. In a child of the process that made it the threads do
not exist and a call waits for ever, so a child parses with Jinja instead: the same result, some milliseconds slower.
"""

from __future__ import annotations

import os
from typing import Any

import dbt.parser.models
from dbt_extractor import ExtractionError, py_extract_from_source

import millrace_worker.dbt.runtime  # noqa: F401  before any other part of dbt

_owner: list[int] = []


def _extract(source: str) -> Any:
    if not _owner:
        _owner.append(os.getpid())
    if _owner[0] != os.getpid():
        raise ExtractionError("the parser's threads belong to another process")
    return py_extract_from_source(source)


dbt.parser.models.py_extract_from_source = _extract
