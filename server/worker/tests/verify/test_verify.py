"""`npm run verify`: a project of every oddity through a real runner and session, and the messages when it cannot be."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import dbt.cli
import pytest

from millrace_worker.verify.compare import same_but_for_an_order, same_but_for_the_run
from millrace_worker.verify.failure import VerifyFailure
from millrace_worker.verify.profile import profiles_folder, read_profile
from millrace_worker.verify.project import copy_project, find_project, link_local_packages, missing_packages
from millrace_worker.verify.session import Runner, Session
from millrace_worker.verify.variables import read_variables

ODDITIES = Path(__file__).parent / "oddities"
HYPHENS = Path(__file__).parent / "hyphens"
WORKER = Path(__file__).parents[2]
ENGINE = str(Path(dbt.cli.__file__).parents[5] / "bin" / "python")
"""The engine's own Python: a runner reads the packages of its environment alone."""


def run(project: Path, *more: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, last line and messages of one comparison."""
    done = subprocess.run(
        [ENGINE, "-m", "millrace_worker.verify", "--project", str(project), *more],
        env={**os.environ, "PYTHONPATH": str(WORKER), "ODDITIES_SHADE": "grün"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, json.loads(done.stdout.splitlines()[-1]), done.stderr


def paths(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def build(project: Path) -> None:
    """Makes the warehouse, so that incremental models and introspection find their relations."""
    (project / "dbt_packages").mkdir()
    (project / "dbt_packages" / "toolbox").symlink_to(project / "toolbox")
    command = [ENGINE, "-c", "from dbt.cli.main import cli; cli()", "--no-send-anonymous-usage-stats"]
    command += ["run", "--select", "grown", "chain_c", "--no-partial-parse"]
    seeded = subprocess.run([*command[:4], "seed"], cwd=project, capture_output=True, text=True, check=False)
    assert seeded.returncode == 0, seeded.stdout
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("is_built", [False, True])
def test_every_oddity_compiles_as_dbt_compiles_it(tmp_path: Path, is_built: bool) -> None:
    project = tmp_path / "an odd-folder" / "oddities"
    shutil.copytree(ODDITIES, project)
    if is_built:
        build(project)
    before = paths(project)
    code, outcome, said = run(project)
    assert (outcome["different"], outcome["equal"]) == ([], outcome["nodes"]), said
    assert code == 0, said
    assert outcome["nodes"] >= 40
    assert paths(project) == before


def test_a_project_that_dbt_cannot_parse_is_told_in_dbts_words(tmp_path: Path) -> None:
    (tmp_path / "dbt_project.yml").write_text("name: broken\nprofile: p\n")
    (tmp_path / "profiles.yml").write_text("p: {target: d, outputs: {d: {type: duckdb}}}\n")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "a.sql").write_text("select * from {{ ref('nowhere') }}")
    code, outcome, said = run(tmp_path)
    assert (code, outcome["nodes"]) == (2, 0)
    assert "depends on a node named 'nowhere'" in said
    assert not (tmp_path / "target").exists()


GIVEN = {
    "region": "given-region",
    "only-given": 'it\'s "given"\nin C:\\two, 1e22',
    "numbers": [1e22, -0.5, 10**20],
    "limits": {"high": [30, 12.5]},
    "words": ["größer", "{{ no jinja }}"],
    "nothing": None,
    "own-tag": "tag-of-ours",
    "schema-of-sub-folder": "given-schema",
    "warehouse-name": "given",
    "profile-name": "other-profile",
    "with-report": False,
}


@pytest.mark.parametrize(
    ("variables", "nodes"),
    [({}, 6), (GIVEN, 5)],
    ids=["of the project", "of the command line"],
)
def test_names_with_hyphens_variables_and_a_default_selector(
    tmp_path: Path, variables: dict[str, Any], nodes: int
) -> None:
    project = tmp_path / "folder-with-hyphens" / "with-hyphens"
    shutil.copytree(HYPHENS, project)
    code, outcome, said = run(project, *(["--vars", json.dumps(variables)] if variables else []))
    assert (code, outcome) == (0, {"nodes": nodes, "equal": nodes, "different": []}), said


def test_variables_that_cannot_be_told_are_refused(tmp_path: Path) -> None:
    assert read_variables("{a: 1, b: [x, {c: null}]}") == {"a": 1, "b": ["x", {"c": None}]}
    for text, message in [
        ("{a: ", "--vars is not YAML: Syntax error near line"),
        ("a=1", "--vars must map names to values, as in '{name: value}'; it is 'a=1'."),
        ("", "must map names to values"),
        ("[a]", "must map names to values"),
        ("{1: a}", "names a variable 1, which is no text"),
        ("{day: 2026-01-01}", "gives 'day' the value datetime.date"),
        ("{a: {2: b}}", "gives 'a' the value"),
        ("{a: .nan}", "gives 'a' the value nan"),
    ]:
        with pytest.raises(VerifyFailure, match=re.escape(message)):
            read_variables(text)
    code, outcome, said = run(HYPHENS, "--vars", "{a: ")
    assert (code, outcome["nodes"], outcome["different"]) == (2, 0, [])
    assert said.startswith("--vars is not YAML") and "Traceback" not in said


def test_a_project_whose_name_has_a_hyphen_is_refused_as_dbt_refuses_it(tmp_path: Path) -> None:
    project = tmp_path / "with-hyphens"
    shutil.copytree(HYPHENS, project)
    settings = project / "dbt_project.yml"
    settings.write_text(settings.read_text().replace("name: with_hyphens", "name: with-hyphens"))
    code, outcome, said = run(project)
    assert (code, outcome["nodes"]) == (2, 0)
    why = "at path ['name']: 'with-hyphens' does not match"
    assert why in said
    profile = profile_of(project, tmp_path / "profile")
    scratch = copy_project(find_project(str(project)), tmp_path / "session")
    runner = Runner(tmp_path, "duckdb")
    try:
        error = Session(runner, scratch, profile, {}, lambda _: None).ready["error"]
    finally:
        runner.stop()
    assert why in error["message"] and error["location"]["path"] == "dbt_project.yml", error


def profile_of(project: Path, folder: Path, target: str | None = None) -> Any:
    scratch = copy_project(find_project(str(project)), folder / "copy")
    return read_profile(scratch, profiles_folder(project, None), target, folder / "profiles", {})


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DBT_PROFILES_DIR", raising=False)
    with pytest.raises(VerifyFailure, match="no folder"):
        find_project(str(tmp_path / "nowhere"))
    (tmp_path / "outer" / "inner").mkdir(parents=True)
    (tmp_path / "outer" / "inner" / "dbt_project.yml").write_text("name: inner\nprofile: p\n")
    with pytest.raises(VerifyFailure, match=r"no dbt_project\.yml.*inner"):
        find_project(str(tmp_path / "outer"))
    inner = tmp_path / "outer" / "inner"
    with pytest.raises(VerifyFailure, match=r"no profiles\.yml.*--profiles-dir"):
        profiles_folder(inner, None)
    (inner / "profiles.yml").write_text("other: {outputs: {}}\n")
    with pytest.raises(VerifyFailure, match="no profile 'p'; it has: other"):
        profile_of(inner, tmp_path / "one")
    with pytest.raises(VerifyFailure, match="no target 'nope'; it has: dev, other, warehouse"):
        profile_of(ODDITIES, tmp_path / "two", "nope")
    with pytest.raises(VerifyFailure, match=r"'nosuchdb', which this engine does not have.*duckdb"):
        profile_of(ODDITIES, tmp_path / "three", "warehouse")


def test_packages_that_are_not_installed_are_named(tmp_path: Path) -> None:
    (tmp_path / "dbt_project.yml").write_text("name: mine\n")
    (tmp_path / "packages.yml").write_text(
        "packages:\n  - {package: dbt-labs/dbt_utils, version: 1.3.0}\n  - {package: a/there, version: 1.0.0}\n"
        "  - {git: 'https://example.com/x/dbt-tools.git', revision: main}\n"
    )
    (tmp_path / "dbt_packages" / "there").mkdir(parents=True)
    assert missing_packages(tmp_path) == ["dbt-labs/dbt_utils 1.3.0", "https://example.com/x/dbt-tools.git main"]


def test_warehouse_files_are_copies_and_a_missing_one_stays_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "oddities"
    shutil.copytree(ODDITIES, project)
    outside = tmp_path / "elsewhere" / "outside.duckdb"
    outside.parent.mkdir()
    outside.write_bytes(b"warehouse")
    monkeypatch.setenv("ODDITIES_PATH", str(outside))
    profile = profile_of(project, tmp_path / "a", "other")
    copy = Path(profile.readable[0])
    assert (copy.name, copy.read_bytes()) == ("outside.duckdb", b"warehouse")
    assert copy.is_relative_to(tmp_path / "a")
    assert profile.environment["schema"] == "elsewhere"
    monkeypatch.setenv("ODDITIES_PATH", "missing.duckdb")
    missing = profile_of(project, tmp_path / "b", "other")
    assert missing.readable == [str(tmp_path / "b" / "copy" / "oddities" / "missing.duckdb")]
    assert not (project / "missing.duckdb").exists()


def test_a_local_package_beside_the_project_is_part_of_the_copy(tmp_path: Path) -> None:
    package = tmp_path / "package"
    shutil.copytree(ODDITIES / "toolbox", package)
    project = package / "tests-of-it"
    (project / "target").mkdir(parents=True)
    (project / "dbt_project.yml").write_text("name: around\n")
    (project / "packages.yml").write_text("packages:\n  - local: ../\n")
    scratch = copy_project(find_project(str(project)), tmp_path / "copy")
    link_local_packages(scratch)
    assert (scratch.project / "dbt_packages" / "toolbox" / "macros" / "tools.sql").is_file()
    assert (scratch.project / "dbt_packages" / "toolbox").resolve() == scratch.workspace
    assert not (scratch.project / "target").exists()


def test_only_what_dbt_itself_makes_anew_may_differ() -> None:
    assert same_but_for_the_run("at 10:01:02, x", "at 10:01:09, x", "at 10:02:33, x")
    assert not same_but_for_the_run("at 10:01:02, x", "at 10:01:09, y", "at 10:02:33, x")
    assert not same_but_for_the_run("at 10:01:02,  x", "at 10:01:09, x", "at 10:02:33,  x")


def test_only_an_order_that_dbt_itself_changes_may_differ() -> None:
    assert same_but_for_an_order("a\nb\nc", "b\nc\na", "c\na\nb")
    assert not same_but_for_an_order("a\nb", "b\na", "a\nb")
    assert not same_but_for_an_order("a\nb", "b\nd", "b\na")


def test_paths_beside_the_project_are_part_of_the_copy(tmp_path: Path) -> None:
    project = tmp_path / "repository" / "projects" / "one"
    project.mkdir(parents=True)
    (tmp_path / "repository" / "shared").mkdir()
    (tmp_path / "repository" / "shared" / "macro.sql").write_text("")
    (project / "dbt_project.yml").write_text("name: one\nmacro-paths: [macros, ../../shared]\n")
    scratch = copy_project(find_project(str(project)), tmp_path / "copy")
    assert (scratch.project / ".." / ".." / "shared" / "macro.sql").resolve().is_file()
