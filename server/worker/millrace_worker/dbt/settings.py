"""From a project's files and an environment to dbt's RuntimeConfig and adapter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dbt.adapters.factory import get_adapter, register_adapter
from dbt.config import RuntimeConfig
from dbt.config.catalogs import get_active_write_integration, load_catalogs
from dbt.config.project import load_raw_project
from dbt.config.runtime import load_project
from dbt.context.providers import generate_runtime_macro_context
from dbt.contracts.project import LocalPackage
from dbt.plugins import set_up_plugin_manager

from millrace_worker.dbt import runtime
from millrace_worker.dbt.connections import guard_connections
from millrace_worker.dbt.profile import build_profile

DEFAULT_PROFILE_NAME = "millrace"


def load_config(
    root: str,
    environment: Mapping[str, Any],
    variables: Mapping[str, Any],
    secrets: Mapping[str, Any] | None,
) -> Any:
    """The RuntimeConfig of the current working tree, its adapter registered and guarded. Raises what dbt raises."""
    flags = runtime.set_flags(root, str(environment["target"]), variables)
    raw = load_raw_project(root)
    profile_name = raw.get("profile")
    profile = build_profile(
        environment,
        secrets=secrets,
        profile_name=profile_name if isinstance(profile_name, str) else DEFAULT_PROFILE_NAME,
    )
    project = load_project(root, bool(flags.VERSION_CHECK), profile, dict(variables), validate=True)
    set_up_plugin_manager(project_name=project.project_name)
    config = RuntimeConfig.from_parts(project, profile, flags)
    runtime.forget_adapters()
    register_adapter(config, runtime.THREADING_CONTEXT)
    adapter = get_adapter(config)
    adapter.set_macro_context_generator(generate_runtime_macro_context)
    for catalog in load_catalogs(root, project.project_name, dict(variables)):
        adapter.add_catalog_integration(get_active_write_integration(catalog))
    guard_connections(config)
    return config


def _package_directories(config: Any) -> Iterator[Path]:
    """Installed packages, and `local:` ones whether they were installed or not.

    `dbt deps` installs a local package as a link. We take the folder itself, so that an edit of its files is an edit of
    the package's files, and a fresh clone needs no `dbt deps` for it.
    """
    root = Path(config.project_root)
    found: dict[Path, None] = {}
    installed = root / config.packages_install_path
    if installed.exists():
        for path in sorted(installed.iterdir()):
            if path.is_dir() and not path.name.startswith("__"):
                found[path.resolve() if path.is_symlink() else path] = None
    names = {_package_name(path) for path in found}
    waiting = [(root, config.packages.packages)]
    while waiting:
        base, packages = waiting.pop(0)
        for package in packages:
            if not isinstance(package, LocalPackage):
                continue
            path = (base / package.local).resolve()
            name = _package_name(path)
            if name is None or name in names:
                continue
            names.add(name)
            found[path] = None
            waiting.append((path, config.new_project(str(path)).packages.packages))
    yield from found


def _package_name(path: Path) -> str | None:
    if not (path / "dbt_project.yml").is_file():
        return None
    name = load_raw_project(str(path)).get("name")
    return str(name) if name else None


RuntimeConfig._get_project_directories = _package_directories
