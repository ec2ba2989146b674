"""Common table expressions of compiled SQL, by its tokens.

A syntax tree would do too, but it forgets how the text was written, and a dialect's newest syntax does not parse.
Tokens know strings, comments and brackets, which is all that is needed to cut a CTE out with what stands around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlglot import Token, TokenType

from millrace_worker.protocol.errors import WorkerError
from millrace_worker.subjects.dialects import nests_with, tokens_of


@dataclass
class Cte:
    """Positions are offsets in the text: `start` of its name, `end` after its closing bracket."""

    name: str
    written: str
    """The name as it stands in the text, quotes included."""
    start: int
    end: int
    words: frozenset[str]
    """Every word of its body, in lower case: what it may refer to."""
    scope: Scope


@dataclass
class Scope:
    """One WITH and its CTEs, and what can be seen from there of the WITH around it."""

    recursive: bool
    outer: Frame | None
    ctes: list[Cte] = field(default_factory=list)


@dataclass(frozen=True)
class Frame:
    """The CTEs of a scope that a place inside it can see."""

    scope: Scope
    ctes: tuple[Cte, ...]


def ctes_of(sql: str, dialect: str | None) -> list[Cte]:
    """Every CTE of a statement, nested ones too, in the order of the text. A half-written one is left out."""
    tokens = tokens_of(sql, dialect)
    found: list[Cte] = []
    _read(sql, tokens, (0, len(tokens)), None, found)
    return sorted(found, key=lambda cte: cte.start)


def _closing(tokens: Sequence[Token], opening: int) -> int | None:
    depth = 0
    for index in range(opening, len(tokens)):
        kind = tokens[index].token_type
        if kind == TokenType.L_PAREN:
            depth += 1
        elif kind == TokenType.R_PAREN:
            depth -= 1
            if depth == 0:
                return index
    return None


def _read(sql: str, tokens: Sequence[Token], part: tuple[int, int], outer: Frame | None, found: list[Cte]) -> None:
    """The CTEs of every WITH in a part of the tokens; those below another CTE are read with it."""
    index, stop = part
    depth = 0
    frames: list[tuple[int, Frame | None]] = [(0, outer)]
    while index < stop:
        kind = tokens[index].token_type
        if kind == TokenType.WITH:
            scope, index = _read_scope(sql, tokens, index + 1, frames[-1][1], found)
            if scope.ctes:
                # The statement behind its list sees all of it, up to the bracket that both stand in.
                frames.append((depth, Frame(scope, tuple(scope.ctes))))
            continue
        depth += (kind == TokenType.L_PAREN) - (kind == TokenType.R_PAREN)
        while len(frames) > 1 and frames[-1][0] > depth:
            frames.pop()
        index += 1


def _read_scope(
    sql: str, tokens: Sequence[Token], index: int, outer: Frame | None, found: list[Cte]
) -> tuple[Scope, int]:
    """Reads the list after a WITH. Returns it and the index of the first token behind it."""
    recursive = index < len(tokens) and tokens[index].text.upper() == "RECURSIVE"
    scope = Scope(recursive, outer)
    bodies: list[tuple[Cte, int, int]] = []
    index += recursive
    while index < len(tokens):
        head = tokens[index]
        opening = _body(tokens, index + 1)
        closing = None if opening is None else _closing(tokens, opening)
        if opening is None or closing is None:
            break
        cte = Cte(
            name=head.text,
            written=sql[head.start : head.end + 1],
            start=head.start,
            end=tokens[closing].end + 1,
            words=frozenset(token.text.lower() for token in tokens[opening + 1 : closing]),
            scope=scope,
        )
        scope.ctes.append(cte)
        bodies.append((cte, opening + 1, closing))
        index = closing + 1
        if index >= len(tokens) or tokens[index].token_type != TokenType.COMMA:
            break
        index += 1
    found.extend(scope.ctes)
    for cte, start, stop in bodies:
        _read(sql, tokens, (start, stop), Frame(scope, tuple(_visible(cte))), found)
    return scope, index


def _visible(cte: Cte) -> list[Cte]:
    """The CTEs of its scope that a CTE may refer to."""
    ctes = cte.scope.ctes
    return ctes if cte.scope.recursive else ctes[: next(i for i, other in enumerate(ctes) if other is cte)]


def _body(tokens: Sequence[Token], index: int) -> int | None:
    """The index of the bracket that opens a CTE's body, from behind its name; None where there is no CTE."""
    if index < len(tokens) and tokens[index].token_type == TokenType.L_PAREN:
        columns = _closing(tokens, index)
        if columns is None:
            return None
        index = columns + 1
    if index >= len(tokens) or tokens[index].token_type != TokenType.ALIAS:
        return None
    index += 1
    while index < len(tokens) and tokens[index].text.upper() in ("NOT", "MATERIALIZED"):
        index += 1
    return index if index < len(tokens) and tokens[index].token_type == TokenType.L_PAREN else None


