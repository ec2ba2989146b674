"""Edits of the sample project, which has groups, contracts, exposures, unit tests and snapshots."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from engine_client import Opened, open_project

SAMPLE = Path(__file__).parents[4] / "e2e/sample-project"
COMMENTS = {".sql": "\n{# more #}\n", ".yml": "\n# more\n", ".md": "\nMore.\n"}


@pytest.fixture
def sample(tmp_path: Path) -> Opened:
    """The project in a tree of its own."""
    folder = tmp_path / "sample"
    shutil.copytree(SAMPLE, folder)
    return open_project(folder, {"path": str(tmp_path / "riverbank.duckdb")})


def test_a_comment_in_any_file_breaks_nothing_and_leaves_no_file_behind(sample: Opened) -> None:
    graph = sample.project.graph
    files = [file.path.original_file_path for file in graph.base.files.values() if file.project_name == "riverbank"]
    paths = sorted(path for path in files if Path(path).suffix in COMMENTS)
    assert len(paths) > 60
    nodes = set(graph.manifest.nodes)
    for path in paths:
        text = graph.tree.text(path)
        assert text is not None
        sample.lay(path, text + COMMENTS[Path(path).suffix])
        sample.settle()
        assert sample.project.error is None, (path, sample.project.error)
        assert set(graph.manifest.nodes) == nodes, path
    for path in paths:
        sample.lay(path, None)
    sample.settle()
    assert sample.project.error is None
    assert set(graph.manifest.nodes) == nodes


def test_a_macro_that_is_not_saved_mends_the_model_that_waits_for_it(sample: Opened) -> None:
    model, macros = "models/staging/stg_stores.sql", "macros/money.sql"
    sample.lay(model, "select 1 as one from {{ ref('stg_orders') }} where {{ not_there_yet() }}")
    sample.settle()
    broken = sample.project.compile(path=model)
    assert broken["error"] is not None
    assert "not_there_yet" in broken["error"]["message"]
    text = sample.project.graph.tree.text(macros)
    sample.lay(macros, f"{text}\n{{% macro not_there_yet() %}}one > 0{{% endmacro %}}\n")
    sample.settle()
    assert sample.project.error is None
    assert (sample.sql(path=model) or "").endswith("where one > 0")
