"""The fast path: a model's new text becomes a new node, and nothing else of the project is parsed again.

Most edits leave alone what `config()` says. The new node is then the old one with its new text and with what the text
refers to; otherwise the node is parsed from scratch and its properties in YAML are applied again. The manifest is left
alone either way, so a text that does not parse leaves no trace. What this path cannot carry exactly (`NotFast`) goes
through dbt's own partial parse instead.
"""

from __future__ import annotations

import copy
import re
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dbt.parser.manifest
from dbt.artifacts.resources import DependsOn
from dbt.clients.jinja import get_rendered
from dbt.contracts.files import FileHash, ParseFileType, SourceFile
from dbt.contracts.graph.nodes import ModelNode
from dbt.node_types import ModelLanguage
from dbt.parser.common import YamlBlock
from dbt.parser.manifest import (
    _check_manifest,
    _process_metrics_for_node,
    _process_refs,
    _process_sources_for_node,
    process_node,
)
from dbt.parser.models import ModelParser
from dbt.parser.schemas import ModelPatchParser, SchemaParser
from dbt.parser.search import FileBlock

import millrace_worker.dbt.runtime  # noqa: F401  before any other part of dbt
from millrace_worker.dbt.layer import Layer, shallow

_process_functions = getattr(dbt.parser.manifest, "_process_functions_for_node", None)
"""dbt 1.10 has no functions."""

_KEPT = 64
_NAME_MACRO = re.compile(r"(?:\w+__)?generate_(?:schema|database|alias)_name")
_TEXT_OF_NODE = re.compile(r"raw_code|raw_sql|\brefs\b|\bsources\b|depends_on|checksum|\bgraph\b|created_at")
"""What of a node a macro of names would have to look at to give another name to another text."""


_REPEAT_PLACES = ("unit_test.", "semantic_model.")


def _place(node: Any) -> tuple[Any, ...]:
    return node.database, node.schema, node.alias, node.relation_name


class NotFast(Exception):
    """This change needs more than a new node."""


class ModelPatcher:
    """Makes patched nodes against one base manifest. Keep one per base: dbt's parsers cost some milliseconds."""

    def __init__(self, config: Any, base: Any) -> None:
        self._config = config
        self._base = base
        self._parsers: dict[str, tuple[Any, Any]] = {}
        self._unparsed: OrderedDict[str, Any] = OrderedDict()
        self._names_need_text: bool | None = None

    def is_fast(self, file_id: str) -> bool:
        """Whether a file's new text can be patched at all."""
        source_file = self._base.files.get(file_id)
        if source_file is None or source_file.parse_file_type != ParseFileType.Model or len(source_file.nodes) != 1:
            return False
        node = self._base.nodes.get(source_file.nodes[0])
        return isinstance(node, ModelNode) and node.version is None and node.language == ModelLanguage.sql

    def node_for(self, file_id: str, text: str) -> Any:
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
        node = self._same_config(file_id, source_file, old)
        if node is None:
            node = self._parsed(file_id, source_file, old)
        return node

    # -- the same config ----------------------------------------------------------------------------------------------

    def _same_config(self, file_id: str, source_file: Any, old: Any) -> Any:
        """The old node with the new text, or None when `config()` (or what decides its name) is not the same."""
        if self._names_depend_on_text():
            return None
        parser, _ = self._parsers_of(old.package_name)
        with self._in_place_of(file_id, source_file):
            draft = self._draft(parser, file_id, source_file)
            config = parser.initial_config(draft.fqn)
            context = parser.render_with_context(draft, config)
            if config._config_call_dict != old.config_call_dict:
                return None
            for hook in [*old.config.pre_hook, *old.config.post_hook]:
                get_rendered(hook.sql, context, draft, capture_macros=True)
        if source_file.env_vars:
            raise NotFast("the file's environment variables are part of the graph")
        node = copy.copy(old)
        node.raw_code, node.checksum, node.created_at = draft.raw_code, draft.checksum, time.time()
        node.depends_on = DependsOn(macros=draft.depends_on.macros)
        for name in ("refs", "sources", "metrics", "functions"):
            if hasattr(draft, name):  # dbt 1.10 has no functions
                setattr(node, name, getattr(draft, name))
        if any(True for constraint in old.all_constraints if constraint.to):
            raise NotFast("its constraints refer to others")
        node.config = copy.copy(old.config)
        project = self._config.project_name
        _process_sources_for_node(self._base, project, node)
        _process_refs(self._base, project, node, self._config.dependencies)
        self._processed(self._base, node)
        return node

    def _names_depend_on_text(self) -> bool:
        if self._names_need_text is None:
            self._names_need_text = any(
                macro.package_name != "dbt"
                and _NAME_MACRO.fullmatch(macro.name)
                and _TEXT_OF_NODE.search(macro.macro_sql)
                for macro in self._base.macros.values()
            )
        return self._names_need_text

    def _draft(self, parser: Any, file_id: str, source_file: Any) -> Any:
        """The node that dbt renders the text with: it is made once per file, from the project's configuration."""
        block = FileBlock(source_file)
        if file_id not in self._unparsed:
            path = parser.get_compiled_path(block)
            fqn = parser.get_fqn(path, block.name)
            config = parser.initial_config(fqn)
            self._unparsed[file_id] = parser._create_parsetime_node(block=block, path=path, config=config, fqn=fqn)
            if len(self._unparsed) > _KEPT:
                self._unparsed.popitem(last=False)
        draft = copy.copy(self._unparsed[file_id])
        for name, value in draft.__dict__.items():
            if type(value) is list or type(value) is dict:
                draft.__dict__[name] = value.copy()
        draft.depends_on = DependsOn()
        draft.raw_code, draft.checksum = source_file.contents, source_file.checksum
        return draft

    @contextmanager
    def _in_place_of(self, file_id: str, source_file: Any) -> Iterator[None]:
        """dbt notes environment variables in the manifest and in its file."""
        base = self._base
        old_file, variables = base.files[file_id], base.env_vars
        base.files[file_id], base.env_vars = source_file, dict(variables)
        try:
            yield
        finally:
            base.files[file_id], base.env_vars = old_file, variables

    # -- from scratch -------------------------------------------------------------------------------------------------

    def _parsed(self, file_id: str, source_file: Any, old: Any) -> Any:
        view = shallow(self._base)
        view.nodes = Layer(self._base.nodes, without=old.unique_id)
        view.files = Layer(self._base.files)
        view.files[file_id] = source_file
        view.disabled = dict(self._base.disabled)
        view.env_vars = dict(self._base.env_vars)
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
        self._processed(view, node)
        if (node.relation_name, node.alias) != (old.relation_name, old.alias):
            _check_manifest(view, self._config)
        if _place(node) != _place(old) and any(
            child.startswith(_REPEAT_PLACES) for child in self._base.child_map.get(old.unique_id, ())
        ):
            raise NotFast("something else repeats where it is")
        if node.group != old.group or node.access != old.access or node.config.contract != old.config.contract:
            raise NotFast("others must be checked against it")
        return node

    def _processed(self, manifest: Any, node: Any) -> None:
        _process_metrics_for_node(manifest, self._config.project_name, node)
        if _process_functions is not None:
            _process_functions(manifest, self._config.project_name, node)
        if not node.config.enabled:
            raise NotFast("something it depends on is switched off")

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
