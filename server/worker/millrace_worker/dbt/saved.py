"""A parse that outlives its template: dbt's own partial_parse format with what a session needs beside it.

It is metadata only: names, SQL and YAML of a commit. The template that writes it has no credentials, no environment
variables and no way to a warehouse. Whoever keeps the bytes must see to it that nobody else changes them.
"""

from __future__ import annotations

import gc
import json
import os
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbt.contracts.files import FileHash, ParseFileType
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import SeedNode
from dbt.parser.manifest import extended_mashumaro_encoder, extended_mashumuro_decoder
from dbt_common.exceptions import DbtBaseException

import millrace_worker.dbt.runtime  # noqa: F401  before any other part of dbt
from millrace_worker.dbt.files import WorkingTree
from millrace_worker.dbt.engine import Progress
from millrace_worker.dbt.loader import FullParseNeeded, MemoryLoader
from millrace_worker.dbt.partial import kinds_of, partial_parse

_HEADER = struct.Struct("<IQ")
_NO_SOURCES = ("target", "logs", "dbt_packages", "dbt_modules")
PROJECT_FILES = (
    "dbt_project.yml",
    "packages.yml",
    "dependencies.yml",
    "package-lock.yml",
    "selectors.yml",
    "catalogs.yml",
    ".dbtignore",
)
_LARGEST = 2 << 30
"""Bytes of a parse, unpacked: what says more is no parse of ours."""


class NotRestored(Exception):
    """A saved parse does not serve this tree: parse everything."""


@dataclass(frozen=True)
class Beside:
    """What a template knows of a parse beside its manifest."""

    schema: str
    """Of the person for whom it was parsed."""
    files: tuple[str, ...]
    """Files that read personal values while they were parsed."""
    names: tuple[str, ...]
    """Parts of relations' names that depend on personal values."""
    project_files: Mapping[str, str | None]
    """Hashes of dbt_project.yml and its like."""


def pack(manifest: Any, beside: Beside) -> bytes:
    """The bytes to keep. Changes the manifest's fields that only a parse needs: call it in a fork."""
    manifest.flat_graph = {}
    body = manifest.to_msgpack(extended_mashumaro_encoder)
    header = json.dumps({**vars(beside), "size": len(body)}).encode()
    packed = zlib.compress(body, 1)
    return _HEADER.pack(len(header), len(packed)) + header + packed


def header_of(data: bytes | memoryview) -> Beside:
    """What stands beside a manifest. Raises ValueError, KeyError or struct.error for what `pack` did not make."""
    size, _ = _HEADER.unpack_from(data)
    header = json.loads(bytes(data[_HEADER.size : _HEADER.size + size]))
    return Beside(header["schema"], tuple(header["files"]), tuple(header["names"]), header["project_files"])


def unpack(data: bytes | memoryview) -> Any:
    """The manifest. Raises ValueError and its like for what `pack` did not make."""
    size, packed = _HEADER.unpack_from(data)
    start = _HEADER.size + size
    length = json.loads(bytes(data[_HEADER.size : start]))["size"]
    if len(data) != start + packed or not 0 <= length <= _LARGEST:
        raise ValueError("not a parse")
    body = zlib.decompressobj().decompress(data[start:], length)
    if len(body) != length:
        raise ValueError("not a parse")
    return _without_collector(lambda: Manifest.from_msgpack(body, decoder=extended_mashumuro_decoder))


def _without_collector(make: Callable[[], Any]) -> Any:
    """Millions of new objects, none of them garbage: looking for it takes a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        return make()
    finally:
        if enabled:
            gc.enable()


def project_files(tree: WorkingTree) -> dict[str, str | None]:
    """Hashes of the files that decide how all others are read."""
    texts = {name: tree.text(name) for name in PROJECT_FILES}
    return {name: None if text is None else FileHash.from_contents(text).checksum for name, text in texts.items()}


def restored(config: Any, tree: WorkingTree, data: bytes | memoryview, progress: Progress) -> Any:
    """
    The manifest of the present tree from a saved one, by the path that sessions take: dbt's partial parse of what
    differs. Raises NotRestored when dbt would start over; a full parse sees nothing of what was tried.
    """
    try:
        if header_of(data).project_files != project_files(tree):
            raise NotRestored("a project file differs")
        progress("Reading the saved parse", 0, None)
        manifest = unpack(data)
        if not MemoryLoader(config, config.load_dependencies()).is_partial_parsable(manifest)[0]:
            raise NotRestored("dbt, its variables or a package differ")
        changed = _restore_files(config, manifest, tree, progress) | _new_files(config, manifest, tree)
        progress("Updating the saved parse", 0, None)
        return partial_parse(config, manifest, tree, sorted(changed))
    except (FullParseNeeded, DbtBaseException, ValueError, KeyError, TypeError, struct.error, zlib.error) as error:
        raise NotRestored(f"{type(error).__name__}") from error


def _restore_files(config: Any, manifest: Any, tree: WorkingTree, progress: Progress) -> set[tuple[str, str]]:
    """
    Gives the saved files their texts (dbt drops them) and this working tree's place. Returns package and path of those
    whose text is another one now.
    """
    projects = config.load_dependencies()
    differing: set[tuple[str, str]] = set()
    total = len(manifest.files)
    for number, source_file in enumerate(manifest.files.values()):
        if number % 500 == 0:
            progress("Reading files", number, total)
        root = str(projects[source_file.project_name].project_root)
        source_file.path.project_root = root
        path = source_file.path.original_file_path
        text = _text(tree, root, path)
        if text is not None and source_file.checksum.name == "path":
            continue  # a seed so large that dbt looks at its name alone
        if text is None or source_file.checksum != FileHash.from_contents(text.strip()):
            differing.add((source_file.project_name, path))
        elif source_file.parse_file_type != ParseFileType.Seed:
            source_file.contents = text.strip()
    for node in manifest.nodes.values():
        if isinstance(node, SeedNode):
            node.root_path = str(projects[node.package_name].project_root)
    return differing


def _new_files(config: Any, manifest: Any, tree: WorkingTree) -> set[tuple[str, str]]:
    """Package and path of files that the saved parse has not seen."""
    found: set[tuple[str, str]] = set()
    for name, project in config.load_dependencies().items():
        root = str(project.project_root)
        if name != config.project_name and tree.relative(root) is None:
            continue  # of the engine, or beside the project: what of it was read is compared above
        for folder, folders, names in os.walk(root):
            folders[:] = [one for one in folders if not one.startswith(".") and one not in _NO_SOURCES]
            below = os.path.relpath(folder, root)
            paths = [one if below == "." else f"{below}/{one}" for one in names]
            found.update(
                (name, path) for path in paths if f"{name}://{path}" not in manifest.files and kinds_of(project, path)
            )
    overlaid = [path for path, text in tree.overlay.items() if text is not None]
    project = config.load_dependencies()[config.project_name]
    found.update(
        (config.project_name, path)
        for path in overlaid
        if f"{config.project_name}://{path}" not in manifest.files and kinds_of(project, path)
    )
    return found


def _text(tree: WorkingTree, root: str, path: str) -> str | None:
    """The text of a project's file, the tree's where it lies in that."""
    absolute = os.path.join(root, path)
    relative = tree.relative(absolute)
    if relative is not None:
        return tree.text(relative)
    try:
        return Path(absolute).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, UnicodeDecodeError):
        return None


__all__ = ["PROJECT_FILES", "Beside", "NotRestored", "header_of", "pack", "project_files", "restored"]
