"""What drivers do that cannot work here: writing to disk, or refusing what their own adapter says."""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Iterable
from typing import Any

_AUTHORITY = re.compile(r"(^|;)Authority Id=\{[^}]*\}(?=;|$)")


def settle(adapters: Iterable[str]) -> None:
    """Called once in the runner, when the adapters are imported. Nothing happens for drivers that are not installed."""
    if "firebolt" in adapters and importlib.util.find_spec("firebolt") is not None:
        _keep_no_firebolt_tokens()
    if "fabric" in adapters and importlib.util.find_spec("mssql_python") is not None:
        _leave_the_authority_to_fabric()


def _keep_no_firebolt_tokens() -> None:
    """The SDK keeps access tokens in a file, makes its folder first, and connects to nothing when it cannot."""
    auth = importlib.import_module("firebolt.client.auth.base").Auth
    auth._get_cached_token = lambda self: None
    auth._cache_token = lambda self: None


def _leave_the_authority_to_fabric() -> None:
    """
    dbt-fabric 1.11 names a service principal's tenant in the connection string, by a word that its driver (mssql-python
    1.16) refuses. Without it the driver asks the server which authority it trusts.
    """
    driver: Any = importlib.import_module("mssql_python")
    original = driver.connect

    def connect(connection_str: str = "", *rest: Any, **options: Any) -> Any:
        return original(_AUTHORITY.sub("", connection_str), *rest, **options)

    driver.connect = connect