def select_from_cte(sql: str, name: str, occurrence: int, dialect: str | None) -> str:
    """A statement that gives the rows of a CTE with what it depends on, and nothing of what it does not.

    Names are compared without regard to case; of several with one name, `occurrence` (from 0, in the order of the
    text) says which. Raises WorkerError NOT_FOUND.
    """
    same = [cte for cte in ctes_of(sql, dialect) if cte.name.lower() == name.lower()]
    if not same:
        raise WorkerError(
            "NOT_FOUND",
            f"The compiled SQL has no CTE named {name}.",
            hint="It may be inside a Jinja block that was not rendered.",
        )
    cte = same[min(occurrence, len(same) - 1)]
    flat = None if nests_with(dialect) else _flat_statement(sql, cte)
    return _statement(sql, cte) if flat is None else flat


def leading_with(sql: str, dialect: str | None) -> tuple[str, str] | None:
    """A statement that begins with WITH, cut behind its list of CTEs; None for any other."""
    tokens = tokens_of(sql, dialect)
    if not tokens or tokens[0].token_type != TokenType.WITH:
        return None
    scope, _ = _read_scope(sql, tokens, 1, None, [])
    if not scope.ctes:
        return None
    end = scope.ctes[-1].end
    return sql[:end], sql[end:]


def _flat_statement(sql: str, cte: Cte) -> str | None:
    """One WITH at the top and a select from the CTE behind it; None where two of them would have one name."""
    frames = [(cte.scope, tuple(_visible(cte)))]
    while (outer := frames[-1][0].outer) is not None:
        frames.append((outer.scope, outer.ctes))
    shown: list[Cte] = []
    words = {*cte.words, cte.name.lower()}
    for _, visible in frames:
        needed = _needed(visible, words)
        words |= {word for other in needed for word in other.words}
        shown = [*needed, *shown]
    if not any(other is cte for other in shown):
        shown.append(cte)
    if len({other.name.lower() for other in shown}) < len(shown):
        return None
    recursive = any(scope.recursive for scope, _ in frames)
    return f"{_with(sql, Scope(recursive, None), shown)}\nselect * from {cte.written}"


def _statement(sql: str, cte: Cte) -> str:
    scope = cte.scope
    needed = _needed(_visible(cte), {*cte.words, cte.name.lower()})
    shown = needed if any(other is cte for other in needed) else [*needed, cte]
    query = f"{_with(sql, scope, shown)}\nselect * from {cte.written}"
    words = {word for other in shown for word in other.words}
    frame = scope.outer
    while frame is not None:
        around = _needed(frame.ctes, words)
        if around:
            query = f"{_with(sql, frame.scope, around)}\nselect * from (\n{query}\n) as {cte.written}"
            words |= {word for other in around for word in other.words}
        frame = frame.scope.outer
    return query


def _with(sql: str, scope: Scope, ctes: Sequence[Cte]) -> str:
    texts = ",\n".join(sql[cte.start : cte.end] for cte in ctes)
    return f"with {'recursive ' if scope.recursive else ''}{texts}"


def _needed(ctes: Sequence[Cte], words: set[str]) -> list[Cte]:
    """Those that the words may name, and what these may name in turn, in the order of the text."""
    needed: set[int] = set()
    waiting = [frozenset(words)]
    while waiting:
        current = waiting.pop()
        for index, other in enumerate(ctes):
            if index not in needed and other.name.lower() in current:
                needed.add(index)
                waiting.append(other.words)
    return [other for index, other in enumerate(ctes) if index in needed]
