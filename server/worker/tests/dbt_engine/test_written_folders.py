"""Which folders of a tree are dbt's own output."""

from __future__ import annotations

from pathlib import Path

from engine_client import open_project


def test_only_the_configured_folders_are_output_whatever_others_are_called(built: Path, project_folder: Path) -> None:
    settings = {"path": str(built / "little.duckdb")}
    project_file = project_folder / "dbt_project.yml"
    project_file.write_text(project_file.read_text() + 'target-path: "models/out"\n')
    little = open_project(project_folder, settings)
    for path in ("models/target/a_target.sql", "models/logs/a_log.sql", "models/out/compiled.sql"):
        (project_folder / path).parent.mkdir(exist_ok=True)
        (project_folder / path).write_text("select 1 as one\n")
    little.project.sync_with_disk()
    little.settle()
    names = {node.name for node in little.project.graph.manifest.nodes.values()}
    assert {"a_target", "a_log"} <= names
    assert "compiled" not in names
    assert little.sql(sql="select * from {{ ref('a_target') }}, {{ ref('a_log') }}")
