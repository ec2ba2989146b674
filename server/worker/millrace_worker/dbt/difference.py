"""What of a project's files is to be parsed again: dbt's own answer, asked only for files that someone changed."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from dbt.constants import DEFAULT_ENV_PLACEHOLDER
from dbt.contracts.files import ParseFileType
from dbt.exceptions import YamlParseDictError
from dbt.parser.partial import PartialParsing, mg_files
from dbt_common.dataclass_schema import ValidationError

import millrace_worker.dbt.runtime  # noqa: F401  before any other part of dbt
from millrace_worker.dbt.runtime import environment_variables
from millrace_worker.dbt.edges import whole_of
from millrace_worker.dbt.loader import FullParseNeeded
from millrace_worker.dbt.macro_changes import same_for_callers
from millrace_worker.dbt.plain_macros import defines_variables, own_variables, plain_variables


class Difference(PartialParsing):  # type: ignore[misc]
    """What of the files is new, told by who changed them."""

    def __init__(
        self, saved: Any, new_files: Any, changed: Iterable[str], forced: Iterable[str], config: Any, patch: Any
    ) -> None:
        self._config = config
        self._patch = patch
        self._changed = list(dict.fromkeys(changed))
        self._forced = list(dict.fromkeys(forced))
        self._near = False
        super().__init__(saved, new_files)

    def schedule_referencing_nodes_for_parsing(self, unique_id: str) -> None:
        """Not what refers to the nodes that refer to it, which dbt takes along: nothing changes for those."""
        if self._near:
            return
        self._near = True
        try:
            super().schedule_referencing_nodes_for_parsing(unique_id)
        finally:
            self._near = False

    def schedule_nodes_for_parsing(self, unique_ids: Iterable[str]) -> None:
        """What refers to them finds them again; if not, `partial_parse` sees that it is left behind."""
        before, self._near = self._near, True
        try:
            super().schedule_nodes_for_parsing(list(unique_ids))
        finally:
            self._near = before

    def schedule_macro_nodes_for_parsing(self, unique_ids: Iterable[str]) -> None:
        """Of many callers of a macro most are parsed later; macros among them at once, since they decide who calls."""
        wanted = list(unique_ids)
        nodes = [unique_id for unique_id in wanted if dict.__contains__(self.saved_manifest.nodes, unique_id)]
        later = dict.fromkeys(self._patch.later(nodes))
        self._patch.owed.update(later)
        self._schedule([unique_id for unique_id in wanted if unique_id not in later])

    def delete_macro_file(self, source_file: Any, follow_references: bool = False) -> None:
        """dbt takes it from the new files then, of which ours has only what changed."""
        self.new_files.keep(source_file)
        super().delete_macro_file(source_file, follow_references)

    def _schedule(self, unique_ids: list[str]) -> None:
        before, self._near = self._near, True
        try:
            super().schedule_macro_nodes_for_parsing(unique_ids)
        finally:
            self._near = before

    def recursively_gather_macro_references(self, macro_unique_id: str, referencing_nodes: list[str]) -> None:
        """dbt looks each of thousands up in the list of them."""
        found = dict.fromkeys(referencing_nodes)
        waiting = [macro_unique_id]
        while waiting:
            fresh = [unique_id for unique_id in self.macro_child_map[waiting.pop()] if unique_id not in found]
            found.update(dict.fromkeys(fresh))
            waiting.extend(unique_id for unique_id in fresh if unique_id.startswith("macro."))
        referencing_nodes[:] = found

    def skip_parsing(self) -> bool:
        return not self._patch.again and super().skip_parsing()

    def get_parsing_files(self) -> Any:
        found = super().get_parsing_files()
        self._schedule(self._patch.again)
        return found

    def delete_schema_source(self, schema_file: Any, source_dict: Any) -> None:
        before, self._near = self._near, True
        try:
            super().delete_schema_source(schema_file, source_dict)
        finally:
            self._near = before

    def update_macro_in_saved(self, new_source_file: Any, old_source_file: Any) -> None:
        """What calls the macros is left as it is, where it cannot tell the difference."""
        if self.already_scheduled_for_parsing(old_source_file):
            return
        saved = self.saved_manifest
        macros = [dict.get(saved.macros, unique_id) for unique_id in old_source_file.macros]
        callers = whole_of(saved).callers
        if None in macros or not same_for_callers(
            macros,
            new_source_file.contents or "",
            lambda unique_id: callers.get(unique_id, ()),
            lambda unique_id: dict.get(saved.nodes, unique_id) or dict.get(saved.macros, unique_id),
            self._plain_variables(),
        ):
            super().update_macro_in_saved(new_source_file, old_source_file)
            return
        self.handle_macro_file_links(old_source_file, follow_references=False)
        self.saved_files[new_source_file.file_id] = copy.deepcopy(new_source_file)
        self.add_to_pp_files(new_source_file)

    def _plain_variables(self) -> bool:
        """Whether `var` is dbt's own, also with the files that are new, and no value of one is a template."""
        new = (self.new_files.get(name) for name in self._changed)
        if any(file is not None and defines_variables(file.contents or "") for file in new):
            return False
        return plain_variables(self._config) and not own_variables(dict.keys(self.saved_manifest.macros))

    def change_schema_file(self, file_id: str) -> None:
        super().change_schema_file(file_id)
        # Another file that changed before may have had an element applied again that this file no longer has.
        schema_file = self.saved_files[file_id]
        for key, elements in list((schema_file.pp_dict or {}).items()):
            names = {element["name"] for element in schema_file.dfy.get(key) or []}
            schema_file.pp_dict[key] = [element for element in elements if element["name"] in names]

    def update_doc_in_saved(self, new_source_file: Any, old_source_file: Any) -> None:
        """A docs block is in descriptions alone: those are rendered again, and nothing is parsed but the block."""
        if self.already_scheduled_for_parsing(old_source_file):
            return
        others = [unique_id for unique_id in old_source_file.nodes if not self._described_again(unique_id)]
        described = [unique_id for unique_id in old_source_file.nodes if unique_id not in others]
        old_source_file.nodes = others
        self.delete_doc_node(old_source_file)
        fresh = copy.deepcopy(new_source_file)
        fresh.nodes = described
        self.saved_files[fresh.file_id] = fresh
        self.add_to_pp_files(fresh)

    def _described_again(self, unique_id: str) -> bool:
        """Gives a node back its descriptions as they stand in YAML, which dbt renders where a node is new."""
        node = self.saved_manifest.nodes.get(unique_id)
        if node is None:
            # it is parsed again for another reason, or it is none
            return unique_id.split(".")[0] in _DESCRIBED and unique_id not in self.saved_manifest.disabled
        key = _DESCRIBED.get(node.resource_type)
        schema_file = self.saved_files.get(node.patch_path) if node.patch_path is not None else None
        elements = (getattr(schema_file, "dfy", None) or {}).get(key, [])
        found = [element for element in elements if element.get("name") == node.name]
        if len(found) != 1 or found[0].get("versions") or not _is_described(found[0], node):
            return False
        node.description = found[0].get("description", "")
        texts = {column["name"]: column.get("description", "") for column in found[0].get("columns") or []}
        node.columns = {
            name: replace(column, description=texts.get(name, column.description))
            for name, column in node.columns.items()
        }
        node.created_at = time.time()
        return True

    def build_env_vars_to_files(self) -> Any:
        known = environment_variables()
        saved = self.saved_manifest.env_vars
        changed = [
            name
            for name, value in saved.items()
            if value != known.get(name) and not (name not in known and value == DEFAULT_ENV_PLACEHOLDER)
        ]
        if not changed:
            return [], {}
        for name in changed:
            if name not in known:
                del saved[name]
        files: list[str] = []
        schema_files: dict[str, dict[str, list[str]]] = {}
        for file_id, source_file in dict.items(self.saved_files):
            used = getattr(source_file, "env_vars", None)
            if not used:
                continue
            if source_file.parse_file_type == ParseFileType.Schema:
                for key, names in used.items():
                    touched = [name for name, variables in names.items() if not set(changed).isdisjoint(variables)]
                    if touched:
                        schema_files.setdefault(file_id, {})[key] = touched
            elif not set(changed).isdisjoint(used):
                files.append(file_id)
        return files, schema_files

    def build_file_diff(self) -> None:
        difference: dict[str, list[str]] = {
            name: []
            for name in ("deleted", "deleted_schema_files", "added", "changed", "changed_schema_files", "unchanged")
        }
        macros = False
        for file_id in self._changed:
            old, new = self.saved_files.get(file_id), self.new_files.get(file_id)
            if old is None and new is None:
                continue
            is_schema = (old or new).parse_file_type == ParseFileType.Schema
            if old is None:
                difference["added"].append(file_id)
                continue
            if new is None:
                difference["deleted_schema_files" if is_schema else "deleted"].append(file_id)
            elif old.checksum != new.checksum:
                difference["changed_schema_files" if is_schema else "changed"].append(file_id)
            else:
                continue
            macros = macros or old.parse_file_type in mg_files
        if macros:
            self.macro_child_map = Callers(whole_of(self.saved_manifest).callers)
            self._forced += self._switched_off([*difference["changed"], *difference["deleted"]])
        known = {*difference["changed"], *difference["deleted"], *difference["added"]}
        difference["changed"] += [
            name for name in dict.fromkeys(self._forced) if name in self.saved_files and name not in known
        ]
        for file_id in self.env_vars_changed_source_files:
            if file_id not in difference["deleted"] and file_id not in difference["changed"]:
                difference["changed"].append(file_id)
        for file_id in self.env_vars_changed_schema_files:
            if file_id not in difference["deleted_schema_files"] and file_id not in difference["changed_schema_files"]:
                difference["changed_schema_files"].append(file_id)
        for file_id in [*difference["added"], *difference["changed_schema_files"]]:
            _check_names(self.new_files[file_id])
        self.file_diff = difference

    def _switched_off(self, changed: Iterable[str]) -> list[str]:
        """Files of disabled nodes that call a macro of the changed files, which may switch them on: dbt's map of
        callers leaves them out."""
        disabled = [node for nodes in dict.values(self.saved_manifest.disabled) for node in nodes]
        if not disabled:
            return []
        changing: dict[str, None] = {}
        texts: list[str] = []
        for file_id in changed:
            source_file = self.saved_files[file_id]
            if source_file.parse_file_type in mg_files:
                changing.update(dict.fromkeys(source_file.macros))
                texts.append(getattr(self.new_files.get(file_id), "contents", None) or "")
        gathered = list(changing)
        for unique_id in changing:
            self.recursively_gather_macro_references(unique_id, gathered)
        calling = {unique_id for unique_id in gathered if unique_id.startswith("macro.")}
        files: list[str] = []
        for node in disabled:
            macros = getattr(getattr(node, "depends_on", None), "macros", None) or []
            source_file = self.saved_files.get(node.file_id)
            if source_file is None or calling.isdisjoint(macros):
                continue
            if source_file.parse_file_type != ParseFileType.Schema:
                files.append(node.file_id)
                continue
            texts.extend(macro.macro_sql for key in calling if (macro := dict.get(self.saved_manifest.macros, key)))
            if any("enabled" in text for text in texts):
                raise FullParseNeeded("a macro that switches things off may switch a test on")
        return files


