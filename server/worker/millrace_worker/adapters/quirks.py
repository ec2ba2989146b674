"""What drivers do that a process which may not write to disk must not try."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable


def settle(adapters: Iterable[str]) -> None:
    """Called once in the runner, when the adapters are imported. Nothing happens for drivers that are not installed."""
    if "firebolt" in adapters and importlib.util.find_spec("firebolt") is not None:
        _keep_no_firebolt_tokens()


def _keep_no_firebolt_tokens() -> None:
    """The SDK keeps access tokens in a file, makes its folder first, and connects to nothing when it cannot."""
    auth = importlib.import_module("firebolt.client.auth.base").Auth
    auth._get_cached_token = lambda self: None
    auth._cache_token = lambda self: None
