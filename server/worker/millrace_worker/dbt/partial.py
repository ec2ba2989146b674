"""The exact path: dbt's own partial parse, in memory.

dbt removes the old nodes before it parses the new text, so a text that does not parse would leave a torn manifest
behind: what it did is taken back then (`journal`).
"""

from __future__ import annotations

import copy
import fnmatch
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from pathlib import PurePath
from typing import Any

from dbt.contracts.files import FileHash, FilePath, ParseFileType
from dbt.parser.read_files import (
    generate_dbt_ignore_spec,
    get_file_types_for_project,
    load_seed_source_file,
    load_source_file,
)

import millrace_worker.dbt.files  # noqa: F401  before any other part of dbt
from millrace_worker.dbt.files import WorkingTree
from millrace_worker.dbt.edges import GRAPH_KINDS
from millrace_worker.dbt.incremental import IncrementalLoader, Patch
from millrace_worker.dbt.journal import MISSING, Journal
from millrace_worker.dbt.loader import FullParseNeeded

Changed = Iterable[tuple[str, str]]
"""Packages and the paths of changed files in them."""


_READ_AGAIN = (
    ParseFileType.Model,
    ParseFileType.Analysis,
    ParseFileType.SingularTest,
    ParseFileType.Snapshot,
    ParseFileType.Seed,
    ParseFileType.Macro,
    ParseFileType.GenericTest,
)
_MADE_OF_IT = ("nodes", "macros", "functions", "env_vars")
"""What dbt notes in a file while it parses it."""


class NewFiles(MutableMapping[str, Any]):
    """The saved files with some of them in their new state, without a copy of all."""

    def __init__(self, saved: Mapping[str, Any]) -> None:
        self._saved = saved
        self._new: dict[str, Any] = {}

    def put(self, file_id: str, source_file: Any) -> None:
        """None for a file that is gone."""
        self._new[file_id] = source_file

    def keep(self, source_file: Any) -> None:
        """One that is about to leave the saved files and, if it has not changed, is read again from here."""
        self._new.setdefault(source_file.file_id, _unparsed(source_file))

    def __getitem__(self, file_id: str) -> Any:
        found = self._new[file_id] if file_id in self._new else _unparsed(self._saved[file_id])
        if found is None:
            raise KeyError(file_id)
        return found

    def __contains__(self, file_id: object) -> bool:
        return self._new[file_id] is not None if file_id in self._new else file_id in self._saved  # type: ignore[index]

    def __setitem__(self, file_id: str, source_file: Any) -> None:
        self._new[file_id] = source_file

    def __delitem__(self, file_id: str) -> None:
        self._new[file_id] = None

    def __iter__(self) -> Iterator[str]:
        return (file_id for file_id in {**self._saved, **self._new} if file_id in self)

    def __len__(self) -> int:
        return len(self._saved)


def _unparsed(source_file: Any) -> Any:
    """A file as it was before dbt parsed it, where it is of one of the kinds that dbt reads again as they are."""
    if source_file.parse_file_type not in _READ_AGAIN:
        return source_file
    twin = copy.copy(source_file)
    for name in _MADE_OF_IT:
        if hasattr(twin, name):
            setattr(twin, name, [])
    return twin


def make_reader(tree: WorkingTree, changed: Changed) -> Callable[..., Any]:
    """What the loader calls instead of reading every file: the saved files with the changed ones in their new state."""

    class Reader:
        def __init__(self, all_projects: Mapping[str, Any], files: Any, saved_files: Mapping[str, Any]) -> None:
            self.files = NewFiles(saved_files)
            self.project_parser_files: dict[str, Any] = {}
            self._projects = all_projects

        def read_files(self) -> None:
            for package, path in changed:
                self.files.put(f"{package}://{path}", None)
                project = self._projects[package]
                if not _exists(tree, os.path.join(str(project.project_root), path)):  # noqa: PTH
                    continue
                for kind, searched in kinds_of(project, path):
                    source_file = _load(project, kind, searched, path)
                    if source_file is not None:
                        self.files.put(source_file.file_id, source_file)

    return Reader


def _exists(tree: WorkingTree, absolute: str) -> bool:
    relative = tree.relative(absolute)
    if relative is not None and relative in tree.overlay:
        return tree.overlay[relative] is not None
    return os.path.isfile(absolute)


def _load(project: Any, kind: Any, searched: str, path: str) -> Any:
    file_path = FilePath(
        searched_path=searched,
        relative_path=os.path.relpath(path, searched),
        modification_time=0.0,
        project_root=str(project.project_root),
    )
    if kind == ParseFileType.Seed:
        return load_seed_source_file(file_path, project.project_name)
    return load_source_file(file_path, kind, project.project_name, {})


