"""SQLFluff and the formatters over a real project: exact places, the project's configuration, unsaved text."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

DBT_ENGINE = Path(__file__).parents[1] / "dbt_engine"
sys.path.insert(0, str(DBT_ENGINE))
from engine_client import Opened, open_project  # noqa: E402

from millrace_worker.lint.project import format_file, lint  # noqa: E402
from millrace_worker.protocol import WorkerError  # noqa: E402

FLUFF = """[sqlfluff]
templater = dbt
rules = CP01, LT01, LT12, RF02
exclude_rules = LT02

[sqlfluff:rules:capitalisation.keywords]
capitalisation_policy = lower
"""
MODEL = "models/marts/linted.sql"
ANSWER = "models/marts/counted.sql"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small project with a macro, a model that it uses, and one that asks the warehouse."""
    root = tmp_path / "linted"
    shutil.copytree(DBT_ENGINE / "little", root)
    (root / "packages.yml").unlink()
    (root / ".sqlfluff").write_text(FLUFF)
    (root / "macros/rows.sql").write_text(
        "{% macro several(names) %}{% for name in names %}{{ name }} as c_{{ name }},\n{% endfor %}{% endmacro %}"
    )
    return root


@pytest.fixture
def opened(folder: Path) -> Opened:
    """The project as a session has it; its warehouse is never opened."""
    return open_project(folder, {"path": str(folder / "nowhere.duckdb")})


def problems(opened: Opened, text: str, path: str = MODEL) -> list[dict[str, Any]]:
    """What SQLFluff says of an unsaved text."""
    opened.lay(path, text)
    opened.settle()
    found: list[dict[str, Any]] = lint(opened.project.graph, path, 7)["problems"]  # type: ignore[assignment]
    return found


def said(found: list[dict[str, Any]]) -> list[str]:
    return [f"{one['code']} {one['line']}:{one['column']}-{one['endLine']}:{one['endColumn']}" for one in found]


def edited(text: str, edits: list[dict[str, Any]]) -> str:
    lines = text.splitlines(keepends=True)
    starts = [sum(len(line) for line in lines[:index]) for index in range(len(lines) + 1)]
    for edit in sorted(edits, key=lambda one: (one["line"], one["column"]), reverse=True):
        start = starts[edit["line"] - 1] + edit["column"] - 1
        end = starts[edit["endLine"] - 1] + edit["endColumn"] - 1
        text = text[:start] + edit["text"] + text[end:]
    return text


def test_places_are_those_of_the_file_behind_macros_that_write_many_lines(opened: Opened) -> None:
    text = (
        "select\n    {{ several(['1', '2', '3']) }}\n    4 as d,5 as e\n"
        "FROM {{ ref('stg_orders') }} -- {{ 'x' * 50 }}\nwhere 1=1\n"
    )
    found = problems(opened, text)
    assert said(found) == ["LT01 3:12-3:13", "CP01 4:1-4:5", "LT01 5:8-5:9", "LT01 5:9-5:10"]
    assert {one["severity"] for one in found} == {"warning"}
    assert [edited(text, one["edits"]).splitlines()[one["line"] - 1] for one in found] == [
        "    4 as d, 5 as e",
        "from {{ ref('stg_orders') }} -- {{ 'x' * 50 }}",
        "where 1 =1",
        "where 1= 1",
    ]


def test_a_missing_last_line_end_is_found_and_one_that_is_there_is_not(opened: Opened) -> None:
    assert said(problems(opened, "select 1 as a")) == ["LT12 1:14-None:None"]
    assert problems(opened, "select 1 as a\n") == []


def test_what_jinja_writes_is_not_edited(opened: Opened) -> None:
    text = "select {{ 'A,B' }} FROM {{ ref('stg_orders') }} as o\n"
    for one in problems(opened, text):
        assert edited(text, one["edits"]).count("{{ 'A,B' }}") == 1


def test_a_model_that_asks_the_warehouse_is_looked_at_without_it(opened: Opened) -> None:
    text = (
        "{% set rows = run_query('select 1') %}\n"
        "SELECT {% if execute %}{{ rows.columns[0].values()[0] }}{% else %}1{% endif %} as a\n"
    )
    assert said(problems(opened, text, ANSWER)) == ["CP01 2:1-2:7"]


def test_a_file_that_is_broken_for_dbt_has_only_dbts_own_error(opened: Opened) -> None:
    assert problems(opened, "SELECT * from {{ ref('stg_orders') ") == []


