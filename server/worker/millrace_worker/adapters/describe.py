"""The credentials of dbt's adapters as data, so that connection forms need not be written by hand.

`python -m millrace_worker.adapters.describe [ADAPTER ...]` prints JSON: dbt's version and one description per adapter
(all that are installed, when none is named). It reads the adapter's `Credentials` dataclass and connects to nothing.
"""

from __future__ import annotations

import argparse
import dataclasses
import enum
import importlib.metadata
import json
import re
import sys
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, TypedDict

Kind = Literal["text", "integer", "number", "boolean", "choice", "list", "mapping"]

_SECRET = re.compile(
    r"password|passwd|\bpwd\b|passphrase|secret|private_key(?!_(path|id))|keyfile_json|api_key|(^|_)(token|pat|jwt)($|_)"
)
_NOT_SECRET = re.compile(
    r"(_path|_filepath|_scope|_header|_on|_file|_id|_uri|_endpoint|_url|_duration|_seconds|_ttl|_buffer|_provider|_name)$"
)
_PROFILE_KEYS = {"type", "threads", "target"}


class Field(TypedDict):
    """One field of an adapter's credentials."""

    name: str
    kind: Kind
    required: bool
    default: str | int | float | bool | None
    """Null when there is none, or it is no scalar."""
    choices: list[str]
    aliases: list[str]
    secret: bool
    shown: bool
    """The adapter itself counts it among what may be shown of a connection."""


class Description(TypedDict):
    """One adapter."""

    adapter: str
    package: str
    version: str
    fields: list[Field]


def installed_adapters() -> list[str]:
    """Names of the adapters that this Python has, by their packages."""
    import dbt.adapters

    found = set()
    for folder in dbt.adapters.__path__:
        for init in Path(folder).glob("*/__init__.py"):
            text = init.read_text(encoding="utf-8")
            if "AdapterPlugin(" in text or re.search(r"^Plugin\b", text, re.MULTILINE):
                found.add(init.parent.name)
    return sorted(found)


def package_of(adapter: str) -> tuple[str, str]:
    """The distribution that brings an adapter, and its version; ("", "") when nothing says so."""
    names = [f"dbt-{adapter}", f"dbt-{adapter}-community", f"dbt-{adapter}-adapter"]
    for name in names:
        try:
            return name, importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return "", ""


def describe(adapter: str) -> Description:
    """The description of an installed adapter. Raises dbt's error when there is no such adapter."""
    from dbt.adapters.factory import FACTORY

    credentials = FACTORY.load_plugin(adapter)
    package, version = package_of(adapter)
    variants = credential_classes(credentials)
    shown = set().union(*(_shown_keys(variant) for variant in variants))
    aliases: dict[str, list[str]] = {}
    for variant in variants:
        for alias, name in getattr(variant, "_ALIASES", {}).items():
            if alias not in aliases.setdefault(name, []):
                aliases[name].append(alias)
    fields: dict[str, Field] = {}
    for variant in variants:
        for item, hint in _own_fields(variant):
            field = _field(item, hint, aliases, shown)
            known = fields.setdefault(field["name"], field)
            known["required"] = known["required"] and field["required"]
    for name in [name for name in fields if not all(_has(variant, name) for variant in variants)]:
        fields[name]["required"] = False
    methods = sorted({method for variant in variants if (method := method_of(variant))})
    if "method" not in fields and methods:
        fields = {"method": _method_field(methods), **fields}
    return {"adapter": adapter, "package": package, "version": version, "fields": list(fields.values())}


def credential_classes(credentials: Any) -> list[Any]:
    """The dataclasses behind an adapter's credentials. Trino's, for one, is a factory of a class per way to sign in."""
    if dataclasses.is_dataclass(credentials):
        return [credentials]
    module = sys.modules[credentials.__module__]
    found = [
        one
        for one in vars(module).values()
        if isinstance(one, type)
        and dataclasses.is_dataclass(one)
        and one.__module__ == module.__name__
        and one.__name__.endswith("Credentials")
        and not getattr(one, "__abstractmethods__", None)
    ]
    if not found:
        raise TypeError(f"{credentials.__name__} has no credentials that can be read.")
    return found


def method_of(variant: Any) -> str | None:
    """The `method` that one of several credentials classes stands for."""
    method = getattr(variant, "method", None)
    if not isinstance(method, property) or method.fget is None:
        return None
    value = method.fget(object.__new__(variant))
    return value if isinstance(value, str) else None


