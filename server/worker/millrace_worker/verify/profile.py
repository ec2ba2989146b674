"""The profile of the given project, read as dbt reads it, for dbt's own run and for the session."""

from __future__ import annotations

import importlib.util
import json
import os
import pkgutil
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dbt.adapters
import yaml
from dbt.adapters.factory import load_plugin
from dbt.config.renderer import ProfileRenderer
from dbt_common.context import set_invocation_context

from millrace_worker.adapters.describe import is_secret
from millrace_worker.verify.failure import VerifyFailure
from millrace_worker.verify.project import Scratch, read_yaml

_SECRETS = ("password", "pass", "token", "motherduck_token")
_PORTS = {"postgres": 5432, "redshift": 5439}
_NO_PATHS = (":memory:", "md:", "motherduck:")


@dataclass
class Profile:
    """A target of a profile: the session's half and the folder of the profiles.yml that dbt gets."""

    folder: Path
    target: str
    environment: dict[str, Any]
    secrets: dict[str, str] = field(default_factory=dict)
    readable: list[str] = field(default_factory=list)
    """Warehouse files, which dbt may make when they are missing."""
    egress: list[dict[str, Any]] = field(default_factory=list)


def profiles_folder(project: Path, given: str | None) -> Path:
    """Where dbt looks: what it is told, DBT_PROFILES_DIR, the project, the home folder."""
    told = given or os.environ.get("DBT_PROFILES_DIR")
    if told:
        folder = Path(told).expanduser().resolve()
        if not (folder / "profiles.yml").is_file():
            raise VerifyFailure(f"There is no profiles.yml in {folder}.")
        return folder
    for folder in (project, Path.home() / ".dbt"):
        if (folder / "profiles.yml").is_file():
            return folder
    raise VerifyFailure(
        f"There is no profiles.yml in {project} or {Path.home() / '.dbt'}: name its folder with --profiles-dir."
    )


def read_profile(
    scratch: Scratch, folder: Path, target: str | None, destination: Path, variables: Mapping[str, Any]
) -> Profile:
    """The chosen target, its warehouse files copied. `variables` are those of `--vars`. Raises VerifyFailure."""
    set_invocation_context(dict(os.environ))
    file = folder / "profiles.yml"
    profiles = read_yaml(file)
    renderer = ProfileRenderer(dict(variables))
    name = renderer.render_value(str(read_yaml(scratch.project / "dbt_project.yml").get("profile") or ""))
    if not name:
        raise VerifyFailure("dbt_project.yml names no profile.")
    if not isinstance(profiles.get(name), dict):
        raise VerifyFailure(f"{file} has no profile {name!r}; it has: {', '.join(map(str, profiles)) or 'none'}.")
    profile = profiles[name]
    outputs = profile.get("outputs") or {}
    try:
        chosen = str(target or renderer.render_value(profile.get("target", "default")))
        if chosen not in outputs:
            raise VerifyFailure(f"The profile {name!r} has no target {chosen!r}; it has: {', '.join(outputs)}.")
        output: dict[str, Any] = renderer.render_data(outputs[chosen])
    except VerifyFailure:
        raise
    except Exception as error:
        raise VerifyFailure(f"{file} cannot be rendered: {error}") from error
    adapter = str(output.get("type"))
    if importlib.util.find_spec(f"dbt.adapters.{adapter}") is None:
        raise VerifyFailure(
            f"The target {chosen!r} wants the adapter {adapter!r}, which this engine does not have. It has: "
            f"{', '.join(_adapters())}."
        )
    readable = _own_duckdb_files(output, scratch, destination) if adapter == "duckdb" else []
    destination.mkdir(mode=0o700, exist_ok=True)
    (destination / "profiles.yml").write_text(
        yaml.safe_dump({name: {"target": chosen, "outputs": {chosen: output}}}), encoding="utf-8"
    )
    return Profile(
        folder=destination,
        target=chosen,
        environment=_environment(adapter, chosen, output),
        secrets={key: str(value) for key, value in output.items() if _is_secret(key) and value is not None},
        readable=readable,
        egress=_egress(adapter, output),
    )


def _adapters() -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(dbt.adapters.__path__) if _is_adapter(module.name))


def _is_adapter(name: str) -> bool:
    return importlib.util.find_spec(f"dbt.include.{name}") is not None


def _is_secret(key: str) -> bool:
    return key in _SECRETS or is_secret(key)


def _environment(adapter: str, target: str, output: dict[str, Any]) -> dict[str, Any]:
    credentials = load_plugin(adapter)
    output = dict(credentials.translate_aliases(output))
    fields = getattr(credentials, "__dataclass_fields__", {})
    default = fields["schema"].default if "schema" in fields else ""
    schema = output.get("schema", default if isinstance(default, str) else "")
    hidden = ("type", "schema", "threads")
    return {
        "adapter": adapter,
        "target": target,
        "schema": str(schema),
        "threads": int(output.get("threads") or 1),
        "settings": {
            key: _scalar(value)
            for key, value in output.items()
            if key not in hidden and not _is_secret(key) and value is not None
        },
    }


def _scalar(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list | dict) else value


def _egress(adapter: str, output: dict[str, Any]) -> list[dict[str, Any]]:
    host = output.get("host")
    port = output.get("port", _PORTS.get(adapter))
    return [{"host": str(host), "port": int(port)}] if host and port else []


def _own_duckdb_files(output: dict[str, Any], scratch: Scratch, destination: Path) -> list[str]:
    """Points a profile at copies of its files: dbt opens them for writing, and makes one that is missing."""
    readable = []
    entries = [output, *(entry for entry in output.get("attach") or [] if isinstance(entry, dict))]
    for number, entry in enumerate(entries):
        path = str(entry.get("path") or ":memory:")
        if path.startswith(_NO_PATHS) or "://" in path:
            continue
        file = (scratch.original / Path(path).expanduser()).resolve()
        if file.is_relative_to(scratch.base):
            copy = scratch.workspace / file.relative_to(scratch.base)
        else:
            copy = destination.parent / "warehouse" / str(number) / file.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        for suffix in ("", ".wal"):
            source, to = Path(f"{file}{suffix}"), Path(f"{copy}{suffix}")
            if source.is_file() and not to.exists():
                shutil.copyfile(source, to)
        entry["path"] = str(copy)
        readable.append(str(copy))
    return readable
