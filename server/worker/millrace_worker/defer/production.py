"""Where production's nodes are, from a manifest.json, read by dbt's own classes."""

from __future__ import annotations

import gc
import json
import os
import pickle
import re
import resource
import sys
from dataclasses import dataclass, field, replace
from typing import Any

from dbt.artifacts.schemas.manifest import WritableManifest
from dbt.contracts.graph.manifest import Manifest
from dbt.node_types import REFABLE_NODE_TYPES

import millrace_worker.dbt.runtime  # noqa: F401  before any other part of dbt
from millrace_worker.protocol.errors import WorkerError

_PLACE = ("database", "schema", "alias", "relation_name", "resource_type", "name", "config")
_REQUIRED = ("package_name", "path", "original_file_path", "unique_id", "fqn", "checksum", "raw_code", "raw_sql")
"""Beside what says where a node is, without which dbt's classes cannot be made."""
_UNUSED = ("sources", "macros", "docs", "exposures", "metrics", "groups", "selectors", "disabled", "saved_queries")
_UNUSED_TOO = ("parent_map", "child_map", "group_map", "semantic_models", "unit_tests")


@dataclass
class Production:
    """What a state says, by unique id."""

    dbt_version: str | None = None
    generated_at: str | None = None
    relations: dict[str, Any] = field(default_factory=dict)
    """dbt's `DeferRelation` of each model, seed and snapshot that is not ephemeral there."""
    functions: dict[str, Any] = field(default_factory=dict)


def read_production(path: str, project_name: str) -> Production:
    """Reads it in a fork: a manifest takes far more memory than what is kept of it. Raises WorkerError."""
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(receive)
            # A million objects that all stay: looking for garbage among them takes longer than making them.
            gc.disable()
            # What a query may take beside its session: this is as short-lived as one.
            ceiling = resource.getrlimit(resource.RLIMIT_AS)[1]
            resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))
            outcome: Any
            try:
                outcome = _read(path, project_name)
            except WorkerError as error:
                outcome = error.body()
            except MemoryError:
                outcome = _refusal("The production manifest is too large for the memory of a session.").body()
            sys.setrecursionlimit(20_000)
            with os.fdopen(send, "wb") as pipe:
                pickle.dump(outcome, pipe, pickle.HIGHEST_PROTOCOL)
        finally:
            os._exit(0)
    os.close(send)
    with os.fdopen(receive, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    if not data:
        raise _refusal("The process that read the production manifest ended without an answer.")
    outcome = pickle.loads(data)
    if isinstance(outcome, Production):
        return outcome
    raise WorkerError(outcome["code"], outcome["message"], hint=outcome["hint"], details=outcome["details"])


def _refusal(message: str, hint: str | None = None) -> WorkerError:
    return WorkerError("INVALID_INPUT", message, hint=hint, details={"defer": True})


def unreadable(error: OSError) -> WorkerError:
    """There is a file, and the session may not have it."""
    return _refusal(f"The production manifest cannot be read: {error.strerror}.", "Restart the dbt session.")


def missing() -> WorkerError:
    """There is no file."""
    return WorkerError(
        "NOT_FOUND",
        "There is no production manifest for this environment.",
        hint="Upload the manifest.json of a production run, or switch Defer off.",
        details={"defer": True},
    )


def _load(path: str) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            data = json.load(file)
    except FileNotFoundError:
        raise missing() from None
    except OSError as error:
        raise unreadable(error) from error
    except (ValueError, RecursionError) as error:
        raise _refusal(
            "The production manifest is no valid JSON.", "Upload the manifest.json of a production run again."
        ) from error
    if (
        not isinstance(data, dict)
        or not isinstance(data.get("nodes"), dict)
        or not isinstance(data.get("metadata"), dict)
    ):
        raise _refusal("The production manifest is no dbt manifest: it has no metadata or no nodes.")
    return data


def _read(path: str, project_name: str) -> Production:
    data = _load(path)
    metadata = data["metadata"]
    version = metadata.get("dbt_schema_version")
    if not WritableManifest.is_compatible_version(version):
        known = str(WritableManifest.dbt_schema_version.version)
        found = re.search(r"/manifest/v(\d+)\.json$", str(version))
        said = f"is of schema version {found.group(1)}" if found else "names no schema version of a manifest"
        raise _refusal(
            f"The production manifest {said}; this engine's dbt reads up to version {known}.",
            "Upload one that was made by a dbt version which the engine knows, or use a newer engine.",
        )
    projects = {str(unique_id).split(".")[1] for unique_id in data["nodes"] if str(unique_id).count(".") > 1}
    named = metadata.get("project_name")
    if (named is not None and named != project_name) or (named is None and project_name not in projects):
        other = named or ", ".join(sorted(projects)[:3]) or "an empty project"
        raise _refusal(
            f"The production manifest is of the dbt project {other}, not of {project_name}.",
            "Upload the manifest.json of this project's production run.",
        )
    refable = {str(kind.value) for kind in REFABLE_NODE_TYPES}
    # Tests and everything else that a `ref` never means: most of a manifest, and of the time that it takes.
    wanted = {*_PLACE, *_REQUIRED}
    data["nodes"] = {
        unique_id: {name: value for name, value in node.items() if name in wanted}
        for unique_id, node in data["nodes"].items()
        if isinstance(node, dict) and node.get("resource_type") in refable
    }
    data.update({name: {} for name in (*_UNUSED, *_UNUSED_TOO)})
    try:
        return _places(Manifest.from_writable_manifest(WritableManifest.upgrade_schema_version(data)), metadata)
    except Exception as error:
        raise _refusal(
            f"dbt cannot read the production manifest: {type(error).__name__}.",
            "Upload the manifest.json of a production run again.",
        ) from error


def _places(state: Any, metadata: dict[str, Any]) -> Production:
    """What dbt's own `merge_from_artifact` would give to each node."""
    kept = Manifest(nodes=dict(state.nodes))
    if hasattr(state, "functions"):  # dbt 1.10 has none
        kept.functions = dict(state.functions)
    kept.merge_from_artifact(state)
    configs: dict[str, Any] = {}

    def lean(relation: Any) -> Any:
        config = relation.config
        shared = configs.setdefault(repr(config), config)
        return replace(relation, description="", compiled_code=None, meta={}, tags=[], config=shared)

    relations = {
        unique_id: lean(node.defer_relation)
        for unique_id, node in kept.nodes.items()
        if getattr(node, "defer_relation", None) is not None
    }
    functions = {
        unique_id: function.defer_function
        for unique_id, function in getattr(kept, "functions", {}).items()
        if getattr(function, "defer_function", None) is not None
    }
    version, at = metadata.get("dbt_version"), metadata.get("generated_at")
    return Production(None if version is None else str(version), None if at is None else str(at), relations, functions)
