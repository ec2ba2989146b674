"""The manifest of a session and everything that changes it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dbt.adapters.factory import get_adapter
from dbt.contracts.files import FileHash, ParseFileType

from millrace_worker.dbt.files import WorkingTree, reading
from millrace_worker.dbt.runtime import environment_variables, restored_globals
from millrace_worker.dbt import personal
from millrace_worker.dbt.callers import Callers
from millrace_worker.dbt.changes import changes_of
from millrace_worker.dbt.edges import forget_whole, whole_of
from millrace_worker.dbt.engine import OverlayChange, Progress
from millrace_worker.dbt.errors import located_error
from millrace_worker.dbt.journal import prepare
from millrace_worker.dbt.loader import FullParseNeeded, full_parse, set_lazy_graph
from millrace_worker.dbt.partial import force_reparse, kinds_of, partial_parse
from millrace_worker.dbt.patch import ModelPatcher, NotFast
from millrace_worker.dbt.profile import build_profile
from millrace_worker.dbt.saved import PROJECT_FILES, Beside, NotRestored, header_of, pack, project_files, restored
from millrace_worker.dbt.settings import load_config
from millrace_worker.protocol.errors import WorkerError

_MACRO_FILES = (ParseFileType.Macro, ParseFileType.GenericTest)


class Graph:
    """Last good manifest, the tree it came from, and what is wrong with the files that it does not show yet.

    `base` is what dbt parsed last, with the nodes patched since in the place of its own; `manifest` is what is shown.
    """

    def __init__(self, *, tree: WorkingTree, environment: Mapping[str, Any], variables: Mapping[str, Any]) -> None:
        self.tree = tree
        self.environment = dict(environment)
        self.variables = dict(variables)
        self.secrets: Mapping[str, Any] | None = None
        self.config: Any = None
        self.base: Any = None
        self.manifest: Any = None
        self.version = 0
        self.revision = 0
        self.pending: set[str] = set()
        self.changed_paths: set[str] = set()
        """Everything that was said to have changed, since the process was forked."""
        self.errors: dict[str, WorkerError] = {}
        self.project_error: WorkerError | None = None
        self.personal_files: set[str] = set()
        self._package_files: list[tuple[str, Any]] | None = None
        self.opened = "parsed"
        """How the first manifest was made, for the log."""
        self._originals: dict[str, Any] = {}
        """Nodes of the last parse in whose place others stand now."""
        self._fast_paths: set[str] = set()
        self._patcher: ModelPatcher | None = None
        self.callers = Callers()

    @property
    def error(self) -> WorkerError | None:
        """The first thing that is wrong."""
        if self.project_error is not None:
            return self.project_error
        return next(iter(self.errors.values()), None)

    @property
    def models(self) -> int:
        """Number of models in the last good graph."""
        if self.manifest is None:
            return 0
        return whole_of(self.manifest).models

    def located(self, error: BaseException, path: str | None, changed: Iterable[str] = ()) -> WorkerError:
        """dbt's error at its place in this tree."""
        return located_error(
            error,
            text_of=self.tree.text,
            path=path,
            secrets=[str(value) for value in (self.secrets or {}).values()],
            root=self.tree.root,
            changed=changed,
        )

    # -- parsing ------------------------------------------------------------------------------------------------

    def open(self, progress: Progress, saved: bytes | memoryview | None) -> None:
        """The first manifest: from a saved parse, where there is one that serves, else by a full parse."""
        if saved is None or not self._restore(saved, progress):
            self.load(progress)

    def _restore(self, saved: bytes | memoryview, progress: Progress) -> bool:
        personal.READS.clear()
        try:
            beside = header_of(saved)
            with reading(self.tree), restored_globals():
                environment = {**self.environment, "schema": beside.schema}
                config = load_config(self.tree.root, environment, self.variables, self.secrets)
                manifest = restored(config, self.tree, saved, progress)
        except Exception as error:
            # whatever is wrong, with the saved parse or with the project: the full parse that follows says so
            self.opened = f"parsed, {error if isinstance(error, NotRestored) else type(error).__name__}"
            return False
        self.environment, self.config, self.opened = environment, config, "restored"
        personal.READS.names.update(beside.names)
        self.personal_files = {*beside.files, *personal.READS.files}
        self._settled(manifest)
        return True

    def pack(self) -> bytes:
        """A parse to be kept. Only in a fork: it tears what is not kept."""
        names, files = sorted(personal.READS.names), sorted(self.personal_files)
        schema = str(self.environment["schema"])
        return pack(self.base, Beside(schema, tuple(files), tuple(names), project_files(self.tree)))

    def load(self, progress: Progress | None = None) -> bool:
        """A full parse. A failure keeps the last good manifest and is told in `error`."""
        personal.READS.clear()
        where: str | None = "dbt_project.yml"
        try:
            with reading(self.tree), restored_globals():
                config = load_config(self.tree.root, self.environment, self.variables, self.secrets)
                where = None
                manifest = full_parse(config, progress)
        except Exception as error:
            self.project_error = self.located(error, where, self._file_paths())
            self.pending.clear()
            return False
        self.config = config
        self.personal_files = set(personal.READS.files)
        self.errors.clear()
        self._settled(manifest)
        return True

    def _settled(self, base: Any) -> None:
        prepare(base)
        if base is not self.base:
            self.callers.forget()
        self.base = self.manifest = base
        self.project_error = None
        self.pending.clear()
        self._originals.clear()
        self._fast_paths.clear()
        self._patcher = None
        self._package_files = None
        self.version += 1
        self.revision += 1

    def _refresh(self) -> None:
        """After nodes were replaced."""
        set_lazy_graph(self.manifest)
        get_adapter(self.config).set_macro_resolver(self.manifest)
        self.version += 1

    def _lay_aside(self) -> dict[str, Any]:
        """The base as it was parsed. Returns the nodes that stood in the place of its own."""
        shown = {unique_id: self.base.nodes[unique_id] for unique_id in self._originals}
        for unique_id, original in self._originals.items():
            self.base.nodes[unique_id] = original
        self._originals.clear()
        return shown

    def _file_paths(self) -> Iterator[str]:
        written = ("target", "logs") if self.config is None else (self.config.target_path, self.config.log_path)
        outputs = {os.path.normpath(os.path.join(self.tree.root, path)) for path in written}
        for folder, folders, names in os.walk(self.tree.root):
            folders[:] = [
                name for name in folders if not name.startswith(".") and os.path.join(folder, name) not in outputs
            ]
            yield from (os.path.relpath(os.path.join(folder, name), self.tree.root) for name in names)

    def personalise(
        self, project_root: str, schema: str, secrets: Mapping[str, Any], settings: Mapping[str, Any]
    ) -> None:
        """This person's tree, schema and credentials, with as little parsing as their difference needs."""
        old_root = self.tree.root
        self.tree = WorkingTree(project_root, self.tree.overlay)
        self.secrets = dict(secrets)
        self.environment.update(schema=schema, settings=dict(settings))
        if self.config is None or self.base is None or self._project_reads_personal_values():
            self.load()
            return
        try:
            profile = build_profile(self.environment, secrets=self.secrets, profile_name=self.config.profile_name)
        except Exception as error:
            self.project_error = self.located(error, None)
            return
        old, new = self.config.credentials, profile.credentials
        personal.adopt_credentials(self.config, new, old_root, self.tree.root)
        if old.database != new.database:
            self.load()
            return
        with reading(self.tree):
            personal.make_names_personal(self.config, self.base)
            if "alias" in personal.READS.names:
                forget_whole(self.base)
            changed = {*self.personal_files} if old.to_dict() != new.to_dict() else set()
            force_reparse(self.base, changed)
            parts = {tuple(file_id.split("://", 1)) for file_id in changed if file_id in self.base.files}
            if changed or self._environment_differs():
                self._partial_or_full([(package, path) for package, path in parts])

    def _project_reads_personal_values(self) -> bool:
        if personal.PROJECT in self.personal_files:
            return True
        known = environment_variables()
        return any(known.get(name) != value for name, value in (self.config.project_env_vars or {}).items())

    def _environment_differs(self) -> bool:
        known = environment_variables()
        return any(known.get(name) != value for name, value in self.base.env_vars.items() if name in known)

    def _partial_or_full(self, changed: list[tuple[str, str]]) -> None:
        try:
            self._settled(partial_parse(self.config, self.base, self.tree, changed))
        except Exception:
            # the base is torn, or dbt wants to start over: a full parse tells what is wrong, if anything is
            self.base = None
            self.load()

    # -- changes ------------------------------------------------------------------------------------------------

    def sync_with_disk(self, changed: Iterable[str] | None = None) -> None:
        """Applies what differs between the parsed files and the tree on disk; `changed` when the caller knows it."""
        hidden = set(self.tree.overlay)
        self.tree.overlay.clear()
        if self.base is None:
            self.load()
            return
        if changed is None:
            self._changed({*hidden, *self._differing()})
        else:
            # Packages are seldom in Git, so nobody tells of them.
            self._changed({*hidden, *map(os.path.normpath, changed), *self._differing_packages()})
        self.run_pending()

    def _differing_packages(self) -> set[str]:
        """Paths below the root of packages' files that are not what was parsed."""
        if self._package_files is None:
            self._package_files = list(self._files_of_packages())
        return {path for path, file in self._package_files if not self._same(file, self.tree.text(path))}

    def _files_of_packages(self) -> Iterator[tuple[str, Any]]:
        for source_file in self.base.files.values():
            if source_file.project_name != self.config.project_name:
                path = self.tree_path(source_file.project_name, source_file.path.original_file_path)
                if path is not None:
                    yield path, source_file

    def _differing(self) -> set[str]:
        """Paths whose text on disk is not what was parsed, and files that came or went."""
        differing = set()
        known = set()
        for source_file in self.base.files.values():
            path = self.tree_path(source_file.project_name, source_file.path.original_file_path)
            if path is None:
                continue
            known.add(path)
            if not self._same(source_file, self.tree.text(path)):
                differing.add(path)
        differing.update(path for path in self._file_paths() if path not in known and self._kinds(path))
        return differing

    def _same(self, source_file: Any, text: str | None) -> bool:
        return text is not None and source_file.checksum == FileHash.from_contents(text.strip())

    def overlay(self, changes: Iterable[OverlayChange]) -> None:
        """Unsaved texts."""
        paths = []
        for change in changes:
            path = os.path.normpath(change["path"])
            if change["deleted"]:
                self.tree.overlay[path] = None
            elif change["text"] is None:
                self.tree.overlay.pop(path, None)
            else:
                self.tree.overlay[path] = change["text"]
            paths.append(path)
        self._changed(paths)

    def files_changed(self, paths: Iterable[str]) -> None:
        """Files that changed on disk; an unsaved text above one still counts."""
        self._changed([path for path in map(os.path.normpath, paths) if path not in self.tree.overlay])

    def _changed(self, paths: Iterable[str]) -> None:
        touched = False
        self.revision += 1
        for path in paths:
            self.changed_paths.add(path)
            if self.base is None:
                self.pending.add(path)
            elif self._patch(path):
                touched = True
        if touched:
            self._refresh()
            self.pending.update(path for path in self.errors if not self._is_fast(path))

    def _is_fast(self, path: str) -> bool:
        package, below = self.package_of(path)
        return self._patcher is not None and self._patcher.is_fast(f"{package}://{below}")

    def _patch(self, path: str) -> bool:
        """Takes a changed path in: at once when it can be, else it becomes pending. True when the nodes changed."""
        package, below = self.package_of(path)
        file_id = f"{package}://{below}"
        text = self.tree.text(path)
        if self._patcher is None:
            self._patcher = ModelPatcher(self.config, self.base)
        source_file = self.base.files.get(file_id)
        if source_file is not None and self._same(source_file, text) and path not in self.pending:
            self.errors.pop(path, None)
            self._fast_paths.discard(path)
            mine = [unique_id for unique_id in getattr(source_file, "nodes", []) if unique_id in self._originals]
            for unique_id in mine:
                self.base.nodes[unique_id] = self._originals.pop(unique_id)
            changes_of(self.base).ids.update(mine)
            return bool(mine)
        if text is not None and self._patcher.is_fast(file_id):
            try:
                with reading(self.tree):
                    node = self._patcher.node_for(file_id, text)
            except NotFast:
                self.pending.add(path)
            except Exception as error:
                self.errors.pop(path, None)
                self.errors[path] = self.located(error, path)
            else:
                self.errors.pop(path, None)
                self.pending.discard(path)
                self._originals.setdefault(node.unique_id, self.base.nodes[node.unique_id])
                self.base.nodes[node.unique_id] = node
                changes_of(self.base).ids.add(node.unique_id)
                self._fast_paths.add(path)
                return True
        elif source_file is not None or path in PROJECT_FILES or self._kinds(path) or below in PROJECT_FILES:
            self.pending.add(path)
        return False

    def _kinds(self, path: str) -> bool:
        package, below = self.package_of(path)
        return bool(kinds_of(self.config.load_dependencies()[package], below))

    def first_patcher(self) -> ModelPatcher:
        """Makes what the first edit needs, so that sessions share it: parsers, maps, and which files are packages'."""
        whole_of(self.base)
        self._package_files = list(self._files_of_packages())
        self._patcher = ModelPatcher(self.config, self.base)
        return self._patcher

    def run_pending(self) -> None:
        """Brings the base up to date with everything that is not broken."""
        if not self.pending:
            return
        if self.base is None or any(self.package_of(path)[1] in PROJECT_FILES for path in self.pending):
            self.load()
            return
        broken: dict[str, WorkerError] = {}
        self._lay_aside()
        if self.callers.are_undone(self._is_before):
            self._take_back_callers(())
        wanted = sorted({*self.pending, *self._fast_paths, *self.errors})
        while wanted:
            failure = self.take_in(wanted)
            if failure is None:
                break
            culprit = failure.location["path"] if failure.location is not None else None
            if len(wanted) == 1:
                culprit = wanted[0]
            elif culprit not in wanted:
                culprit = next((path for path in wanted if self.take_in([path], trial=True) is not None), wanted[-1])
            broken[str(culprit)] = failure
            wanted = [path for path in wanted if path != culprit]
        else:
            self._fast_paths.clear()
            self._refresh()
        self.pending.clear()
        self.errors = broken

    def take_in(self, paths: list[str], *, trial: bool = False) -> WorkerError | None:
        """Takes files in, or (also in a trial) leaves everything as it is and says what is wrong."""
        changed = [self.package_of(path) for path in paths]
        try:
            with reading(self.tree):
                partial_parse(
                    self.config,
                    self.base,
                    self.tree,
                    changed,
                    trial=trial,
                    later=self.callers.later,
                    settled=lambda patch: self.callers.took_in(patch, paths),
                )
        except FullParseNeeded:
            return None if trial else self._full_trial()
        except Exception as error:
            return self.located(error, paths[0] if len(paths) == 1 else None, paths)
        if not trial:
            self._settled(self.base)
        return None

    def _full_trial(self) -> WorkerError | None:
        """dbt would start over: nothing is torn by trying that, the manifest is a new one."""
        errors = dict(self.errors)
        if self.load():
            return None
        failure, self.project_error = self.project_error, None
        self.errors = errors
        return failure

    def read_callers(self, unique_ids: Iterable[str] | None = None) -> bool:
        """Parses some of the callers that are owed: the next of them, or which of these are. False when none is."""
        owed = self.callers.next() if unique_ids is None else self.callers.asked(unique_ids)
        if not owed:
            return False
        started = time.process_time()
        shown = self._lay_aside()
        edited = [
            path for path in self._fast_paths if getattr(self.node(path=path, unique_id=None), "unique_id", "") in owed
        ]
        try:
            with reading(self.tree):
                partial_parse(
                    self.config,
                    self.base,
                    self.tree,
                    [self.package_of(path) for path in edited],
                    nodes=owed,
                    settled=lambda patch: self.callers.took_in(patch, edited, owed),
                )
        except Exception:
            # The changed macro is to blame, or dbt would start over: the patch that follows says so of its file.
            self._take_back_callers(owed)
            self.run_pending()
            return True
        for unique_id, node in shown.items():
            if unique_id not in owed and unique_id in self.base.nodes:
                self._originals[unique_id] = self.base.nodes[unique_id]
                self.base.nodes[unique_id] = node
        self._fast_paths.difference_update(edited)
        self.callers.took(len(owed), started)
        if not self.callers.owed:
            self.revision += 1
            self._refresh()
        return True

    def _take_back_callers(self, failed: Iterable[str]) -> None:
        """Everything since a macro changed that these call; its files are pending again."""
        self.pending.update([*self.callers.take_back(self.config, failed), *self._fast_paths, *self.errors])
        self._fast_paths.clear()
        self._patcher = None
        self.revision += 1

    def _is_before(self, path: str, before: Mapping[str, Any]) -> bool:
        """Whether a file of macros has the text again that it had; `before`: files that were parsed since, or None."""
        package, below = self.package_of(path)
        file_id = f"{package}://{below}"
        file, text = before.get(file_id), self.tree.text(path)
        known = file or self.base.files.get(file_id)
        if file_id not in before or known is None or known.parse_file_type not in _MACRO_FILES:
            return True
        return text is None if file is None else self._same(file, text)

    # -- looking ------------------------------------------------------------------------------------------------

    def package_of(self, path: str) -> tuple[str, str]:
        """The dbt project (package) that a file belongs to and its path there."""
        absolute = os.path.join(self.tree.root, path)
        for name, project in (self.config.dependencies or {}).items():
            root = os.path.normpath(str(project.project_root))
            if name != self.config.project_name and absolute.startswith(root + os.sep):
                return name, absolute[len(root) + 1 :]
        return self.config.project_name, path

    def tree_path(self, package: str, below: str) -> str | None:
        """The path in the working tree of a package's file; None when the package is not in it."""
        project = self.config.load_dependencies().get(package)
        return None if project is None else self.tree.relative(os.path.join(str(project.project_root), below))

    def node(self, *, path: str | None, unique_id: str | None) -> Any:
        """The node of a file or an id, or None."""
        if self.manifest is None:
            return None
        if unique_id is not None:
            return self.manifest.nodes.get(unique_id) or getattr(self.manifest, "functions", {}).get(unique_id)
        if path is None:
            return None
        package, below = self.package_of(path)
        source_file = self.manifest.files.get(f"{package}://{below}")
        for candidate in getattr(source_file, "nodes", None) or []:
            node = self.manifest.nodes.get(candidate)
            if node is not None:
                return node
        return None
