"""What SQLFluff says of a file, and the file as the project's formatter writes it."""

from __future__ import annotations

import logging
from typing import Any

from sqlfluff.core import Linter
from sqlfluff.core.config import FluffConfig
from sqlfluff.core.errors import SQLBaseError, SQLLintError, SQLTemplaterError
from sqlfluff.core.templaters.jinja import JinjaTemplater
from sqlfmt.api import format_string
from sqlfmt.exception import SqlfmtError

from millrace_worker.lint.settings import dialect_of, fluff_settings, is_ignored, is_left_by_sqlfmt, sqlfmt_mode
from millrace_worker.lint.templater import DbtRendering, Rendering
from millrace_worker.protocol import WorkerError
from millrace_worker.protocol.types import (
    FormatResult,
    LintResult,
    LintResultProblemsItem,
    LintResultProblemsItemEditsItem,
)

_MOST_PROBLEMS = 1000


def warm(adapters: list[str]) -> None:
    """In the runner, before its forks: what a check reads from the engine's folder, and each dialect's grammar."""
    logging.getLogger("sqlfluff").setLevel(logging.CRITICAL)
    for dialect in {dialect_of(adapter) for adapter in adapters}:
        config = FluffConfig(configs={"core": {"dialect": dialect, "templater": "jinja"}})
        Linter(config=config).lint_string("select {{ 1 }} as a\n", fix=True).fix_string()
        format_string("select {{ a }} as b\n", sqlfmt_mode("/", "a.sql", dialect)[0])


class Checker:
    """The checks of one file. `rendering` gives dbt's environment and its context, or raises `needs_warehouse`."""

    def __init__(self, root: str, adapter: str, *, rendering: Rendering, needs_warehouse: type[BaseException]) -> None:
        self._root = root
        self._adapter = adapter
        self._rendering = rendering
        self._needs_warehouse = needs_warehouse

    def lint(self, path: str, text: str, version: int) -> LintResult:
        """The problems of a file. Raises WorkerError for a wrong configuration."""
        settings = fluff_settings(self._root, path, self._adapter)
        result: LintResult = {"version": version, "configured": settings is not None, "problems": []}
        if settings is None or is_ignored(self._root, path, settings[0]):
            return result
        linted = self._linted(settings, path, text, fix=False)
        shown = [error for error in linted.get_violations() if not isinstance(error, SQLTemplaterError)]
        result["problems"] = [_problem(error) for error in shown[:_MOST_PROBLEMS]]
        return result

    def format(self, path: str, text: str, version: int) -> FormatResult:
        """
        The file as the formatter that the project configures writes it: sqlfmt's where pyproject.toml has it, else
        SQLFluff's fixes where it is configured, else sqlfmt's. Raises WorkerError when the file cannot be
        formatted.
        """
        mode, chosen = sqlfmt_mode(self._root, path, self._adapter)
        if chosen and is_left_by_sqlfmt(self._root, path):
            raise WorkerError("INVALID_INPUT", f"The project tells sqlfmt to leave {path} alone.")
        settings = None if chosen else fluff_settings(self._root, path, self._adapter)
        if settings is None:
            return {"version": version, "formatter": "sqlfmt", "text": _sqlfmt(text, mode)}
        if is_ignored(self._root, path, settings[0]):
            raise WorkerError("INVALID_INPUT", f"The project tells SQLFluff to leave {path} alone.")
        linted = self._linted(settings, path, text, fix=True)
        refused = [error for error in linted.violations if not isinstance(error, SQLLintError) and not error.ignore]
        if refused:
            raise WorkerError(
                "DBT_ERROR",
                f"SQLFluff cannot format this file: {refused[0].desc()}",
                hint=f"Line {refused[0].line_no}, column {refused[0].line_pos}.",
            )
        fixed, _ = linted.fix_string()
        return {"version": version, "formatter": "sqlfluff", "text": _ends_of(text, fixed)}

    def _linted(self, settings: tuple[FluffConfig, bool], path: str, text: str, *, fix: bool) -> Any:
        config, rendered = settings
        config.process_raw_file_for_config(text, path)
        try:
            return self._run(config, DbtRendering(self._rendering) if rendered else None, (path, text), fix=fix)
        except self._needs_warehouse:
            # What the warehouse would answer is not known here: such places count as anything.
            core = config.get_section("core")
            core["ignore"] = [*(core.get("ignore") or []), "templating"]
            return self._run(config, JinjaTemplater(), (path, text), fix=fix)

    def _run(self, config: FluffConfig, templater: JinjaTemplater | None, file: tuple[str, str], *, fix: bool) -> Any:
        if templater is not None:
            # SQLFluff has no public way to give it a templater that is an object.
            config.get_section("core")["templater_obj"] = templater
        path, text = file
        return Linter(config=config).lint_string(text, fname=path, fix=fix, config=config)


def _sqlfmt(text: str, mode: Any) -> str:
    try:
        return _ends_of(text, format_string(text, mode))
    except SqlfmtError as error:
        raise WorkerError("DBT_ERROR", f"sqlfmt cannot format this file: {error}") from error


def _ends_of(text: str, formatted: str) -> str:
    """Line ends as they were."""
    plain = formatted.replace("\r\n", "\n")
    return plain.replace("\n", "\r\n") if "\r\n" in text else plain


def _problem(error: SQLBaseError) -> LintResultProblemsItem:
    said: dict[str, Any] = error.to_dict()
    end_line, end_column = said.get("end_line_no"), said.get("end_line_pos")
    line, column = max(1, said["start_line_no"]), max(1, said["start_line_pos"])
    empty = (end_line, end_column) == (line, column)
    return {
        "code": said["code"],
        "rule": said["name"] or said["code"],
        "message": said["description"],
        "severity": "info" if said["warning"] else "warning",
        "line": line,
        "column": column,
        "endLine": None if empty else end_line,
        "endColumn": None if empty else end_column,
        "edits": _edits(error),
    }


def _edits(error: SQLBaseError) -> list[LintResultProblemsItemEditsItem]:
    """
    A rule's changes as edits of the source; none when one of them would be inside of what Jinja wrote, because then
    it would change the tag.
    """
    edits: list[LintResultProblemsItemEditsItem] = []
    for fix in error.fixes if isinstance(error, SQLLintError) else []:
        marker = fix.anchor.pos_marker if fix.anchor is not None else None
        if marker is None or not (marker.is_literal() or fix.is_just_source_edit(single_source_fix=True)):
            return []
        said = fix.to_dict()
        edits.append(
            {
                "line": said["start_line_no"],
                "column": said["start_line_pos"],
                "endLine": said["end_line_no"],
                "endColumn": said["end_line_pos"],
                "text": said["edit"],
            }
        )
    return sorted(edits, key=lambda edit: (edit["line"], edit["column"], edit["endLine"], edit["endColumn"]))
