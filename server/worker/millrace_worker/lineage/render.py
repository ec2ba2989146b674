"""SQL of a model for lineage, without dbt, where its Jinja is plain: and from a place in it back to the person's text.

A model whose Jinja only names relations and configures needs no rendering by dbt (15 ms): each `ref` and `source`
becomes the name of the node that it was resolved to, and a macro that depends on nothing but what it is told is written
once for all models that tell it the same. All else (blocks, other macros, variables) is dbt's to render.
"""

from __future__ import annotations

import ast
import difflib
import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_PIECE = re.compile(r"\{\{-?(.*?)-?\}\}|\{#-?.*?-?#\}|\{%", re.DOTALL)
_CALL = re.compile(r"\s*([A-Za-z_]\w*)\s*\((.*)\)\s*$", re.DOTALL)
_NAMES_RELATIONS = ("ref", "source")


Pieces = Sequence[tuple[int, int, int]]


@dataclass(frozen=True)
class Rendered:
    """SQL and the stretches of it that stand word for word in the source: (offset in SQL, offset in source, length)."""

    sql: str
    pieces: Callable[[], Pieces]

    def source_offset(self, offset: int) -> int | None:
        """The offset in the source of a place in the SQL; None inside what Jinja wrote."""
        for at, source, length in self.pieces():
            if at <= offset < at + length:
                return source + offset - at
        return None


Resolve = Callable[[str, list[object], dict[str, object]], "str | None"]
"""The relation that `ref` or `source` with such arguments stands for; None when it is not known."""


Write = Callable[[str, str], "str | None"]
"""What a call of a macro (its name, the whole expression) writes; None when that is for dbt to say."""


def render_plain(text: str, resolve: Resolve, write: Write = lambda *_: None) -> Rendered | None:
    """The SQL of a text with plain Jinja; None when dbt must render it."""
    if "{%" in text:
        return None
    parts: list[str] = []
    pieces: list[tuple[int, int, int]] = []
    length = position = 0

    def keep(start: int, end: int) -> None:
        nonlocal length
        if end > start:
            pieces.append((length, start, end - start))
            parts.append(text[start:end])
            length += end - start

    for match in _PIECE.finditer(text):
        keep(position, match.start())
        position = match.end()
        if match.group(1) is None:
            continue
        trimmed = "-" in (match.group(0)[2], match.group(0)[-3])
        written = _written(match.group(1), resolve, None if trimmed else write)
        if written is None:
            return None
        parts.append(written)
        length += len(written)
    keep(position, len(text))
    return Rendered("".join(parts), lambda: pieces)


def _written(expression: str, resolve: Resolve, write: Write | None) -> str | None:
    call = _CALL.match(expression)
    if call is None:
        return None
    name = call.group(1)
    if name == "config":
        return ""
    arguments = literal_arguments(call.group(2))
    if arguments is None:
        return None
    if name in _NAMES_RELATIONS:
        return resolve(name, *arguments)
    return None if write is None else write(name, expression)


@functools.lru_cache(maxsize=2000)
def literal_arguments(text: str) -> tuple[list[object], dict[str, object]] | None:
    """Arguments of a call that are all written out; None when something in them must be worked out."""
    try:
        call = ast.parse(f"f({text.strip()})", mode="eval").body
        if not isinstance(call, ast.Call):
            return None
        named = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords if keyword.arg}
        return [ast.literal_eval(argument) for argument in call.args], named
    except (SyntaxError, ValueError):
        return None


def from_dbt(sql: str, source: str) -> Rendered:
    """The same for SQL that dbt rendered: the lines that both texts have, in the same order."""
    return Rendered(sql, lambda: _common_lines(sql, source))


def _common_lines(sql: str, source: str) -> Pieces:
    pieces: list[tuple[int, int, int]] = []
    ours, theirs = sql.split("\n"), source.split("\n")
    starts = _starts(ours), _starts(theirs)
    stripped = [line.strip() for line in ours], [line.strip() for line in theirs]
    for block in difflib.SequenceMatcher(None, *stripped, autojunk=False).get_matching_blocks():
        for number in range(block.size):
            mine, other = ours[block.a + number], theirs[block.b + number]
            text = mine.strip()
            if text:
                at = starts[0][block.a + number] + mine.index(text)
                pieces.append((at, starts[1][block.b + number] + other.index(text), len(text)))
    return pieces


def _starts(lines: list[str]) -> list[int]:
    starts, at = [], 0
    for line in lines:
        starts.append(at)
        at += len(line) + 1
    return starts


__all__ = ["Rendered", "from_dbt", "literal_arguments", "render_plain"]
