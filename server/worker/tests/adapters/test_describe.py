"""Connection forms come from the adapters' own credentials."""

from __future__ import annotations

import dataclasses
import enum
import json
import subprocess
import sys
from typing import Annotated, Any, Literal, NewType

import pytest

from millrace_worker.adapters import describe as module
from millrace_worker.adapters.describe import Field, credential_classes, describe, is_secret


class Scheme(enum.Enum):
    HTTP = "http"
    HTTPS = "https"


class Port(int):
    pass


Seconds = NewType("Seconds", int)


@dataclasses.dataclass
class PlainCredentials:
    host: str
    port: Port
    wait: Seconds
    scheme: Scheme = Scheme.HTTPS
    mode: Literal["fast", "exact"] | None = None
    timeout: float | None = 1.5
    verify: bool = True
    roles: dict[str, str] | None = None
    tags: Annotated[list[str] | None, "doc"] = None
    loose: int | str = 5
    password: str | None = None
    _hidden: int = 0
    _ALIASES = {"pass": "password"}  # noqa: RUF012

    def _connection_keys(self) -> tuple[str, ...]:
        return "host", "port"


@dataclasses.dataclass
class KeyCredentials:
    host: str
    key: str

    @property
    def method(self) -> str:
        return "key"


@dataclasses.dataclass
class NameCredentials:
    host: str
    user: str | None = None

    @property
    def method(self) -> str:
        return "name"


class Factory:
    pass


def described(monkeypatch: pytest.MonkeyPatch, credentials: Any) -> dict[str, Field]:
    from dbt.adapters.factory import FACTORY

    monkeypatch.setattr(FACTORY, "load_plugin", lambda name: credentials)
    return {field["name"]: field for field in describe("some")["fields"]}


def test_fields_have_kinds_defaults_choices_and_aliases(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = described(monkeypatch, PlainCredentials)
    assert {name: field["kind"] for name, field in fields.items()} == {
        "host": "text",
        "port": "integer",
        "wait": "integer",
        "scheme": "choice",
        "mode": "choice",
        "timeout": "number",
        "verify": "boolean",
        "roles": "mapping",
        "tags": "list",
        "loose": "text",
        "password": "text",
    }
    assert [name for name, field in fields.items() if field["required"]] == ["host", "port", "wait"]
    assert fields["scheme"]["default"] == "https"
    assert fields["scheme"]["choices"] == ["http", "https"]
    assert fields["mode"]["choices"] == ["fast", "exact"]
    assert fields["password"]["aliases"] == ["pass"]
    assert [name for name, field in fields.items() if field["secret"]] == ["password"]
    assert [name for name, field in fields.items() if field["shown"]] == ["host", "port"]


def test_a_class_per_way_to_sign_in_becomes_one_form(monkeypatch: pytest.MonkeyPatch) -> None:
    Factory.__module__ = __name__
    monkeypatch.setattr(
        module, "credential_classes", lambda credentials: [KeyCredentials, NameCredentials], raising=True
    )
    fields = described(monkeypatch, Factory)
    assert list(fields) == ["method", "host", "key", "user"]
    assert fields["method"]["choices"] == ["key", "name"]
    assert fields["host"]["required"]
    assert not fields["key"]["required"]


def test_the_classes_of_a_factory_are_found_in_its_module() -> None:
    Factory.__module__ = __name__
    assert credential_classes(Factory) == [PlainCredentials, KeyCredentials, NameCredentials]


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "private_key",
        "private_key_passphrase",
        "token",
        "jwt_token",
        "client_secret",
        "keyfile_json",
        "aws_secret_access_key",
        "pat",
        "api_key",
        "oauth_client_secret",
        "motherduck_token",
        "refresh_token",
    ],
)
def test_secrets_are_known_by_name(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        "private_key_path",
        "oauth_client_id",
        "token_uri",
        "token_endpoint",
        "token_scope",
        "aws_access_key_id",
        "keyfile",
        "path",
        "partition",
        "compatibility",
    ],
)
def test_names_and_places_are_no_secrets(name: str) -> None:
    assert not is_secret(name)


def test_the_command_describes_every_adapter_of_the_engine() -> None:
    command = [sys.executable, "-m", "millrace_worker.adapters.describe", "--check"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(run.stdout)
    assert [one["adapter"] for one in found["adapters"]] == ["duckdb", "postgres"]
    postgres = found["adapters"][1]
    assert postgres["package"] == "dbt-postgres"
    assert [field["name"] for field in postgres["fields"] if field["required"]] == [
        "database",
        "schema",
        "host",
        "user",
        "port",
        "password",
    ]
