"""The profile of a session: built from the environment's settings and secrets, never from a profiles.yml."""

from __future__ import annotations

import dataclasses
import enum
import json
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin, get_type_hints

from dbt.adapters.factory import load_plugin
from dbt.config.profile import Profile

import millrace_worker.dbt.runtime  # noqa: F401  before any other part of dbt
from millrace_worker.adapters.describe import credential_classes, method_of

PLACEHOLDER = "placeholder"


def build_profile(
    environment: Mapping[str, Any],
    *,
    secrets: Mapping[str, Any] | None,
    profile_name: str,
) -> Any:
    """The dbt profile of an environment. `secrets` None is for a template: required fields get a placeholder.

    Raises dbt's own DbtProfileError, with dbt's message, for settings that the adapter does not accept.
    """
    adapter = str(environment["adapter"])
    credentials = load_plugin(adapter)
    data: dict[str, Any] = {"schema": environment["schema"], **environment.get("settings", {}), **(secrets or {})}
    data = {key: _decoded(credentials, key, value) for key, value in data.items() if value is not None}
    data = dict(credentials.translate_aliases(data))
    if secrets is None:
        for name, hint in _required_fields(_variant(credentials, data)).items():
            data.setdefault(name, _placeholder(hint))
    for not_a_credential in ("type", "threads", "target"):
        data.pop(not_a_credential, None)
    data["type"] = adapter
    target = str(environment["target"])
    return Profile.from_credentials(
        credentials=Profile._credentials_from_profile(data, profile_name, target),
        threads=int(environment.get("threads") or 1),
        profile_name=profile_name,
        target_name=target,
    )


def _variant(credentials: Any, data: Mapping[str, Any]) -> Any:
    """The class of the credentials, where an adapter has one for each way to sign in."""
    variants = credential_classes(credentials)
    wanted = data.get("method")
    return next((one for one in variants if method_of(one) == wanted), variants[0])


def _placeholder(hint: Any) -> Any:
    hint = getattr(hint, "__supertype__", hint)
    if hint is bool:
        return False
    if hint is float or (isinstance(hint, type) and issubclass(hint, int)):
        return 0
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return next(iter(hint)).value
    choices = get_args(hint)
    return choices[0] if get_origin(hint) is Literal else PLACEHOLDER


def _required_fields(credentials: Any) -> dict[str, Any]:
    hints = get_type_hints(credentials)
    return {
        item.name: hints.get(item.name)
        for item in dataclasses.fields(credentials)
        if item.init
        and item.default is dataclasses.MISSING
        and item.default_factory is dataclasses.MISSING
        and not item.name.startswith("_")
    }


def _decoded(credentials: Any, key: str, value: Any) -> Any:
    """Forms hold scalars only: a list or a mapping (DuckDB's `attach`, `extensions`) comes as JSON."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(value, str) or value[:1] not in "[{" or not value:
        return value
    if get_type_hints(credentials).get(key) in (str, str | None):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
