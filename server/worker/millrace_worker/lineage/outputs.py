"""What a statement, a query or a table offers: columns, each with the leaves that it is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

EdgeKind = Literal["passed", "renamed", "transformed", "aggregated"]
UseKind = Literal["join", "filter", "group", "order"]

_RANK: dict[str, int] = {"passed": 0, "renamed": 1, "transformed": 2, "aggregated": 3}


@dataclass(frozen=True)
class Leaf:
    """A column of a relation that the statement reads. `relation` is the caller's id of it."""

    relation: str
    column: str


@dataclass(frozen=True)
class Relation:
    """What is known of a table: the caller's id and its columns in order, or None when they are not known."""

    id: str
    columns: tuple[str, ...] | None
    documented: tuple[str, ...] = ()
    """Columns that it surely has, where `columns` are not known."""


@dataclass(frozen=True)
class Use:
    """A column that decides which rows there are, or in which groups and order, without being shown."""

    leaf: Leaf
    kind: UseKind


@dataclass
class OutputColumn:
    """A column of a result: the leaves that it is made of, each with its kind of edge, and what was not resolved."""

    name: str
    sources: dict[Leaf, EdgeKind] = field(default_factory=dict)
    unresolved: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class UnknownColumn:
    """A name that no table of its query has, where the columns of all of them are known."""

    name: str
    table: str
    start: int
    """Offset of the name in the SQL, quotes included; `end` is that after it."""
    end: int
    candidates: tuple[str, ...]
    """Names that would have been found."""
    rests_on: tuple[str, ...] = ()
    """Ids of the relations whose columns must be all that there are."""


@dataclass
class StatementLineage:
    """Lineage of a statement. `open_relations`: relations whose unknown columns all pass through by a star."""

    columns: list[OutputColumn]
    open_relations: list[str]
    uses: list[Use]
    unresolved: list[str]
    unknown: list[UnknownColumn] = field(default_factory=list)
    opaque: bool = False
    """There are further columns, of which nothing can be said."""
    rests_on: tuple[str, ...] = ()
    """Ids of the relations whose columns all pass through by a star: with theirs, these are known."""


@dataclass
class Output:
    """Columns that a query or table offers to the query around it."""

    columns: dict[str, OutputColumn] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)
    """Relations whose unknown columns are offered too."""
    opaque: str | None = None
    """Why nothing can be said about further columns (a table function, a pivot)."""
    soft: frozenset[str] = frozenset()
    """Keys of columns that one of `open` has anyway."""
    rests_on: tuple[str, ...] = ()
    """Relations all of whose columns are offered, and known."""


def stronger(one: EdgeKind, other: EdgeKind) -> EdgeKind:
    """The kind of two edges in a row: an aggregate anywhere makes the whole way one."""
    return one if _RANK[one] >= _RANK[other] else other


def merge(into: OutputColumn, column: OutputColumn, kind: EdgeKind = "passed") -> None:
    for leaf, inner in column.sources.items():
        joined = stronger(kind, inner)
        into.sources[leaf] = stronger(into.sources[leaf], joined) if leaf in into.sources else joined
    into.unresolved.extend(problem for problem in column.unresolved if problem not in into.unresolved)


def copied(output: Output) -> Output:
    columns = {
        key: OutputColumn(column.name, dict(column.sources), list(column.unresolved))
        for key, column in output.columns.items()
    }
    return Output(columns, list(output.open), output.opaque, output.soft, output.rests_on)


def without_soft(output: Output) -> Output:
    """An open output without the columns that its relation has anyway: a star stands for all of them at once."""
    hard = {key: column for key, column in output.columns.items() if key not in output.soft}
    return Output(hard, output.open, output.opaque, rests_on=output.rests_on)


def together(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """Both, each id once."""
    return tuple(dict.fromkeys((*one, *other))) if one and other else one or other


def renamed(output: Output, alias: Any) -> Output:
    """Column aliases of a CTE or derived table: `t(a, b)`."""
    names = [identifier.name for identifier in (alias.args.get("columns") or [])] if alias is not None else []
    if not names:
        return output
    if output.open:
        return Output(opaque="Columns of a table whose columns are not known are renamed by place.")
    columns: dict[str, OutputColumn] = {}
    for index, column in enumerate(output.columns.values()):
        name = names[index] if index < len(names) else column.name
        columns[name.lower()] = OutputColumn(name, dict(column.sources), list(column.unresolved))
    for name in names[len(columns) :]:
        columns[name.lower()] = OutputColumn(name)
    return Output(columns, [], output.opaque, rests_on=output.rests_on)
