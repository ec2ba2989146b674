"""The fast path: a model's new text becomes a new node, and nothing else of the project is parsed again.

The patched manifest is a view that shares everything with the last good one except the node, so a text that does not
parse leaves no trace. What this path cannot carry exactly (`NotFast`) goes through dbt's own partial parse instead.
"""

from __future__ import annotations

import copy
from typing import Any

import dbt.parser.manifest
from dbt.contracts.files import FileHash, ParseFileType, SourceFile
from dbt.contracts.graph.nodes import ModelNode
from dbt.node_types import ModelLanguage
from dbt.parser.common import YamlBlock
from dbt.parser.manifest import (
    _check_manifest,
    _process_metrics_for_node,
    process_node,
)
from dbt.parser.models import ModelParser
from dbt.parser.schemas import ModelPatchParser, SchemaParser
from dbt.parser.search import FileBlock

import millrace_worker.dbt.runtime  # noqa: F401  before any other part of dbt
from millrace_worker.dbt.compiler import shallow

_process_functions = getattr(dbt.parser.manifest, "_process_functions_for_node", None)
"""dbt 1.10 has no functions."""


class NotFast(Exception):
    """This change needs more than a new node."""


class ModelPatcher:
    """Makes patched nodes against one base manifest. Keep one per base: making dbt's parsers costs 10 ms."""

    def __init__(self, config: Any, base: Any) -> None:
        self._config = config
        self._base = base
        self._parsers: dict[str, tuple[Any, Any]] = {}

    def is_fast(self, file_id: str) -> bool:
        """Whether a file's new text can be patched at all."""
        source_file = self._base.files.get(file_id)
        if source_file is None or source_file.parse_file_type != ParseFileType.Model or len(source_file.nodes) != 1:
            return False
        node = self._base.nodes.get(source_file.nodes[0])
        return isinstance(node, ModelNode) and node.version is None and node.language == ModelLanguage.sql

    def node_for(self, file_id: str, text: str, manifest: Any) -> Any:
        """The node of the file's new text, as a full parse would make it. Raises NotFast and what dbt raises."""
        old_file = self._base.files[file_id]
        old = self._base.nodes[old_file.nodes[0]]
        contents = text.strip()
        source_file = SourceFile(
            path=old_file.path,
            checksum=FileHash.from_contents(contents),
            project_name=old_file.project_name,
            parse_file_type=old_file.parse_file_type,
            contents=contents,
        )
        view = shallow(manifest)
        view.nodes = dict(manifest.nodes)
        view.nodes.pop(old.unique_id, None)
        view.disabled = dict(manifest.disabled)
        view.files = {**manifest.files, file_id: source_file}
        view.env_vars = dict(manifest.env_vars)
        model_parser, schema_parser = self._parsers_of(old.package_name)
        model_parser.manifest = schema_parser.manifest = view
        try:
            model_parser.parse_file(FileBlock(source_file))
            node = view.nodes.get(old.unique_id)
            if node is None:
                raise NotFast("the model was switched off or renamed")
            if old.patch_path is not None:
                self._apply_yaml(schema_parser, view, old)
        finally:
            model_parser.manifest = schema_parser.manifest = self._base
        if not node.config.enabled or old.unique_id not in view.nodes or node.version is not None:
            raise NotFast("the model was switched off or versioned")
        if source_file.env_vars:
            raise NotFast("the file's environment variables are part of the graph")
        node.primary_key = old.primary_key
        process_node(self._config, view, node)
        _process_metrics_for_node(view, self._config.project_name, node)
        if _process_functions is not None:
            _process_functions(view, self._config.project_name, node)
        if not node.config.enabled:
            raise NotFast("something it depends on is switched off")
        if (node.relation_name, node.alias) != (old.relation_name, old.alias):
            _check_manifest(view, self._config)
        if node.group != old.group or node.access != old.access or node.config.contract != old.config.contract:
            raise NotFast("others must be checked against it")
        return node

    def _parsers_of(self, package: str) -> tuple[Any, Any]:
        if package not in self._parsers:
            project = self._config.load_dependencies()[package]
            self._parsers[package] = (
                ModelParser(project, self._base, self._config),
                SchemaParser(project, self._base, self._config),
            )
        return self._parsers[package]

    def _apply_yaml(self, schema_parser: Any, view: Any, old: Any) -> None:
        saved = view.files.get(old.patch_path)
        if saved is None or saved.project_name != old.package_name:
            raise NotFast("its properties are in another package")
        elements = [item for item in saved.dict_from_yaml.get("models", []) if item.get("name") == old.name]
        if len(elements) != 1 or elements[0].get("versions"):
            raise NotFast("its properties are versioned")
        schema_file = copy.copy(saved)
        schema_file.ndp = []
        schema_file.env_vars = dict(saved.env_vars)
        schema_file.unrendered_configs = copy.deepcopy(saved.unrendered_configs)
        block = YamlBlock.from_file_block(FileBlock(schema_file), {"models": [copy.deepcopy(elements[0])]})
        ModelPatchParser(schema_parser, block, "models").parse()
