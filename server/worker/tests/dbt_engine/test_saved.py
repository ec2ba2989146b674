"""A parse that was saved serves the same commit, and the next ones, as a full parse would."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from engine_client import Opened, open_project
from test_patched_graph import EDITS, difference, graph_of

from millrace_worker.dbt import Project, ProjectSpec
from millrace_worker.dbt.saved import unpack

MACRO = "macros/cents.sql"


def packed(folder: Path, built: Path) -> bytes:
    """What a template of this folder would have kept."""
    return _template(folder, built, "someone").pack()


def _template(folder: Path, built: Path, schema: str, saved: bytes | None = None) -> Project:
    settings = {"path": str(built / "little.duckdb")}
    environment = {"adapter": "duckdb", "target": "dev", "schema": schema, "threads": 2, "settings": settings}
    return Project.parse(ProjectSpec(str(folder), environment), lambda *_: None, saved)


def _opened(folder: Path, built: Path, saved: bytes, schema: str = "main") -> Opened:
    """As `open_project`, from a saved parse."""
    project = _template(folder, built, schema, saved)
    settings = {"path": str(built / "little.duckdb")}
    project.personalise(
        project_root=str(folder), schema=schema, secrets={}, environment_variables={}, settings=settings
    )
    assert project.error is None, project.error
    return Opened(project)


def _assert_like_a_full_parse(folder: Path, built: Path, ours: Opened) -> None:
    theirs: dict[str, Any] = graph_of(open_project(folder, {"path": str(built / "little.duckdb")}))
    mine = graph_of(ours)
    assert list(filter(None, (difference(key, mine, theirs) for key in {**mine, **theirs}))) == []


@pytest.fixture
def saved(project_folder: Path, built: Path) -> bytes:
    return packed(project_folder, built)


def test_the_same_commit_in_another_folder(project_folder: Path, built: Path, saved: bytes, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "little"
    shutil.copytree(project_folder, other)
    shutil.rmtree(project_folder)
    ours = _opened(other, built, saved)
    assert ours.project.opened == "restored"
    _assert_like_a_full_parse(other, built, ours)


@pytest.mark.parametrize("choice", [1, -1])
def test_a_later_commit_is_patched(project_folder: Path, built: Path, saved: bytes, choice: int) -> None:
    for path, texts in EDITS.items():
        text = texts[choice] or ""
        file = project_folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if text == "DELETED":
            file.unlink(missing_ok=True)
        else:
            file.write_text(text)
    full = _template(project_folder, built, "main")
    ours = _template(project_folder, built, "main", saved)
    assert (ours.error is None) == (full.error is None)
    if full.error is None:
        assert ours.opened == "restored"
        _assert_like_a_full_parse(project_folder, built, _opened(project_folder, built, saved))


def test_edits_of_what_others_use_reach_files_that_were_not_read_again(
    project_folder: Path, built: Path, saved: bytes
) -> None:
    ours = _opened(project_folder, built, saved)
    macros = sorted((project_folder / "macros").glob("*.sql"))
    for macro in macros:
        text = macro.read_text() + "\n{# another text #}\n"
        ours.lay(f"macros/{macro.name}", text)
    ours.settle()
    assert macros
    assert ours.project.error is None
    for macro in macros:
        macro.write_text(macro.read_text() + "\n{# another text #}\n")
    _assert_like_a_full_parse(project_folder, built, ours)


def test_another_project_file_is_parsed_anew(project_folder: Path, built: Path, saved: bytes) -> None:
    file = project_folder / "dbt_project.yml"
    file.write_text(file.read_text() + "\nquery-comment: null\n")
    ours = _opened(project_folder, built, saved)
    assert ours.project.opened == "parsed, a project file differs"
    _assert_like_a_full_parse(project_folder, built, ours)


@pytest.mark.parametrize("damage", ["cut", "zeros", "other"])
def test_what_is_no_parse_is_parsed_anew(project_folder: Path, built: Path, saved: bytes, damage: str) -> None:
    bad = {"cut": saved[:-100], "zeros": bytes(64), "other": saved[:-2000] + bytes(2000)}[damage]
    ours = _opened(project_folder, built, bad)
    assert ours.project.opened.startswith("parsed, ")
    _assert_like_a_full_parse(project_folder, built, ours)


def test_a_person_of_another_schema(project_folder: Path, built: Path, saved: bytes) -> None:
    ours = _opened(project_folder, built, saved, schema="main")
    relations = {node.schema for node in ours.project.graph.manifest.nodes.values()}
    assert "someone" not in " ".join(relations)
    _assert_like_a_full_parse(project_folder, built, ours)


def test_nothing_of_the_machine_or_of_a_person_is_saved(
    project_folder: Path, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAREHOUSE_PASSWORD", "hunter2-of-the-operator")
    for name in ("DBT_ENV_SECRET_TOKEN", "LITTLE_TOKEN"):
        monkeypatch.setenv(name, "hunter2-of-the-operator")
    (project_folder / "models" / "reads.sql").write_text(
        'select \'{{ env_var("WAREHOUSE_PASSWORD", "none") }}\' as a\n'
    )
    data = packed(project_folder, built)
    assert "hunter2" not in repr(unpack(data).to_dict())
    assert "hunter2" in os.environ["WAREHOUSE_PASSWORD"]