def kinds_of(project: Any, path: str) -> list[tuple[Any, str]]:
    """What dbt takes a file for, with the folder in which it looks for it; empty when it reads no such file."""
    found = []
    ignore = generate_dbt_ignore_spec(project.project_root)
    name = PurePath(path).name
    for kind, info in get_file_types_for_project(project).items():
        for searched in info["paths"]:
            folder = os.path.normpath(searched)
            if folder != "." and not path.startswith(folder + os.sep):
                continue
            below = PurePath(os.path.relpath(path, folder))
            matches = any(
                re.match(fnmatch.translate("[!.#~]*" + extension), name, re.IGNORECASE)
                for extension in info["extensions"]
            )
            if not matches or (ignore is not None and ignore.match_file(path)):
                continue
            if kind == ParseFileType.SingularTest and below.parts[0] in ("generic", "fixtures"):
                continue
            found.append((kind, searched))
    return found


def partial_parse(
    config: Any,
    base: Any,
    tree: WorkingTree,
    changed: Changed,
    *,
    trial: bool = False,
    again: bool = False,
    nodes: Iterable[str] = (),
    later: Callable[[list[str]], list[str]] | None = None,
    settled: Callable[[Patch], None] | None = None,
) -> Any:
    """Changes `base` in place into what a full parse of the tree would give, `again` with files that are the same.
    Raises FullParseNeeded, or what dbt does; `base` is what it was then, and after a trial. For `nodes` and `later`
    see `Patch`, which `settled` gets when it stays."""
    changed = list(changed)
    forced: set[str] = {f"{package}://{path}" for package, path in changed} if again else set()
    while True:
        patch = Patch(base, nodes, later)
        patch.journal.open()
        try:
            loader = IncrementalLoader(
                config,
                config.load_dependencies(),
                patch=patch,
                reader=make_reader(tree, changed),
                changed=[f"{package}://{path}" for package, path in changed],
                forced=forced,
            )
            loader.parse()
            left = _left_behind(patch)
        except BaseException:
            patch.take_back()
            raise
        if not left and not trial:
            loader.settle()
            if settled is not None:
                settled(patch)
            return base
        if not left:
            patch.take_back()
            return base
        # dbt's partial parse does not look again at what refers to a node that was switched off
        patch.take_back()
        if left <= forced:
            raise FullParseNeeded("something refers to a node that is gone")
        forced |= left


_SEEN_BY_CHILDREN = ("group", "access", "version", "latest_version", "deprecation_date")


def _left_behind(patch: Patch) -> set[str]:
    """Files of nodes that were not parsed again and refer to a node that is gone, or that may not be referred to."""
    journal = patch.journal
    manifest = journal.manifest
    files: set[str] = set()
    for kind in ("nodes", "sources"):
        entries = getattr(manifest, kind)
        for unique_id, old in journal.before(entries).items():
            new = dict.get(entries, unique_id)
            if old is MISSING:
                continue
            if new is not None:
                image = journal.image(old)
                if all(image.get(name) == getattr(new, name, None) for name in _SEEN_BY_CHILDREN):
                    continue
            for child in patch.edges.first(unique_id):
                files |= _file_left_behind(journal, child, unique_id)
    return files


def _file_left_behind(journal: Journal, child: str, parent: str) -> set[str]:
    manifest = journal.manifest
    for kind in GRAPH_KINDS:
        entries = getattr(manifest, kind)
        node = dict.get(entries, child)
        if node is None or parent not in getattr(node, "depends_on_nodes", ()) or child in journal.before(entries):
            continue
        source_file = dict.get(manifest.files, node.file_id)
        if source_file is None or source_file.parse_file_type == ParseFileType.Schema:
            raise FullParseNeeded("something in YAML refers to a node that is gone")
        return {str(node.file_id)}
    return set()


def touched_text(source_file: Any, text: str) -> str | None:
    """A text that differs from a file's own in as little as makes dbt parse it; None of YAML without sources."""
    if source_file.parse_file_type == ParseFileType.Macro:
        return f"{text}\n" + "{# #}" if len(source_file.macros) == 1 else None
    if source_file.parse_file_type == ParseFileType.Documentation:
        return f"{text}\n<!-- -->"
    if source_file.parse_file_type == ParseFileType.Seed:
        return f"{text}\n0"
    elements = getattr(source_file, "dfy", None) or {}
    sources = elements.get("sources")
    if not isinstance(sources, list) or not sources:
        return None
    changed = {**elements, "sources": [{**sources[0], "meta": {"touched": True}}, *sources[1:]]}
    return json.dumps(changed, default=str)


def force_reparse(base: Any, file_ids: Iterable[str]) -> None:
    """Makes dbt take files for changed whose text is the same, because something that they read is not."""
    for file_id in file_ids:
        source_file = base.files.get(file_id)
        if source_file is None:
            continue
        source_file.checksum = FileHash.empty()
        for elements in getattr(source_file, "dfy", {}).values():
            for element in elements if isinstance(elements, list) else []:
                if isinstance(element, dict):
                    # dbt compares schema files element by element
                    element["__parse_again"] = True


__all__ = ["force_reparse", "kinds_of", "make_reader", "partial_parse", "touched_text"]
