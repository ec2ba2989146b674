"""dbt's partial parse without its walks over the whole manifest.

What is parsed again, and how, is dbt's own code. What it does before and after that for every node of the project
(comparing files, building maps and lookups, looking for nodes that are new) is done here for what has been touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import dbt.parser.manifest
from dbt import selected_resources
from dbt.adapters.factory import get_adapter, get_relation_class_by_name
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import GenericTestNode, ModelNode, SourceDefinition
from dbt.exceptions import AmbiguousAliasError
from dbt.flags import get_flags
from dbt.node_types import EXECUTABLE_NODE_TYPES
from dbt.parser.manifest import ManifestLoader
from dbt.parser.sources import SourcePatcher

import millrace_worker.dbt.runtime  # noqa: F401  before any other part of dbt
from millrace_worker.dbt.changes import changes_of
from millrace_worker.dbt.difference import Difference
from millrace_worker.dbt.edges import Edges, Names, whole_of
from millrace_worker.dbt.journal import KINDS, MISSING, Journal
from millrace_worker.dbt.layer import shallow
from millrace_worker.dbt.loader import FullParseNeeded, MemoryLoader, set_lazy_graph

_MICROBATCH = ".get_incremental_microbatch_sql"


class Patch:
    """One partial parse of one manifest.

    `again` are nodes that are parsed however little has changed; `later` says which of a changed macro's callers need
    not be parsed with it: they are `owed` after that.
    """

    def __init__(
        self, manifest: Any, again: Iterable[str] = (), later: Callable[[list[str]], list[str]] | None = None
    ) -> None:
        self.again = list(again)
        self.later = later or (lambda _: [])
        self.owed: dict[str, None] = {}
        self.whole = whole_of(manifest)
        changes_of(manifest)
        self.journal = Journal(manifest)
        self.edges = Edges(self.journal)
        self.names = Names(self.journal)

    def take_back(self) -> None:
        """The manifest is what it was."""
        macros = bool(self.journal.before(self.journal.manifest.macros))
        self.journal.take_back()
        self.edges.take_back()
        self.names.take_back()
        if macros:
            self.journal.manifest._macros_by_name = self.journal.manifest._macros_by_package = None


_current: list[Patch] = []


def _patch_of(manifest: Any) -> Patch | None:
    return _current[-1] if _current and _current[-1].journal.manifest is manifest else None


class LazyGroups(dict[str, list[str]]):
    """dbt's map of groups, made when a group changes."""

    def __init__(self, manifest: Any) -> None:
        super().__init__()
        self._manifest = manifest

    def __missing__(self, key: str) -> list[str]:
        _build_group_map(self._manifest)
        self.update(self._manifest.group_map)
        return dict.__getitem__(self, key)


def _focused(method: Callable[..., Any]) -> Callable[..., Any]:
    """A step of dbt's loader that goes through all nodes for those that are new."""

    def run(self: Any, *arguments: Any) -> Any:
        with self.focus():
            return method(self, *arguments)

    return run