_DESCRIBED = {"model": "models", "seed": "seeds", "snapshot": "snapshots"}


def _is_described(element: Any, node: Any) -> bool:
    """Whether all descriptions are plain texts of columns that the node has."""
    columns = element.get("columns") or []
    texts = [element.get("description", ""), *(column.get("description", "") for column in columns)]
    names = [column.get("name") for column in columns]
    return all(isinstance(text, str) for text in texts) and sorted(map(str, names)) == sorted(node.columns)


class Callers(dict[str, list[str]]):
    """dbt's map of macros to what calls them."""

    def __init__(self, callers: Mapping[str, set[str]]) -> None:
        super().__init__()
        self._callers = callers

    def __missing__(self, key: str) -> list[str]:
        return sorted(self._callers.get(key, ()))

    def __bool__(self) -> bool:
        return True


def _check_names(source_file: Any) -> None:
    """An element without a name, as anyone types it: dbt's comparison fails on it without a word, and starts over."""
    for key, elements in (getattr(source_file, "dfy", None) or {}).items():
        if not isinstance(elements, list):
            continue
        for element in elements:
            if isinstance(element, dict) and "name" not in element:
                problem = ValidationError("at path []: 'name' is a required property")
                raise YamlParseDictError(source_file.path.original_file_path, key, element, problem)
