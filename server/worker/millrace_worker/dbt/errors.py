"""dbt's exceptions as errors for a person: dbt's own message, at the file, line and column where it belongs."""

from __future__ import annotations

import os
import re
import traceback
from collections.abc import Callable, Iterable

import jinja2
import yaml
from dbt_common.exceptions import DbtBaseException, DbtRuntimeError

import millrace_worker.dbt.runtime  # noqa: F401  before any other part of dbt
from millrace_worker.protocol.errors import WorkerError
from millrace_worker.protocol.types import SourceRange

JINJA_FILES = ("<template>", "<unknown>")
_LINE = re.compile(r"\bline (\d+)\b")
_COLUMN = re.compile(r"\bcolumn (\d+)\b")
_FILE_SUFFIX = r"\.(?:sql|py|ya?ml|csv|md)"
_FILE = re.compile(rf"(?<![\w/])((?:[\w.\- ]+/)*[\w.\- ]*[\w\-]{_FILE_SUFFIX})(?![\w.])")
_FILE_OBJECT = re.compile(r"FilePath\(searched_path='([^']*)', relative_path='([^']*)'[^)]*\)")
"""How some of dbt's messages write the file that they are about."""
_UNDEFINED_REF = re.compile(r"depends on a (?:node|source|function) named '([^']+)'")
_MISSING_MACRO = re.compile(r"'([^']+)' is undefined")


def located_error(
    error: BaseException,
    *,
    text_of: Callable[[str], str | None],
    path: str | None = None,
    secrets: Iterable[str] = (),
    root: str | None = None,
    changed: Iterable[str] = (),
) -> WorkerError:
    """The WorkerError for what dbt raised.

    `text_of` gives the text of a file as dbt saw it (before it strips it); `path` is where the error belongs when the
    exception does not name a file itself. dbt names some files by a part of their path: `changed` are the ones that it
    may mean.
    """
    if isinstance(error, WorkerError):
        return error
    message = _scrubbed(_in_project(_message(error), root), secrets)
    place = _place(error, message, path, text_of, root)
    if place is not None and text_of(place["path"]) is None:
        place["path"] = next((item for item in changed if item.endswith("/" + place["path"])), path or place["path"])
    if isinstance(error, DbtBaseException | jinja2.TemplateError | yaml.YAMLError | FileNotFoundError | RuntimeError):
        return WorkerError("DBT_ERROR", message, location=place)
    return WorkerError("DBT_ERROR", message, location=place, details={"type": type(error).__name__})


def _in_project(text: str, root: str | None) -> str:
    """Files by their path in the project: where that is on the server is nobody's business."""
    text = _FILE_OBJECT.sub(lambda match: os.path.join(*match.groups()), text)
    return text if root is None else text.replace(root.rstrip("/") + "/", "")


def _scrubbed(message: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        if len(secret) > 3:
            message = message.replace(secret, "*****")
    return message


def _message(error: BaseException) -> str:
    """dbt's message without its headline ("Compilation Error in model x (path)"), which the place replaces."""
    if isinstance(error, DbtRuntimeError):
        text = str(getattr(error, "msg", "")) or str(error)
    else:
        text = str(error) or type(error).__name__
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _place(
    error: BaseException,
    message: str,
    path: str | None,
    text_of: Callable[[str], str | None],
    root: str | None,
) -> SourceRange | None:
    node = getattr(error, "node", None)
    node_path = getattr(node, "original_file_path", None)
    found = _project_path(error, message, root) if node_path is None else node_path
    where = found or path
    stack_path = _macro_file(error)
    line, in_macro = _line(error, message)
    if in_macro is not None:
        where, line = in_macro, line
    elif stack_path is not None and line is None:
        where = where or stack_path
    if where is None or where.startswith("from remote system") or where.startswith("sql/"):
        where = path
        if where is None:
            return None
    text = text_of(where)
    if line is None:
        line, column = _search(text, message)
    else:
        line += _stripped_lines(text)
        column = _column(message) or _first_column(text, line)
    return {"path": where, "line": max(1, line), "column": max(1, column), "endLine": None, "endColumn": None}


def _macro_file(error: BaseException) -> str | None:
    node = getattr(error, "node", None)
    path = getattr(node, "original_file_path", None)
    return str(path) if path else None


def _project_path(error: BaseException, message: str, root: str | None) -> str | None:
    """A file that the exception or its message names."""
    named = getattr(error, "path", None)
    candidates = [_in_project(str(named), root)] if named else []
    candidates += [match.strip() for match in _FILE.findall(message)]
    for candidate in candidates:
        if root is not None and os.path.isabs(candidate):
            candidate = os.path.relpath(candidate, root)
        if not candidate.startswith(".."):
            return candidate
    return None


def _line(error: BaseException, message: str) -> tuple[int | None, str | None]:
    """The line within the text that was parsed, from the most exact witness that there is; and the macro's file."""
    current: BaseException | None = error
    while current is not None:
        if isinstance(current, jinja2.TemplateSyntaxError):
            return current.lineno, None
        mark = getattr(current, "problem_mark", None)
        if mark is not None:
            return mark.line + 1, None
        frames = [frame for frame in traceback.extract_tb(current.__traceback__) if frame.filename in JINJA_FILES]
        if frames and frames[0].lineno:
            return frames[0].lineno, None
        current = current.__cause__ or current.__context__
    match = _LINE.search(message)
    return (int(match.group(1)), None) if match else (None, None)


def _column(message: str) -> int | None:
    match = _COLUMN.search(message)
    return int(match.group(1)) if match else None


def _stripped_lines(text: str | None) -> int:
    """dbt strips a file before it parses it: its line 1 is the first that is not blank."""
    if not text:
        return 0
    return text[: len(text) - len(text.lstrip())].count("\n")


def _first_column(text: str | None, line: int) -> int:
    lines = (text or "").splitlines()
    if not 0 < line <= len(lines):
        return 1
    return len(lines[line - 1]) - len(lines[line - 1].lstrip()) + 1


def _search(text: str | None, message: str) -> tuple[int, int]:
    """Where the name that the message complains about stands in the text; its first line otherwise."""
    for pattern in (_UNDEFINED_REF, _MISSING_MACRO):
        match = pattern.search(message)
        if match and text:
            offset = text.find(match.group(1).split(".")[-1])
            if offset >= 0:
                before = text[:offset]
                return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1
    return 1, 1