class IncrementalLoader(MemoryLoader):
    """See the module."""

    def __init__(
        self,
        config: Any,
        projects: Mapping[str, Any],
        *,
        patch: Patch,
        reader: Any,
        changed: Iterable[str],
        forced: Iterable[str],
    ) -> None:
        self._patch = patch
        self._changed = changed
        self._forced = forced
        super().__init__(config, projects, retained=patch.journal.manifest, reader=reader)

    def focus(self) -> AbstractContextManager[None]:
        """See `Journal.focus`. What dbt makes once of all macros is made before, not of those in focus."""
        if not self.partially_parsing:
            return nullcontext()
        self.manifest.get_macros_by_name()
        self.manifest.get_macros_by_package()
        return self._patch.journal.focus()

    def build_manifest_state_check(self) -> Any:
        return self._patch.journal.manifest.state_check

    def safe_update_project_parser_files_partially(self, project_parser_files: Any) -> Any:
        saved = self.saved_manifest
        self.partial_parser = Difference(
            saved, self.manifest.files, self._changed, self._forced, self.root_project, self._patch
        )
        self.skip_parsing = self.partial_parser.skip_parsing()
        self.manifest = saved
        if self.skip_parsing:
            return project_parser_files
        saved.build_group_map()
        try:
            project_parser_files = self.partial_parser.get_parsing_files()
        except Exception as error:
            # dbt itself starts over when it cannot tell what is to be parsed
            raise FullParseNeeded(f"dbt cannot tell what is to be parsed: {error}") from error
        journal = self._patch.journal
        if journal.before(saved.macros):
            saved._macros_by_name = saved._macros_by_package = None
        for lookup in ("_metric_lookup", "_saved_query_lookup", "_semantic_model_by_measure_lookup"):
            setattr(saved, lookup, None)
        for lookup in ("_function_lookup", "_analysis_lookup", "_singular_test_lookup"):
            setattr(saved, lookup, None)
        self.partially_parsing = True
        return project_parser_files

    def process_sources(self, current_project: str) -> None:
        if self._patch.journal.before(self.manifest.sources):
            self.manifest.rebuild_source_lookup()
        with self.focus():
            super().process_sources(current_project)

    def process_refs(self, current_project: str, dependencies: Any) -> None:
        with self.focus():
            super().process_refs(current_project, dependencies)
        touched = set(self._patch.journal.touched(self.manifest.nodes))
        for model in list(dict.values(self.manifest.semantic_models)):
            if not touched.isdisjoint(model.depends_on_nodes[:1]):
                # it repeats where its model is
                self.update_semantic_model(self.manifest.semantic_models[model.unique_id])

    def process_unit_tests(self) -> None:
        super().process_unit_tests()
        nodes = self.manifest.nodes
        touched = set(self._patch.journal.touched(nodes))
        for test in list(dict.values(self.manifest.unit_tests)):
            tested = test.depends_on.nodes[0] if test.depends_on.nodes else None
            if tested in touched and test.schema != nodes[tested].schema:
                self.manifest.unit_tests[test.unique_id].schema = nodes[tested].schema

    def process_model_inferred_primary_keys(self) -> None:
        nodes, journal = self.manifest.nodes, self._patch.journal
        touched = [dict.__getitem__(nodes, key) for key in journal.touched(nodes)]
        models = [node for node in touched if isinstance(node, ModelNode) and node.created_at >= self.started_at]
        disabled = [node for found in self.manifest.disabled.values() for node in found]
        for model in models:
            around = [*touched, *(dict.get(nodes, key) for key in self.manifest.child_map.get(model.unique_id, ()))]
            tests = {
                id(node): node
                for node in [*around, *disabled]
                if isinstance(node, GenericTestNode) and node.attached_node == model.unique_id
            }
            model.primary_key = sorted(model.infer_primary_key(list(tests.values())))

    def check_valid_group_config(self) -> None:
        if self._patch.journal.before(self.manifest.groups):
            super().check_valid_group_config()
            return
        names = {group.name for group in dict.values(self.manifest.groups)}
        with self.focus():
            for kind in ("metrics", "semantic_models", "saved_queries", "nodes"):
                for node in getattr(self.manifest, kind).values():
                    self.check_valid_group_config_node(node, names)

    def check_valid_microbatch_config(self) -> None:
        """Whose macro it is decides for all models; another macro does not."""
        if any(name.endswith(_MICROBATCH) for name in self._patch.journal.before(self.manifest.macros)):
            super().check_valid_microbatch_config()
        else:
            with self.focus():
                super().check_valid_microbatch_config()

    def parse(self) -> Any:
        _current.append(self._patch)
        try:
            manifest = self.load_with_reader()
            self._check(manifest)
        finally:
            _current.pop()
        return manifest

    def _check(self, manifest: Any) -> None:
        """dbt's check that names and relations are unique, for what has been touched."""
        journal = self._patch.journal
        flags = get_flags()
        if flags.WARN_ERROR or flags.require_unique_project_resource_names:
            dbt.parser.manifest._check_manifest(manifest, self.root_project)
            return
        relation_class = get_relation_class_by_name(self.root_project.credentials.type)

        def relation(node: Any) -> str:
            return str(relation_class.create_from(quoting=self.root_project, relation_config=node))

        entries = manifest.nodes
        touched = dict.fromkeys(journal.touched(entries))
        seen: dict[str, list[Any]] = {}
        for unique_id in touched:
            node = dict.__getitem__(entries, unique_id)
            if not node.is_relational:
                continue
            others = [key for key in self._patch.whole.aliased.get(node.alias, ()) if key not in touched]
            same = [dict.get(entries, key) for key in others] + seen.setdefault(node.alias, [])
            for other in same:
                if other is not None and other.is_relational and relation(other) == relation(node):
                    raise AmbiguousAliasError(node_1=other, node_2=node, duped_name=relation(node))
            seen[node.alias].append(node)
            names = self._patch.whole.named.get((node.package_name, node.name), ())
            if any(_mixes_versions(node, dict.get(entries, key)) for key in names if key not in touched):
                dbt.parser.manifest._check_manifest(manifest, self.root_project)

    def settle(self) -> None:
        """After everything went well."""
        manifest, journal = self.manifest, self._patch.journal
        for project in getattr(self.partial_parser, "project_parser_files", {}).values():
            for file_id in project.get("SchemaParser", ()):
                _forget_what_was_parsed(dict.get(manifest.files, file_id))
        self._patch.whole.follow(journal)
        changes_of(manifest).note(journal)
        _select(manifest, journal)
        set_lazy_graph(manifest)
        adapter = get_adapter(self.root_project)
        if journal.before(manifest.macros):
            self.save_macros_to_adapter(adapter)
        else:
            adapter.set_macro_resolver(manifest)
        journal.close()


