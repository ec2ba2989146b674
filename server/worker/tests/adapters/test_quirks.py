"""Drivers that would write to disk, or that hold back their error for minutes."""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest

from millrace_worker.adapters import quirks


def test_firebolt_keeps_no_token_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    class Auth:
        def _get_cached_token(self) -> str:
            raise PermissionError("/nonexistent")

        def _cache_token(self) -> None:
            raise PermissionError("/nonexistent")

    for name in ("firebolt", "firebolt.client", "firebolt.client.auth", "firebolt.client.auth.base"):
        module = types.ModuleType(name)
        module.__spec__ = types.SimpleNamespace(name=name)  # type: ignore[assignment]
        monkeypatch.setitem(sys.modules, name, module)
    sys.modules["firebolt.client.auth.base"].Auth = Auth  # type: ignore[attr-defined]
    quirks.settle(["duckdb", "firebolt"])
    assert Auth()._get_cached_token() is None
    assert Auth()._cache_token() is None


def test_the_fabric_driver_is_told_no_word_that_it_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, int]] = []
    module = types.ModuleType("mssql_python")
    module.__spec__ = types.SimpleNamespace(name="mssql_python")  # type: ignore[assignment]
    module.connect = lambda text, timeout: told.append((text, timeout))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "mssql_python", module)
    quirks.settle(["fabric"])
    module.connect("Server=a;UID={b};Authority Id={c;d};Encrypt=yes", timeout=3)
    module.connect("Server=a;Authority Id={c}", timeout=3)
    assert told == [("Server=a;UID={b};Encrypt=yes", 3), ("Server=a", 3)]


def _installed(monkeypatch: pytest.MonkeyPatch, name: str) -> types.ModuleType:
    """A module of this name, in packages of their names."""
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        full = ".".join(parts[:end])
        module = types.ModuleType(full)
        module.__path__ = []
        module.__spec__ = types.SimpleNamespace(name=full)  # type: ignore[assignment]
        if full not in sys.modules or end == len(parts):
            monkeypatch.setitem(sys.modules, full, module)
    return sys.modules[name]


def test_bigquery_says_within_seconds_that_nothing_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    module = _installed(monkeypatch, "google.cloud.bigquery.retry")
    retry = types.SimpleNamespace(_timeout=600.0, _deadline=600.0)
    module.DEFAULT_RETRY = retry  # type: ignore[attr-defined]
    quirks.settle(["bigquery"])
    assert (retry._timeout, retry._deadline) == (quirks.RETRY_SECONDS, quirks.RETRY_SECONDS)


def test_databricks_says_within_seconds_that_nothing_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    class Client:
        def __init__(self, seconds: float) -> None:
            self._retry_timeout_seconds = seconds

        def do(self, method: str, *, path: str) -> tuple[str, str, float]:
            return method, path, self._retry_timeout_seconds

    class Policy:
        def __init__(self, attempts: int, urllib3_kwargs: dict[str, int]) -> None:
            self.given = attempts, urllib3_kwargs

    _installed(monkeypatch, "databricks.sdk._base_client")._BaseClient = Client  # type: ignore[attr-defined]
    _installed(monkeypatch, "databricks.sql.auth.retry").DatabricksRetryPolicy = Policy  # type: ignore[attr-defined]
    quirks.settle(["databricks"])
    assert Client(300).do("GET", path="/x") == ("GET", "/x", quirks.RETRY_SECONDS)
    assert Client(2).do("GET", path="/x") == ("GET", "/x", 2)
    policy: Any = Policy
    assert policy(30).given == (30, {"connect": quirks.CONNECT_RETRIES})
    # what is left of the attempts goes from one to the next
    assert policy(30, urllib3_kwargs={"connect": 0}).given == (30, {"connect": 0})


def test_a_driver_that_is_not_installed_is_nobodys_concern() -> None:
    quirks.settle(["duckdb", "firebolt", "fabric", "bigquery", "databricks"])
