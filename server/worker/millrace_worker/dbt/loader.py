"""dbt's manifest loader with its files and caches in memory."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import dbt.parser.manifest
import dbt_semantic_interfaces.validations.semantic_manifest_validator as semantic_validator
from dbt import selected_resources
from dbt.adapters.factory import get_adapter
from dbt.contracts.graph.manifest import Manifest
from dbt.node_types import EXECUTABLE_NODE_TYPES
from dbt.parser.manifest import ManifestLoader
from dbt.parser.schemas import ModelPatchParser, SchemaParser

import millrace_worker.dbt.files
import millrace_worker.dbt.contexts
import millrace_worker.dbt.extractor
import millrace_worker.dbt.templates
import millrace_worker.dbt.validation  # noqa: F401
from millrace_worker.dbt.engine import Progress
from millrace_worker.dbt.lazy import ReadDict

CHUNK = 50

# A validator of metrics makes a pool of processes that it then does not use; its semaphores want /dev/shm.
semantic_validator.ProcessPoolExecutor = ThreadPoolExecutor


_parse_patch = ModelPatchParser.parse_patch


def _parse_patch_again(self: Any, block: Any, refs: Any) -> None:
    """dbt's partial parse gives a versioned model that keeps its file its version's name once more, each time."""
    target = block.target
    for version in target.versions or []:
        node = self.manifest.nodes.get(f"model.{target.package_name}.{target.name}.{version.formatted_v}")
        if node is not None and node.fqn[-1] == version.formatted_v:
            node.fqn = node.fqn[:-1]
    _parse_patch(self, block, refs)


ModelPatchParser.parse_patch = _parse_patch_again


class FullParseNeeded(Exception):
    """A partial parse cannot carry this change (dbt itself would start over)."""


class LazyGraph(ReadDict):
    """`graph` of the Jinja context, made when a macro first looks at it: 2.7 s at 10,000 models, and few look."""

    def __init__(self, build: Callable[[], dict[str, Any]]) -> None:
        super().__init__()
        self._build: Callable[[], dict[str, Any]] | None = build

    def _load(self) -> None:
        build, self._build = self._build, None
        if build is not None:
            super().update(build())


def select_everything(manifest: Any) -> None:
    """`selected_resources` of the Jinja context, as in a `dbt compile` of the whole project."""
    nodes = [*manifest.nodes.values(), *getattr(manifest, "functions", {}).values()]  # dbt 1.10 has none
    selected_resources.SELECTED_RESOURCES = [
        node.unique_id for node in nodes if node.resource_type in EXECUTABLE_NODE_TYPES
    ]


def set_lazy_graph(manifest: Any) -> None:
    """Gives a manifest a `graph` that is built from its present nodes when it is wanted."""

    def build() -> dict[str, Any]:
        lazy = manifest.flat_graph
        Manifest.build_flat_graph(manifest)
        built: dict[str, Any] = manifest.flat_graph
        manifest.flat_graph = lazy
        return built

    manifest.flat_graph = LazyGraph(build)


_parse_schema_file = SchemaParser.parse_file


def _parse_copy(self: Any, block: Any, dct: dict[str, Any] | None = None) -> None:
    """dbt's parsers rewrite the dict that they parse, which the next partial parse compares with the new text."""
    _parse_schema_file(self, block, copy.deepcopy(dct))


SchemaParser.parse_file = _parse_copy


class MemoryLoader(ManifestLoader):  # type: ignore[misc]
    """Parses all files, or what changed against a retained manifest, and writes nothing."""

    manifest: Any

    def __init__(
        self,
        config: Any,
        projects: Mapping[str, Any],
        *,
        retained: Any = None,
        reader: Any = None,
        progress: Progress | None = None,
    ) -> None:
        self._retained = retained
        self._reader = reader
        self._progress = progress
        self._parsed = 0
        super().__init__(config, projects, macro_hook=get_adapter(config).connections.set_query_header)

    def read_manifest_for_partial_parse(self) -> Any:
        return self._retained

    def write_manifest_for_partial_parse(self) -> None:
        """A session writes nothing."""

    def track_project_load(self) -> None:
        """A session reports nothing."""

    def skip_partial_parsing_because_of_macros(self) -> bool:
        if super().skip_partial_parsing_because_of_macros():
            raise FullParseNeeded("a macro that every node uses changed")
        return False

    def parse_project(self, project: Any, parser_files: Any, parser_types: Any) -> None:
        """In pieces, so that someone who waits sees it move."""
        if self._progress is None:
            super().parse_project(project, parser_files, parser_types)
            return
        total = len(self.manifest.files)
        for parser in parser_types:
            files = parser_files.get(parser.__name__) or []
            for start in range(0, max(len(files), 1), CHUNK):
                piece = {parser.__name__: files[start : start + CHUNK]}
                super().parse_project(project, piece, [parser])
                self._parsed += len(piece[parser.__name__])
                self._progress("Parsing", min(self._parsed, total), total)

    def load_with_reader(self) -> Any:
        """dbt's `load` with our files."""
        original = dbt.parser.manifest.ReadFilesFromFileSystem
        if self._reader is not None:
            dbt.parser.manifest.ReadFilesFromFileSystem = self._reader
        try:
            return self.load()
        finally:
            dbt.parser.manifest.ReadFilesFromFileSystem = original

    def parse(self) -> Any:
        """The whole of `get_full_manifest`, less its writes and its flat graph."""
        manifest = self.load_with_reader()
        dbt.parser.manifest._check_manifest(manifest, self.root_project)
        set_lazy_graph(manifest)
        select_everything(manifest)
        self.save_macros_to_adapter(get_adapter(self.root_project))
        return manifest


def full_parse(config: Any, progress: Progress | None = None) -> Any:
    """A manifest of every file of the current working tree. Raises what dbt raises."""
    config.clear_dependencies()
    get_adapter(config).clear_macro_resolver()
    if progress is not None:
        progress("Reading packages", 0, None)
    projects = config.load_dependencies()
    if progress is not None:
        progress("Reading files", 0, None)
    return MemoryLoader(config, projects, progress=progress).parse()


__all__ = ["FullParseNeeded", "MemoryLoader", "full_parse", "set_lazy_graph"]
