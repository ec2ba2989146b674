"""What a project configures of SQLFluff and sqlfmt."""

from __future__ import annotations

import configparser
import sys
from pathlib import Path
from typing import Any

import pathspec
from sqlfluff.core import dialect_readout
from sqlfluff.core.config import FluffConfig
from sqlfluff.core.config.loader import load_config_at_path
from sqlfluff.core.errors import SQLFluffUserError
from sqlfluff.core.helpers.dict import nested_combine
from sqlfmt.exception import SqlfmtConfigError
from sqlfmt.mode import Mode

from millrace_worker.protocol import WorkerError
from millrace_worker.protocol.types import SQLFLUFF_DIALECTS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found, unused-ignore]

_IGNORE_FILE = ".sqlfluffignore"
_RENDERED = ("jinja", "dbt")
"""Templaters in whose place dbt itself renders."""


def dialect_of(adapter: str) -> str:
    """SQLFluff's name for an adapter's SQL, where a project names none."""
    return SQLFLUFF_DIALECTS.get(adapter, "ansi")


def _folders(root: str, path: str) -> list[Path]:
    """The project's folder and those down to the file."""
    folders = [Path(root)]
    for part in Path(path).parts[:-1]:
        folders.append(folders[-1] / part)
    return folders


def fluff_settings(root: str, path: str, adapter: str) -> tuple[FluffConfig, bool] | None:
    """
    SQLFluff's configuration for a file, and whether dbt renders it; null when the project has none. Raises
    WorkerError for one that is wrong.
    """
    try:
        found = [settings for folder in _folders(root, path) if (settings := load_config_at_path(str(folder)))]
        if not found:
            return None
        combined: dict[str, Any] = nested_combine(*found)
        core = combined.setdefault("core", {})
        rendered = core.get("templater", "jinja") in _RENDERED
        if rendered:
            core["templater"] = "jinja"
        dialect = core.setdefault("dialect", dialect_of(adapter))
        if dialect not in {known.label for known in dialect_readout()}:
            raise WorkerError(
                "DBT_ERROR", f"SQLFluff's configuration names a dialect that it does not have: {dialect}."
            )
        return FluffConfig(configs=combined), rendered
    except (SQLFluffUserError, configparser.Error) as error:
        raise WorkerError("DBT_ERROR", f"SQLFluff's configuration is wrong: {error}") from error


def is_ignored(root: str, path: str, config: FluffConfig | None) -> bool:
    """Whether the project tells SQLFluff to leave a file alone."""
    for folder in _folders(root, path):
        file = folder / _IGNORE_FILE
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
        below = Path(root, path).relative_to(folder).as_posix()
        if lines and pathspec.PathSpec.from_lines("gitwildmatch", lines).match_file(below):
            return True
    patterns = str(config.get("ignore_paths") or "") if config is not None else ""
    listed = [pattern.strip() for pattern in patterns.split(",") if pattern.strip()]
    return bool(listed) and pathspec.PathSpec.from_lines("gitwildmatch", listed).match_file(path)


def is_left_by_sqlfmt(root: str, path: str) -> bool:
    """Whether the nearest configuration of sqlfmt excludes a file. Raises WorkerError for a wrong configuration."""
    folder, settings = _sqlfmt_settings(root, path)
    if folder is None or not (listed := settings.get("exclude")):
        return False
    patterns = [f"/{pattern}" for pattern in ([listed] if isinstance(listed, str) else listed)]
    below = Path(root, path).relative_to(folder).as_posix()
    return bool(pathspec.PathSpec.from_lines("gitwildmatch", patterns).match_file(below))


def sqlfmt_mode(root: str, path: str, adapter: str) -> tuple[Mode, bool]:
    """sqlfmt's mode for a file, and whether the project configures it. Raises WorkerError for a wrong configuration."""
    folder, settings = _sqlfmt_settings(root, path)
    if folder is None:
        return Mode(dialect_name="clickhouse" if adapter == "clickhouse" else "polyglot"), False
    known = {"dialect": "dialect_name"}
    chosen = {
        known.get(name, name): value
        for name, value in settings.items()
        if name in ("dialect", "dialect_name", "line_length", "fast", "no_jinjafmt")
    }
    try:
        return Mode(**chosen), True
    except (SqlfmtConfigError, TypeError) as error:
        raise _wrong_sqlfmt(error) from error


def _sqlfmt_settings(root: str, path: str) -> tuple[Path | None, dict[str, Any]]:
    """The nearest folder whose pyproject.toml configures sqlfmt, and what it says."""
    for folder in reversed(_folders(root, path)):
        file = folder / "pyproject.toml"
        if not file.is_file():
            continue
        try:
            settings = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {}).get("sqlfmt")
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise _wrong_sqlfmt(error) from error
        if settings is not None:
            return folder, settings
    return None, {}


def _wrong_sqlfmt(error: Exception) -> WorkerError:
    return WorkerError("DBT_ERROR", f"sqlfmt's configuration in pyproject.toml is wrong: {error}")
