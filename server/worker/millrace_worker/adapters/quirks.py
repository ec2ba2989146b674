"""What drivers do that cannot work here: writing to disk, refusing what their own adapter says, trying for minutes."""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Iterable, Mapping
from typing import Any

RETRY_SECONDS = 8.0
"""For how long a driver may go on by itself when a server cannot be reached: somebody waits for its error."""
CONNECT_RETRIES = 2
"""Of a connection that was not made at all."""
_AUTHORITY = re.compile(r"(^|;)Authority Id=\{[^}]*\}(?=;|$)")


def settle(adapters: Iterable[str]) -> None:
    """Called once in the runner, when the adapters are imported. Nothing happens for drivers that are not installed."""
    if "firebolt" in adapters and importlib.util.find_spec("firebolt") is not None:
        _keep_no_firebolt_tokens()
    if "fabric" in adapters and importlib.util.find_spec("mssql_python") is not None:
        _leave_the_authority_to_fabric()
    if "bigquery" in adapters and _is_there("google.cloud.bigquery"):
        _hurry_bigquery()
    if "databricks" in adapters and _is_there("databricks.sql.auth.retry"):
        _hurry_databricks()


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # a package around it is not there either
        return False


def _hurry_bigquery() -> None:
    """
    Every call of the client, and so the first that signs in, is tried again for ten minutes where nothing answers. The
    adapter's `job_retries` counts for jobs alone. The one default object is the default argument of all of them.
    """
    retry = importlib.import_module("google.cloud.bigquery.retry").DEFAULT_RETRY
    retry._timeout = retry._deadline = RETRY_SECONDS


def _hurry_databricks() -> None:
    """
    The SDK reads a description of the host before it signs in, and tries that for five minutes with clients of its own
    that no setting of the adapter reaches. The SQL driver counts a host that cannot be reached like a warehouse that is
    being started, which is worth thirty attempts.
    """
    client = importlib.import_module("databricks.sdk._base_client")._BaseClient
    original_do = client.do

    def do(self: Any, *arguments: Any, **options: Any) -> Any:
        self._retry_timeout_seconds = min(self._retry_timeout_seconds, RETRY_SECONDS)
        return original_do(self, *arguments, **options)

    client.do = do
    policy = importlib.import_module("databricks.sql.auth.retry").DatabricksRetryPolicy
    original_init = policy.__init__

    def init(self: Any, *arguments: Any, urllib3_kwargs: Mapping[str, Any] | None = None, **options: Any) -> None:
        kept = {"connect": CONNECT_RETRIES, **(urllib3_kwargs or {})}
        original_init(self, *arguments, urllib3_kwargs=kept, **options)

    policy.__init__ = init


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
