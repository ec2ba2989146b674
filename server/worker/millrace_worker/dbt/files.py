"""The project's files as dbt shall see them: the working tree with the unsaved buffers laid over it.

dbt reads its files through four functions; they are replaced here once, by ones that ask the current `WorkingTree`.
Whatever dbt then does with files (a full parse, a partial one, reading dbt_project.yml) sees the overlay.
"""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dbt.config.catalogs
import dbt.config.project
import dbt.config.selectors
import dbt.parser.read_files
import dbt.parser.search
from dbt.constants import MAXIMUM_SEED_SIZE
from dbt.contracts.files import FilePath
from dbt_common.clients import system

import millrace_worker.dbt.runtime  # noqa: F401 - before any other part of dbt


class WorkingTree:
    """A folder and the texts that count instead of its files. Paths are relative to `root`, with forward slashes."""

    def __init__(self, root: str, overlay: dict[str, str | None] | None = None) -> None:
        self.root = os.path.normpath(root)  # noqa: PTH - dbt compares these as strings
        self.overlay: dict[str, str | None] = dict(overlay or {})

    def relative(self, absolute: str) -> str | None:
        """The path below the root, or None when it lies elsewhere."""
        normal = os.path.normpath(absolute)
        return normal[len(self.root) + 1 :] if normal.startswith(self.root + os.sep) else None

    def text(self, path: str) -> str | None:
        """The text that counts for a path; None when there is no such file (or it is not text)."""
        if path in self.overlay:
            return self.overlay[path]
        try:
            return Path(self.root, path).read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError, UnicodeDecodeError):
            return None

    def with_overlay(self, changes: dict[str, str | None]) -> WorkingTree:
        """The same tree with some texts replaced."""
        return WorkingTree(self.root, {**self.overlay, **changes})


_current: list[WorkingTree] = []
_read_file = system.load_file_contents
_exists = system.path_exists
_find = system.find_matching
_seed_too_large = FilePath.seed_too_large


@contextmanager
def reading(tree: WorkingTree) -> Iterator[None]:
    """dbt sees this tree inside the block."""
    _current.append(tree)
    try:
        yield
    finally:
        _current.pop()


def _overlaid(path: str) -> tuple[bool, str | None]:
    if not _current or not _current[-1].overlay:
        return False, None
    relative = _current[-1].relative(path)
    if relative is None or relative not in _current[-1].overlay:
        return False, None
    return True, _current[-1].overlay[relative]


def _load_file_contents(path: str, strip: bool = True) -> str:
    found, text = _overlaid(str(path))
    if not found:
        contents: str = _read_file(path, strip=strip)
        return contents
    if text is None:
        raise FileNotFoundError(path)
    return text.strip() if strip else text


def _path_exists(path: str) -> bool:
    found, text = _overlaid(str(path))
    return text is not None if found else bool(_exists(path))


def _find_matching(root_path: str, relative_paths: list[str], pattern: str, ignore_spec: Any = None) -> list[Any]:
    matches: list[Any] = _find(root_path, relative_paths, pattern, ignore_spec)
    if not _current or not _current[-1].overlay:
        return matches
    tree = _current[-1]
    root = os.path.normpath(root_path)
    known = set()
    kept = []
    for match in matches:
        relative = tree.relative(match["absolute_path"])
        known.add(relative)
        if relative is None or tree.overlay.get(relative, "") is not None:
            kept.append(match)
    name = re.compile(fnmatch.translate(pattern), re.IGNORECASE)
    for path, text in tree.overlay.items():
        absolute = os.path.join(tree.root, path)
        below_root = os.path.relpath(absolute, root)
        if text is None or path in known or not name.match(os.path.basename(path)):
            continue
        for searched in relative_paths:
            if not below_root.startswith(os.path.normpath(searched) + os.sep):
                continue
            relative_path = os.path.relpath(below_root, searched)
            if not ignore_spec or not ignore_spec.match_file(os.path.join(searched, relative_path)):
                kept.append(
                    {
                        "searched_path": searched,
                        "absolute_path": absolute,
                        "relative_path": relative_path,
                        "modification_time": 0.0,
                    }
                )
    return kept


def _overlaid_seed_too_large(self: Any) -> bool:
    found, text = _overlaid(self.full_path)
    if found and text is not None:
        return bool(len(text.encode()) > MAXIMUM_SEED_SIZE)
    return bool(_seed_too_large(self))


for _module in (dbt.parser.read_files, dbt.config.project, dbt.config.selectors, dbt.config.catalogs):
    _module.load_file_contents = _load_file_contents
for _module in (dbt.config.project, dbt.config.selectors):
    _module.path_exists = _path_exists
dbt.parser.search.find_matching = _find_matching
FilePath.seed_too_large = _overlaid_seed_too_large
