"""The manifest of a session and everything that changes it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from millrace_worker.dbt.engine import OverlayChange, Progress
from millrace_worker.dbt.errors import located_error
from millrace_worker.dbt.files import WorkingTree, reading
from millrace_worker.dbt.loader import full_parse
from millrace_worker.dbt.settings import load_config
from millrace_worker.protocol.errors import WorkerError
from dbt.node_types import NodeType


class Graph:
    """Last good manifest, the tree it came from, and what is wrong with the files that it does not show yet."""

    def __init__(self, *, tree: WorkingTree, environment: Mapping[str, Any], variables: Mapping[str, Any]) -> None:
        self.tree = tree
        self.environment = dict(environment)
        self.variables = dict(variables)
        self.secrets: Mapping[str, Any] | None = None
        self.config: Any = None
        self.manifest: Any = None
        self.version = 0
        self.pending: set[str] = set()
        self.errors: dict[str, WorkerError] = {}
        self.project_error: WorkerError | None = None

    @property
    def error(self) -> WorkerError | None:
        if self.project_error is not None:
            return self.project_error
        return next(iter(self.errors.values()), None)

    @property
    def models(self) -> int:
        if self.manifest is None:
            return 0
        return sum(1 for node in self.manifest.nodes.values() if node.resource_type == NodeType.Model)

    def located(self, error: BaseException, path: str | None) -> WorkerError:
        return located_error(
            error,
            text_of=self.tree.text,
            path=path,
            secrets=[str(value) for value in (self.secrets or {}).values()],
            root=self.tree.root,
        )

    def load(self, progress: Progress | None = None) -> None:
        """A full parse. A failure keeps the last good manifest and is told in `error`."""
        try:
            with reading(self.tree):
                config = load_config(self.tree.root, self.environment, self.variables, self.secrets)
                manifest = full_parse(config, progress)
        except Exception as error:
            self.project_error = self.located(error, None)
            return
        self.config, self.manifest = config, manifest
        self.project_error = None
        self.errors.clear()
        self.pending.clear()
        self.version += 1

    def personalise(
        self, project_root: str, schema: str, secrets: Mapping[str, Any], settings: Mapping[str, Any]
    ) -> None:
        self.tree = WorkingTree(project_root, self.tree.overlay)
        self.secrets = dict(secrets)
        self.environment.update(schema=schema, settings=dict(settings))
        self.load()

    def sync_with_disk(self) -> None:
        if self.tree.overlay:
            self.tree.overlay.clear()
            self.load()

    def overlay(self, changes: Iterable[OverlayChange]) -> None:
        for change in changes:
            path = change["path"]
            if change["deleted"]:
                self.tree.overlay[path] = None
            elif change["text"] is None:
                self.tree.overlay.pop(path, None)
            else:
                self.tree.overlay[path] = change["text"]
            self.pending.add(path)

    def files_changed(self, paths: Iterable[str]) -> None:
        self.pending.update(path for path in paths if path not in self.tree.overlay)

    def run_pending(self) -> None:
        if self.pending:
            self.load()
            self.pending.clear()

    def project_of(self, path: str) -> tuple[str, str] | None:
        """The dbt project (package) that a file belongs to and its path there."""
        absolute = os.path.join(self.tree.root, path)
        for name, project in (self.config.dependencies or {}).items():
            root = os.path.normpath(str(project.project_root))
            if name != self.config.project_name and absolute.startswith(root + os.sep):
                return name, absolute[len(root) + 1 :]
        return self.config.project_name, path

    def node(self, *, path: str | None, unique_id: str | None) -> Any:
        """The node of a file or an id, or None."""
        if self.manifest is None:
            return None
        if unique_id is not None:
            return self.manifest.nodes.get(unique_id)
        if path is None:
            return None
        project, below = self.project_of(path) or ("", path)
        source_file = self.manifest.files.get(f"{project}://{below}")
        for candidate in getattr(source_file, "nodes", None) or []:
            node = self.manifest.nodes.get(candidate)
            if node is not None:
                return node
        return None