for _step in (
    "macro_depends_on",
    "cleanup_disabled",
    "inject_external_nodes",
    "process_docs",
    "process_metrics",
    "process_functions",
    "check_valid_access_property",
    "check_valid_snapshot_config",
    "check_for_model_deprecations",
    "check_for_spaces_in_resource_names",
    "check_for_microbatch_deprecations",
    "check_forcing_batch_concurrency",
    "check_microbatch_model_has_a_filtered_input",
    "check_function_default_arguments_ordering",
):
    if hasattr(ManifestLoader, _step):  # dbt 1.10 has not all of them
        setattr(IncrementalLoader, _step, _focused(getattr(ManifestLoader, _step)))


def _forget_what_was_parsed(source_file: Any) -> None:
    """dbt forgets it by writing the manifest to disk. Kept, the next parse would patch the same models once more."""
    if hasattr(source_file, "pp_dict"):
        source_file.pp_dict = source_file.pp_test_index = None


def _mixes_versions(node: Any, other: Any) -> bool:
    return other is not None and other.is_relational and bool(node.is_versioned) != bool(other.is_versioned)


def _select(manifest: Any, journal: Journal) -> None:
    """`selected_resources`, as `select_everything` would set it."""
    selected = selected_resources.SELECTED_RESOURCES
    for kind in ("nodes", "functions"):
        if kind not in KINDS:
            continue
        entries = getattr(manifest, kind)
        for unique_id, old in journal.before(entries).items():
            new = dict.get(entries, unique_id)
            was = old is not MISSING and old.resource_type in EXECUTABLE_NODE_TYPES
            now = new is not None and new.resource_type in EXECUTABLE_NODE_TYPES
            if was and not now and unique_id in selected:
                selected.remove(unique_id)
            elif now and not was:
                selected.append(unique_id)


class _SourcePatcher(SourcePatcher):  # type: ignore[misc]
    """Makes sources of what was parsed in this patch; the others are there."""

    manifest: Any
    sources: Any

    def construct_sources(self) -> None:
        patch = _patch_of(self.manifest)
        if patch is None:
            super().construct_sources()
            return
        manifest = self.manifest
        sources: dict[str, Any] = manifest.sources
        with patch.journal.focus():
            waiting = [key for key, source in sources.items() if not isinstance(source, SourceDefinition)]
        self.manifest = shallow(manifest)
        self.manifest.sources = {key: sources[key] for key in waiting}
        super().construct_sources()
        self.manifest = manifest
        for key in waiting:
            del sources[key]
        for key in waiting:
            if key in self.sources:
                sources[key] = self.sources[key]
        self.sources = sources

    def warn_unused(self) -> None:
        if _patch_of(self.manifest) is None:
            super().warn_unused()


_rebuild_ref_lookup = Manifest.rebuild_ref_lookup
_build_parent_and_child_maps = Manifest.build_parent_and_child_maps
_build_group_map = Manifest.build_group_map
_rebuild_doc_lookup = Manifest.rebuild_doc_lookup


def _names(self: Any) -> None:
    patch = _patch_of(self)
    if patch is None or self._ref_lookup is None:
        _rebuild_ref_lookup(self)
    else:
        patch.names.follow()


def _maps(self: Any) -> None:
    patch = _patch_of(self)
    if patch is None:
        _build_parent_and_child_maps(self)
    else:
        patch.edges.follow()


def _groups(self: Any) -> None:
    if _patch_of(self) is None:
        _build_group_map(self)
    else:
        self.group_map = LazyGroups(self)


def _docs(self: Any) -> None:
    patch = _patch_of(self)
    if patch is None or self._doc_lookup is None or patch.journal.before(self.docs):
        _rebuild_doc_lookup(self)


Manifest.rebuild_ref_lookup = _names
Manifest.build_parent_and_child_maps = _maps
Manifest.build_group_map = _groups
Manifest.rebuild_doc_lookup = _docs
dbt.parser.manifest.SourcePatcher = _SourcePatcher
