"""Drivers that would write to disk."""

from __future__ import annotations

import sys
import types

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


def test_a_driver_that_is_not_installed_is_nobodys_concern() -> None:
    quirks.settle(["duckdb", "firebolt"])