def test_a_file_that_was_broken_a_moment_ago_is_looked_at_with_what_it_reads_now(opened: Opened) -> None:
    opened.lay(MODEL, "select {% if %} 1")
    opened.settle()
    opened.lay(MODEL, "select 1 as a FROM {{ ref('stg_orders') }}\n")
    assert opened.project.check("format", MODEL, 1)["text"] == "select 1 as a from {{ ref('stg_orders') }}\n"  # type: ignore[typeddict-item]
    assert opened.project.check("lint", MODEL, 1)["problems"][0]["code"] == "CP01"  # type: ignore[typeddict-item]


def test_without_a_configuration_nothing_is_said(folder: Path) -> None:
    (folder / ".sqlfluff").unlink()
    opened = open_project(folder, {"path": str(folder / "nowhere.duckdb")})
    opened.lay(MODEL, "SELECT 1,2")
    opened.settle()
    assert lint(opened.project.graph, MODEL, 1) == {"version": 1, "configured": False, "problems": []}


def test_a_nearer_configuration_and_an_ignore_file_count(folder: Path, opened: Opened) -> None:
    (folder / "models/marts/.sqlfluff").write_text(
        "[sqlfluff:rules:capitalisation.keywords]\ncapitalisation_policy = upper\n"
    )
    assert said(problems(opened, "SELECT 1 as a\n")) == ["CP01 1:10-1:12"]
    (folder / ".sqlfluffignore").write_text("models/marts/\n")
    assert problems(opened, "SELECT 1 as a\n") == []


@pytest.mark.parametrize(
    ("written", "named"),
    [("[sqlfluff]\ndialect = martian\n", "martian"), ("[sqlfluff\ndialect = duckdb\n", "configuration is wrong")],
)
def test_a_wrong_configuration_is_named(folder: Path, opened: Opened, written: str, named: str) -> None:
    (folder / ".sqlfluff").write_text(written)
    with pytest.raises(WorkerError, match=named):
        problems(opened, "select 1\n")


@pytest.mark.parametrize(
    ("pyproject", "fluff", "expected"),
    [
        ("[tool.sqlfmt]\nline_length = 20\n", True, ("sqlfmt", "select\n    a, b,{{ c() }}\nfrom x\r\n")),
        (None, True, ("sqlfluff", "select a, b, {{c()}} from x\r\n")),
        (None, False, ("sqlfmt", "select a, b,{{ c() }} from x\r\n")),
    ],
)
def test_the_configured_formatter_writes_the_file(
    folder: Path, opened: Opened, pyproject: str | None, fluff: bool, expected: tuple[str, str]
) -> None:
    (folder / "macros/c.sql").write_text("{% macro c() %}1 as c{% endmacro %}")
    if pyproject is not None:
        (folder / "pyproject.toml").write_text(pyproject)
    if not fluff:
        (folder / ".sqlfluff").unlink()
    opened = open_project(folder, {"path": str(folder / "nowhere.duckdb")})
    opened.lay(MODEL, "select a,b,{{c()}} FROM x\r\n")
    opened.settle()
    result = format_file(opened.project.graph, MODEL, 3)
    assert (result["formatter"], result["text"].replace("\r\n", "\n")) == (
        expected[0],
        expected[1].replace("\r\n", "\n"),
    )
    assert result["text"].count("\n") == result["text"].count("\r\n")


def test_what_sqlfmt_is_told_to_leave_alone_and_a_configuration_that_is_wrong(folder: Path, opened: Opened) -> None:
    opened.lay(MODEL, "SELECT 1\n")
    opened.settle()
    for written, said in (
        ('exclude = ["models/marts/**/*"]', f"tells sqlfmt to leave {MODEL} alone"),
        ('dialect = "martian"', "sqlfmt's configuration in pyproject.toml is wrong"),
        ("line_length =", "sqlfmt's configuration in pyproject.toml is wrong"),
    ):
        (folder / "pyproject.toml").write_text(f"[tool.sqlfmt]\n{written}\n")
        with pytest.raises(WorkerError, match=said):
            format_file(opened.project.graph, MODEL, 1)
    (folder / "pyproject.toml").write_text('[tool.sqlfmt]\nexclude = ["models/*.sql"]\n')
    assert format_file(opened.project.graph, MODEL, 1)["text"] == "select 1\n"


def test_a_macros_file_is_formatted_too_and_what_cannot_be_says_why(folder: Path, opened: Opened) -> None:
    (folder / ".sqlfluff").unlink()
    opened.lay("macros/rows.sql", "{% macro a(x) %}select {{x}},2{% endmacro %}")
    opened.settle()
    assert format_file(opened.project.graph, "macros/rows.sql", 1)["text"] == (
        "{% macro a(x) %} select {{ x }}, 2{% endmacro %}\n"
    )
    opened.lay(MODEL, "select 1)")
    opened.settle()
    with pytest.raises(WorkerError, match="sqlfmt cannot format"):
        format_file(opened.project.graph, MODEL, 1)
