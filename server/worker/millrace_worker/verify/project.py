"""The given project in a scratch folder: where dbt may write, and what a session may read."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from millrace_worker.verify.failure import VerifyFailure

_NEVER = (".git", "node_modules", ".venv", "venv", "env", "__pycache__", ".engines")
_OWN = ("target", "logs")
"""What dbt writes beside a dbt_project.yml."""


@dataclass(frozen=True)
class Scratch:
    """A copy of a project with the local packages that lie around it."""

    original: Path
    base: Path
    """The original folder that holds the project and its local packages."""
    workspace: Path
    """The copy of `base`."""

    @property
    def project(self) -> Path:
        """The copy of the project."""
        return self.workspace / self.original.relative_to(self.base)


def find_project(folder: str) -> Path:
    """The project's folder. Raises VerifyFailure when it is none."""
    project = Path(folder).resolve()
    if not project.is_dir():
        raise VerifyFailure(f"There is no folder {project}.")
    if not (project / "dbt_project.yml").is_file():
        found = sorted(str(path.parent.relative_to(project)) for path in project.glob("*/**/dbt_project.yml"))[:5]
        hint = f" There is one in: {', '.join(found)}." if found else ""
        raise VerifyFailure(f"{project} has no dbt_project.yml, so it is no dbt project.{hint}")
    return project


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML mapping, empty when there is no such file. Raises VerifyFailure when it does not parse."""
    try:
        value = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise VerifyFailure(f"{path} is not valid YAML: {error}") from error
    return value if isinstance(value, dict) else {}


def declared_packages(project: Path) -> list[dict[str, Any]]:
    """What packages.yml or dependencies.yml ask for."""
    for name in ("packages.yml", "dependencies.yml"):
        packages = read_yaml(project / name).get("packages")
        if packages:
            return [package for package in packages if isinstance(package, dict)]
    return []


def packages_folder(project: Path) -> Path:
    """Where `dbt deps` installs."""
    configured = os.environ.get("DBT_PACKAGES_INSTALL_PATH") or read_yaml(project / "dbt_project.yml").get(
        "packages-install-path"
    )
    return project / (configured if isinstance(configured, str) and "{{" not in configured else "dbt_packages")


def _local_packages(project: Path) -> dict[Path, list[Path]]:
    """Folders of local packages by the project that names them, their own included."""
    found: dict[Path, list[Path]] = {}
    waiting = [project]
    while waiting:
        folder = waiting.pop()
        if folder in found:
            continue
        local = [package.get("local") for package in declared_packages(folder)]
        found[folder] = [(folder / path).resolve() for path in local if isinstance(path, str) and "{{" not in path]
        waiting.extend(found[folder])
    return found


def _paths_beside(project: Path) -> list[Path]:
    """Folders outside of the project that its own `model-paths` and the like name."""
    settings = read_yaml(project / "dbt_project.yml")
    named = [
        path for key, value in settings.items() if key.endswith("-paths") and isinstance(value, list) for path in value
    ]
    found = [(project / path).resolve() for path in named if isinstance(path, str) and "{{" not in path]
    return [path for path in found if path.is_dir() and not path.is_relative_to(project)]


def _ignored(folder: str, names: list[str]) -> list[str]:
    own = _OWN if "dbt_project.yml" in names else ()
    return [name for name in names if name in _NEVER or name in own]


def copy_project(project: Path, folder: Path) -> Scratch:
    """Copies a project, and what it takes from beside itself, below `folder`."""
    packages = [path for paths in _local_packages(project).values() for path in paths]
    around = [project, *packages, *_paths_beside(project)]
    base = Path(os.path.commonpath(around))
    if base == Path(base.anchor):
        raise VerifyFailure("The project's local packages or paths lie in folders that have nothing in common with it.")
    scratch = Scratch(project, base, folder / base.name)
    shutil.copytree(base, scratch.workspace, ignore=_ignored, symlinks=True)
    _mend_links(scratch)
    return scratch


def _mend_links(scratch: Scratch) -> None:
    """Links out of the copy: those into the original's folder mean the copy, of others the target is copied."""
    for folder, folders, names in os.walk(scratch.workspace):
        for name in [*folders, *names]:
            link = Path(folder, name)
            if not link.is_symlink():
                continue
            source = scratch.base / link.relative_to(scratch.workspace)
            target = source.resolve()
            if link.resolve().is_relative_to(scratch.workspace.resolve()) or not target.exists():
                continue
            link.unlink()
            if target.is_relative_to(scratch.base):
                link.symlink_to(scratch.workspace / target.relative_to(scratch.base))
            elif target.is_dir():
                shutil.copytree(target, link, ignore=_ignored, symlinks=False, ignore_dangling_symlinks=True)
            else:
                shutil.copy2(target, link)


def link_local_packages(scratch: Scratch) -> None:
    """Installs local packages in the copy as `dbt deps` does, by a link."""
    installed = packages_folder(scratch.project)
    for folder in dict.fromkeys(path for paths in _local_packages(scratch.project).values() for path in paths):
        name = read_yaml(folder / "dbt_project.yml").get("name")
        if not isinstance(name, str):
            raise VerifyFailure(f"The local package {folder} has no dbt_project.yml with a name.")
        installed.mkdir(parents=True, exist_ok=True)
        if not (installed / name).exists():
            (installed / name).symlink_to(folder)


def missing_packages(project: Path) -> list[str]:
    """Packages, of the project and of its packages, that are asked for and not installed."""
    installed = packages_folder(project)
    folders = [path for path in installed.iterdir() if path.is_dir()] if installed.is_dir() else []
    names = {path.name for path in folders}
    names |= {str(read_yaml(path / "dbt_project.yml").get("name")) for path in folders}
    missing = {}
    for folder in [project, *folders]:
        for package in declared_packages(folder):
            what = package.get("package") or package.get("git") or package.get("tarball") or package.get("private")
            if not isinstance(what, str):
                continue
            base = str(package.get("name") or what.rstrip("/").removesuffix(".git").rsplit("/", 1)[-1])
            if not names & {base, base.replace("-", "_"), base.removeprefix("dbt-").replace("-", "_")}:
                version = package.get("version") or package.get("revision")
                missing[what] = f"{what} {version}" if version else what
    return list(missing.values())
