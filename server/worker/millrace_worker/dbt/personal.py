"""What of a parse belongs to one person, and how a session makes the template's parse its own.

While a template parses, every read of `target` is recorded with the file that is being parsed. A session whose values
differ parses those files again; the names of relations, which nearly always depend on `target.schema`, are resolved
again by the project's own generate_*_name macros without parsing anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dbt.config.profile import Profile
from dbt.contracts.graph.nodes import SeedNode, UnitTestDefinition
from dbt.node_types import NodeType
from dbt.parser.base import RelationUpdate
from dbt.parser.models import ModelParser
from dbt.parser.search import FileBlock

import millrace_worker.dbt.runtime  # noqa: F401  before any other part of dbt
from millrace_worker.dbt import names

SHARED_KEYS = ("type", "name", "target_name", "profile_name", "threads")
Memo = dict[tuple[str, Any, Any], Any]
PROJECT = "project"
"""Stands for dbt_project.yml and its like."""


class Reads:
    """Who read what of `target` since the last `clear`."""

    def __init__(self) -> None:
        self.files: set[str] = set()
        self.names: set[str] = set()
        self.current = PROJECT
        self.component: str | None = None

    def clear(self) -> None:
        self.files.clear()
        self.names.clear()
        self.current = PROJECT

    def note(self) -> None:
        if self.component is not None:
            self.names.add(self.component)
        else:
            self.files.add(self.current)


READS = Reads()


class RecordedTarget(dict[str, Any]):
    """`target` of the Jinja context."""

    def __getitem__(self, key: str) -> Any:
        if key not in SHARED_KEYS:
            READS.note()
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        if key not in SHARED_KEYS:
            READS.note()
        return super().get(key, default)

    def __iter__(self) -> Iterator[str]:
        READS.note()
        return super().__iter__()

    def items(self) -> Any:
        READS.note()
        return super().items()

    def values(self) -> Any:
        READS.note()
        return super().values()

    def __repr__(self) -> str:
        READS.note()
        return super().__repr__()


_to_target_dict = Profile.to_target_dict
_update_name = RelationUpdate.__call__


def _recorded_target(self: Any) -> RecordedTarget:
    return RecordedTarget(_to_target_dict(self))


def _recorded_update(self: Any, parsed_node: Any, override: str | None) -> None:
    READS.component = self.component
    try:
        _update_name(self, parsed_node, override)
    finally:
        READS.component = None


def _begin_file(self: Any) -> None:
    if type(self) is FileBlock:
        READS.current = self.file.file_id or PROJECT


Profile.to_target_dict = _recorded_target
RelationUpdate.__call__ = _recorded_update
_file_block_init = FileBlock.__init__


def _recorded_block(self: Any, *arguments: Any, **named: Any) -> None:
    _file_block_init(self, *arguments, **named)
    _begin_file(self)


FileBlock.__init__ = _recorded_block


def adopt_credentials(config: Any, credentials: Any, old_root: str, new_root: str) -> None:
    """Gives a parsed project (and its packages) this person's credentials and working tree, in place."""
    for project in {id(item): item for item in (config, *(config.dependencies or {}).values())}.values():
        project.credentials = credentials
        root = str(project.project_root)
        if root == old_root or root.startswith(old_root + "/"):
            project.project_root = new_root + root[len(old_root) :]


class Resolver:
    """Gives nodes of a template database, schema, alias and relation of this person, by the project's own macros."""

    def __init__(self, config: Any, manifest: Any) -> None:
        self._config = config
        self._manifest = manifest
        self._parser: Any = None
        self._memo: Memo = {}

    def __call__(self, node: Any) -> None:
        """Resolves one node in place."""
        if isinstance(node, UnitTestDefinition):
            tested = next((self._manifest.nodes.get(unique_id) for unique_id in node.depends_on.nodes), None)
            if tested is not None:
                node.schema = tested.schema
            return
        if isinstance(node, SeedNode):
            node.root_path = str(self._config.load_dependencies()[node.package_name].project_root)
        if self._parser is None:
            self._parser = ModelParser(self._config, self._manifest, self._config)
        wanted = node.config.to_dict(omit_none=True) if node.resource_type == NodeType.Snapshot else {}
        _resolve(self._parser, self._memo, node, "database", node.config.database)
        _resolve(self._parser, self._memo, node, "schema", node.config.schema)
        if "alias" in READS.names:
            self._parser._update_node_alias(node, node.config.alias)
        if wanted.get("target_database"):
            node.database = wanted["target_database"]
        if wanted.get("target_schema"):
            node.schema = wanted["target_schema"]
        self._parser._update_node_relation_name(node)


def make_names_personal(config: Any, manifest: Any) -> None:
    """From here on nodes have this person's names: at once, if an alias depends on who it is, else when looked at."""
    names.resolve_with(Resolver(config, manifest))
    if "alias" in READS.names:
        names.settle_all(manifest)


def name_group(config: Any, manifest: Any, node: Any) -> Any:
    """What decides where a relation is, but for its alias; None when that may differ from node to node."""
    if node.resource_type == NodeType.Snapshot or "alias" in READS.names:
        return None
    parser = _parser_of(config, manifest)
    macros = []
    for updater in (parser._update_node_database, parser._update_node_schema):
        macro = _macro_for(updater, node)
        if _looks_at_nodes(parser, macro):
            return None
        macros.append(macro.unique_id)
    return (*macros, node.config.database, node.config.schema)


_parsers: list[tuple[Any, Any]] = []


def _parser_of(config: Any, manifest: Any) -> Any:
    if not _parsers or _parsers[0][0] is not manifest:
        _parsers[:] = [(manifest, ModelParser(config, manifest, config))]
    return _parsers[0][1]


def _macro_for(updater: Any, node: Any) -> Any:
    return updater.package_updaters.get(node.package_name, updater.default_updater).macro


def _resolve(parser: Any, memo: Memo, node: Any, component: str, override: Any) -> None:
    updater = parser._update_node_database if component == "database" else parser._update_node_schema
    macro = _macro_for(updater, node)
    if _looks_at_nodes(parser, macro):
        updater(node, override)
        return
    key = (component, macro.unique_id, override)
    if key not in memo:
        updater(node, override)
        memo[key] = getattr(node, component)
    else:
        setattr(node, component, memo[key])


def _looks_at_nodes(parser: Any, macro: Any) -> bool:
    """Whether a name may differ between nodes of the same configuration."""
    if macro.package_name != "dbt":
        return _uses_node(macro.macro_sql)
    known = _overridden.get(macro.unique_id)
    if known is None or known[0] is not parser.manifest:
        overridden = any(
            other.package_name != "dbt" and other.name.endswith(f"__{macro.name}")
            for other in parser.manifest.macros.values()
        )
        known = _overridden[macro.unique_id] = (parser.manifest, overridden)
    return known[1]


_overridden: dict[str, tuple[Any, bool]] = {}


def _uses_node(macro_sql: str) -> bool:
    """Whether a generate_*_name macro looks at its node (its signature names it in any case)."""
    return macro_sql.count("node") > 1