def _has(variant: Any, name: str) -> bool:
    return any(item.name == name for item in dataclasses.fields(variant))


def _method_field(methods: list[str]) -> Field:
    return {
        "name": "method",
        "kind": "choice",
        "required": False,
        "default": None,
        "choices": methods,
        "aliases": [],
        "secret": False,
        "shown": True,
    }


def _own_fields(credentials: Any) -> Iterator[tuple[dataclasses.Field[Any], Any]]:
    hints = typing.get_type_hints(credentials, include_extras=False)
    for item in dataclasses.fields(credentials):
        if item.init and not item.name.startswith("_") and item.name not in _PROFILE_KEYS:
            yield item, hints.get(item.name, str)


def _field(item: dataclasses.Field[Any], hint: Any, aliases: dict[str, list[str]], shown: set[str]) -> Field:
    default = None if item.default is dataclasses.MISSING else item.default
    if isinstance(default, enum.Enum):
        default = default.value
    kind, choices = _kind(hint)
    factory = item.default_factory is not dataclasses.MISSING
    return {
        "name": item.name,
        "kind": kind,
        "required": item.default is dataclasses.MISSING and not factory,
        "default": default if isinstance(default, str | int | float | bool) else None,
        "choices": choices,
        "aliases": sorted(aliases.get(item.name, [])),
        "secret": is_secret(item.name),
        "shown": item.name in shown,
    }


def is_secret(name: str) -> bool:
    """By its name: sealed when stored and never shown again."""
    lowered = name.lower()
    return bool(_SECRET.search(lowered)) and not _NOT_SECRET.search(lowered)


def _kind(hint: Any) -> tuple[Kind, list[str]]:
    hint = getattr(hint, "__supertype__", hint)
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        options = [one for one in typing.get_args(hint) if one is not type(None)]
        kinds = [_kind(one) for one in options]
        if len(kinds) == 1:
            return kinds[0]
        # dbt accepts a number in quotes, so text takes every one of several types
        return kinds[0] if len({kind for kind, _ in kinds}) == 1 else ("text", [])
    if origin is typing.Annotated:
        return _kind(typing.get_args(hint)[0])
    if origin is Literal:
        return "choice", [str(one) for one in typing.get_args(hint)]
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return "choice", [str(one.value) for one in hint]
    if hint is bool:
        return "boolean", []
    if _is_a(hint, (int,)):
        return "integer", []
    if hint is float:
        return "number", []
    if _is_a(origin or hint, (list, tuple, set, frozenset)):
        return "list", []
    if _is_a(origin or hint, (dict,)) or dataclasses.is_dataclass(hint) or "Mapping" in str(origin):
        return "mapping", []
    return "text", []


def _is_a(hint: Any, kinds: tuple[type, ...]) -> bool:
    return isinstance(hint, type) and issubclass(hint, kinds)


def _shown_keys(credentials: Any) -> set[str]:
    """What `dbt debug` prints of a connection. Some adapters work it out from values, which a blank one lacks."""
    blank = object.__new__(credentials)
    for item in dataclasses.fields(credentials):
        object.__setattr__(blank, item.name, None if item.default is dataclasses.MISSING else item.default)
    try:
        return {str(key) for key in blank._connection_keys()}
    except Exception:  # any adapter's own code: without the list, the names decide alone
        return set()


def main(arguments: list[str]) -> None:
    """Prints the descriptions. Fails, with the adapter's name, when one cannot be loaded."""
    parser = argparse.ArgumentParser(prog="describe", description="Describes the adapters of this engine.")
    parser.add_argument("adapters", nargs="*", help="adapters' names; all when none is given")
    parser.add_argument(
        "--check", action="store_true", help="import the worker too, to see that it works with this dbt"
    )
    options = parser.parse_args(arguments)
    output = sys.stdout
    sys.stdout = sys.stderr  # adapters print while they are imported
    if options.check:
        from millrace_worker.dbt import preload

        preload(list(options.adapters or installed_adapters()))
    adapters = [describe(name) for name in options.adapters or installed_adapters()]
    python = ".".join(str(part) for part in sys.version_info[:3])
    json.dump(
        {"dbtVersion": importlib.metadata.version("dbt-core"), "pythonVersion": python, "adapters": adapters},
        output,
        indent=2,
    )
    output.write("\n")


if __name__ == "__main__":
    main(sys.argv[1:])
