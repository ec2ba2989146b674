"""The exact path: dbt's own partial parse, in memory, tried in a forked child before it touches the good manifest.

dbt removes the old nodes before it parses the new text, so a text that does not parse leaves a torn manifest behind.
A child of our own process pays for that instead; a fork costs 16 ms at 10,000 models, a copy of the manifest seconds.
"""

from __future__ import annotations

import fnmatch
import os
import pickle
import re
import traceback
from collections.abc import Callable, Iterable, Mapping
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
from millrace_worker.dbt.loader import FullParseNeeded, MemoryLoader

Changed = Iterable[tuple[str, str]]
"""Packages and the paths of changed files in them."""


def make_reader(tree: WorkingTree, changed: Changed) -> Callable[..., Any]:
    """What the loader calls instead of reading every file: the saved files with the changed ones in their new state."""

    class Reader:
        def __init__(self, all_projects: Mapping[str, Any], files: Any, saved_files: Mapping[str, Any]) -> None:
            self.files = files
            self.project_parser_files: dict[str, Any] = {}
            self._projects = all_projects
            self._saved = saved_files

        def read_files(self) -> None:
            self.files.update(self._saved)
            for package, path in changed:
                self.files.pop(f"{package}://{path}", None)
                project = self._projects[package]
                if not _exists(tree, os.path.join(str(project.project_root), path)):  # noqa: PTH
                    continue
                for kind, searched in kinds_of(project, path):
                    source_file = _load(project, kind, searched, path)
                    if source_file is not None:
                        self.files[source_file.file_id] = source_file

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


def partial_parse(config: Any, base: Any, tree: WorkingTree, changed: Changed) -> Any:
    """Changes `base` in place into what a full parse of the tree would give. Raises FullParseNeeded, or what dbt does;
    `base` is torn then."""
    before = set(base.nodes) | set(base.sources)
    loader = MemoryLoader(config, config.load_dependencies(), retained=base, reader=make_reader(tree, changed))
    manifest = loader.parse()
    gone = before - set(manifest.nodes) - set(manifest.sources)
    dependents = [*manifest.nodes.values(), *manifest.exposures.values(), *manifest.unit_tests.values()]
    if gone and any(unique_id in gone for node in dependents for unique_id in node.depends_on_nodes):
        # dbt's partial parse does not look again at what refers to a node that was switched off
        raise FullParseNeeded("something refers to a node that is gone")
    return manifest


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


class TrialFailed(Exception):
    """What the child's attempt raised, as the picklable result of `explain`."""

    def __init__(self, explanation: Any, full_parse: bool) -> None:
        super().__init__("the trial failed")
        self.explanation = explanation
        self.full_parse = full_parse


def fork_trial(attempt: Callable[[], Any], explain: Callable[[Exception], Any]) -> None:
    """Runs `attempt` in a forked child and throws its outcome away. Raises TrialFailed when it failed there."""
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(receive)
            outcome: Any = None
            try:
                attempt()
            except FullParseNeeded:
                outcome = (True, None)
            except Exception as error:
                outcome = (False, explain(error))
            with os.fdopen(send, "wb") as pipe:
                pickle.dump(outcome, pipe)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(send)
    with os.fdopen(receive, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    if not data:
        raise TrialFailed(None, False)
    outcome = pickle.loads(data)
    if outcome is not None:
        raise TrialFailed(outcome[1], outcome[0])


__all__ = ["TrialFailed", "force_reparse", "fork_trial", "kinds_of", "make_reader", "partial_parse"]
