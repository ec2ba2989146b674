"""The shared part of the index with what a session adds is the whole index, whatever has been edited."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_client import Opened
from test_patched_graph import EDITS

from millrace_worker.dbt import Project, ProjectSpec
from millrace_worker.dbt.index_parts import DETAILS


def unpacked(text: str) -> str:
    return gzip.decompress(base64.b64decode(text)).decode()


def named(columns: Any) -> Iterator[dict[str, Any]]:
    for place, name in enumerate(columns["name"]):
        kind, package = columns["kinds"][columns["kind"][place]]
        yield {
            "uniqueId": columns["id"][place] or f"{kind}.{package}.{name}",
            "name": name,
            "resourceType": kind,
            "packageName": package,
            **{column: columns[column][place] for column in ("path", "sourceName", "version")},
        }


def assembled(parts: Any) -> Any:
    """As the browser does it."""
    if parts["whole"] is not None:
        return parts["whole"]
    shared = json.loads(unpacked(parts["base"]["names"]))
    head, *lines = unpacked(parts["base"]["rest"]).split("\n")
    rest = json.loads(head)
    shared["docs"] = rest["docs"]
    first = list(named(shared["nodes"]))
    found = [*first, *named(rest["tests"])]
    edges = {name: [*rest["nodes"][name], *rest["tests"][name]] for name in ("dependsOn", "patchPath")}
    checks = [None] * len(first) + rest["tests"]["checks"]

    def id_of(node: Any) -> Any:
        return first[node]["uniqueId"] if isinstance(node, int) else node

    nodes = {}
    for place, (node, line) in enumerate(zip(found, lines, strict=True)):
        node.update({**DETAILS, **json.loads(line)})
        node["columns"] = [dict(zip(("name", "type", "description"), one, strict=True)) for one in node["columns"]]
        if isinstance(node["relation"], list):
            node["relation"] = parts["prefixes"][node["relation"][0]] + node["relation"][1]
        node["patchPath"] = edges["patchPath"][place]
        node["dependsOn"] = [id_of(one) for one in edges["dependsOn"][place]]
        check = checks[place]
        if check is not None:
            check = dict(zip(("test", "packageName", "node", "column"), check, strict=True))
            check["node"] = id_of(check["node"])
        node["checks"] = check
        nodes[node["uniqueId"]] = node
    macros = {macro["uniqueId"]: macro for macro in shared["macros"]}
    changes = parts["changes"]
    for unique_id in changes["gone"]:
        nodes.pop(unique_id, None)
        macros.pop(unique_id, None)
    nodes.update({node["uniqueId"]: node for node in changes["nodes"]})
    macros.update({macro["uniqueId"]: macro for macro in changes["macros"]})
    docs = shared["docs"] if changes["docs"] is None else changes["docs"]
    kept = {name: shared[name] for name in ("projectName", "adapter", "vars", "modelPaths")}
    return {**kept, "version": parts["version"], "nodes": nodes.values(), "macros": macros.values(), "docs": docs}


def _sorted(index: Any) -> Any:
    by_id = {kind: {one["uniqueId"]: one for one in index[kind]} for kind in ("nodes", "macros")}
    return {**index, **by_id, "docs": sorted(index["docs"], key=lambda doc: (doc["packageName"], doc["name"]))}


@pytest.fixture
def ada(project_folder: Path, built: Path) -> Opened:
    """A session of someone whose schema is not the template's."""
    settings = {"path": str(built / "little.duckdb")}
    environment = {"adapter": "duckdb", "target": "dev", "schema": "main", "threads": 2, "settings": settings}
    text = (project_folder / "dbt_project.yml").read_text()
    # A project file that reads personal values is parsed by each person anew, and then there is nothing to share.
    (project_folder / "dbt_project.yml").write_text(
        "\n".join(line for line in text.splitlines() if "target" not in line) + "\n"
    )
    project = Project.parse(ProjectSpec(str(project_folder), environment), lambda *_: None)
    project.personalise(
        project_root=str(project_folder), schema="ada", secrets={}, environment_variables={}, settings=settings
    )
    assert project.error is None, project.error
    return Opened(project)


def test_a_person_of_another_schema(ada: Opened) -> None:
    parts = ada.project.index_parts(None, "all")
    assert parts["whole"] is None
    assert _sorted(assembled(parts)) == _sorted(ada.project.index())
    base = parts["base"]
    of = {
        (None, "names"): {**base, "rest": None},
        (base["key"], "rest"): {**base, "names": None},
        (base["key"], "all"): {**base, "names": None, "rest": None},
        ("of another commit", "rest"): base,
    }
    for (known, part), answer in of.items():
        assert ada.project.index_parts(known, part) == {**parts, "base": answer}


@pytest.mark.parametrize("path", EDITS)
def test_after_an_edit(ada: Opened, path: str) -> None:
    for text in EDITS[path]:
        ada.lay(path, None if text == "DELETED" else text, deleted=text == "DELETED")
        ada.settle()
        assert _sorted(assembled(ada.project.index_parts(None, "all"))) == _sorted(ada.project.index())


def test_a_full_parse_makes_it_whole(ada: Opened, project_folder: Path) -> None:
    text = (project_folder / "dbt_project.yml").read_text()
    ada.lay("dbt_project.yml", text + "\nquery-comment: null\nmodel-paths: [./models/, more/models]\n")
    ada.settle()
    parts = ada.project.index_parts(None, "names")
    assert parts["base"] is None
    assert parts["whole"] == ada.project.index()
    assert parts["whole"]["modelPaths"] == ["models", "more/models"]
