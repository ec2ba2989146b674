"""dbt's checks against JSON schemas, remembered: nearly everything that it checks it has checked before.

The value of a node's text and of its checksum does not matter to the schema, which wants strings.
"""

from __future__ import annotations

import marshal
from collections import OrderedDict
from hashlib import blake2b
from typing import Any

from dbt_common.dataclass_schema import dbtClassMixin
from dbt_common.events import event_manager_client

import millrace_worker.dbt.runtime  # noqa: F401  before any other part of dbt

_KEPT = 4000
_valid: OrderedDict[tuple[type, bytes], None] = OrderedDict()
_validate = dbtClassMixin.validate.__func__


def _key(cls: type, data: Any) -> tuple[type, bytes] | None:
    if isinstance(data, dict) and isinstance(data.get("raw_code"), str):
        data = {**data, "raw_code": ""}
        checksum = data.get("checksum")
        if isinstance(checksum, dict) and isinstance(checksum.get("checksum"), str):
            data["checksum"] = {**checksum, "checksum": ""}
    try:
        # version 2 writes equal values alike, whoever else refers to them
        return cls, blake2b(marshal.dumps(data, 2), digest_size=16).digest()
    except ValueError:
        return None


def _remembered_validate(cls: type, data: Any) -> None:
    key = _key(cls, data)
    if key is not None and key in _valid:
        return
    _validate(cls, data)
    if key is not None:
        _valid[key] = None
        if len(_valid) > _KEPT:
            _valid.popitem(last=False)


try:
    from dbt.jsonschemas import jsonschemas
except ImportError:  # before dbt 1.11
    from dbt import jsonschemas

_deprecations = jsonschemas.jsonschema_validate


def _wanted_deprecations(schema: dict[str, Any], json: dict[str, Any], file_path: str) -> None:
    """Looks for what dbt deprecates in YAML where a warning can become an error: nobody reads warnings here."""
    manager = event_manager_client.get_event_manager()
    options = manager.warn_error_options
    if manager.warn_error or getattr(options, "error", None) or getattr(options, "include", None):
        _deprecations(schema, json, file_path)


dbtClassMixin.validate = classmethod(_remembered_validate)
jsonschemas.jsonschema_validate = _wanted_deprecations
