"""Lineage of one SQL statement.

Names are resolved here, in one walk over sqlglot's syntax tree, rather than by its optimizer: a walk knows what it
could not resolve and says so, where a rewrite would guess or give the whole statement up. Identifiers are compared
without regard to case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from millrace_worker.lineage.outputs import (
    EdgeKind,
    Leaf,
    Output,
    OutputColumn,
    Relation,
    StatementLineage,
    UnknownColumn,
    Use,
    UseKind,
    copied,
    merge,
    renamed,
    stronger,
    together,
    without_soft,
)

EPHEMERAL_PREFIX = "__dbt__cte__"
"""Of the CTEs that dbt writes in front of a model for the ephemeral models that it reads."""
_HIDDEN = frozenset(
    "rowid ctid oid xmin xmax cmin cmax tableoid rownum level sysdate systimestamp user session_user current_user "
    "_partitiontime _partitiondate _table_suffix _file_name metadata$filename metadata$file_row_number "
    "metadata$action metadata$isupdate metadata$row_id value filename file_row_number".split()
)
"""Columns and names that tables have without declaring them."""


@dataclass
class _Scope:
    """Names that an expression may use. `outer` is the scope around a subquery."""

    sources: dict[str, Output]
    ctes: dict[str, Output]
    outer: _Scope | None
    aliases: dict[str, OutputColumn] = field(default_factory=dict)
    merged: dict[str, list[OutputColumn]] = field(default_factory=dict)
    """Columns that USING made one."""
    certain: dict[str, OutputColumn] = field(default_factory=dict)
    """Columns of the one table with unknown columns that it must have: they were read before any alias of that name."""


def statement_lineage(sql: str, dialect: str, relations: Mapping[str, Relation]) -> StatementLineage:
    """Where the columns of a SELECT come from.

    `relations` has the lower-case dotted name of each known table (`database.schema.table`, and shorter forms as the
    caller likes). Tables that it lacks are their own ids, with unknown columns. What cannot be parsed comes back with
    the reason in `unresolved` and no columns.
    """
    try:
        tree = sqlglot.parse_one(sql, read=dialect)
    except (SqlglotError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        return StatementLineage([], [], [], [f"The SQL could not be parsed: {reason}"], opaque=True)
    walker = _Walker(relations)
    if not isinstance(tree, exp.Query):
        return StatementLineage([], [], [], [f"A {type(tree).__name__} statement has no result columns."], opaque=True)
    output = walker.query(tree, {}, None)
    if output.opaque is not None:
        walker.note(output.opaque)
    for column in output.columns.values():
        column.sources = {leaf: _named(kind, leaf, column.name) for leaf, kind in column.sources.items()}
    return StatementLineage(
        list(output.columns.values()),
        output.open,
        list(walker.uses),
        walker.unresolved,
        list(walker.unknown.values()),
        output.opaque is not None,
        output.rests_on,
    )


def _named(kind: EdgeKind, leaf: Leaf, name: str) -> EdgeKind:
    if kind in ("passed", "renamed"):
        return "passed" if leaf.column.lower() == name.lower() else "renamed"
    return kind


class _Walker:
    def __init__(self, relations: Mapping[str, Relation]) -> None:
        self._relations = relations
        self.uses: dict[Use, None] = {}
        self.unresolved: list[str] = []
        self.unknown: dict[int, UnknownColumn] = {}

    def note(self, reason: str) -> None:
        """Something of the statement that could not be resolved; told once."""
        if reason not in self.unresolved:
            self.unresolved.append(reason)

    # -- queries ------------------------------------------------------------------------------------------------

    def query(self, node: Any, ctes: Mapping[str, Output], outer: _Scope | None) -> Output:
        """Output of a SELECT, a set operation, or either in parentheses."""
        ctes = self._with(node, dict(ctes), outer)
        if isinstance(node, exp.Subquery):
            return self.query(node.this, ctes, outer)
        if isinstance(node, exp.SetOperation):
            return self._set_operation(node, ctes, outer)
        if isinstance(node, exp.Select):
            return self._select(node, ctes, outer)
        if isinstance(node, exp.Values):
            return _values(node)
        if isinstance(node, exp.Table):
            return self._table(node, _Scope({}, dict(ctes), outer))
        return Output(opaque=f"{type(node).__name__} is not followed.")

    def _with(self, node: Any, ctes: dict[str, Output], outer: _Scope | None) -> dict[str, Output]:
        with_ = node.args.get("with_") or node.args.get("with")
        if with_ is None:
            return ctes
        for cte in with_.expressions:
            name = cte.alias.lower()
            if name.startswith(EPHEMERAL_PREFIX) and name in self._relations:
                continue
            body = cte.this
            if with_.args.get("recursive") and isinstance(body, exp.SetOperation):
                anchor = self.query(body.left, ctes, outer)
                ctes[name] = renamed(anchor, cte.args.get("alias"))
            ctes[name] = renamed(self.query(body, ctes, outer), cte.args.get("alias"))
        return ctes

    def _set_operation(self, node: exp.SetOperation, ctes: Mapping[str, Output], outer: _Scope | None) -> Output:
        left, right = copied(self.query(node.left, ctes, outer)), self.query(node.right, ctes, outer)
        opaque = left.opaque or right.opaque
        both = together(left.rests_on, right.rests_on)
        if node.args.get("by_name"):
            for key, column in right.columns.items():
                merge(left.columns.setdefault(key, OutputColumn(column.name)), column)
            return Output(left.columns, _unique([*left.open, *right.open]), opaque, rests_on=both)
        if left.open or right.open:
            left, right = without_soft(left), without_soft(right)
            if not left.columns and not right.columns:
                # star over star: the columns of both pass through by place, whatever they are called
                return Output({}, _unique([*left.open, *right.open]), opaque)
            opaque = opaque or "A union mixes named columns with the star of a table whose columns are not known."
            return Output(left.columns, [], opaque, rests_on=left.rests_on)
        for mine, theirs in zip(left.columns.values(), right.columns.values(), strict=False):
            merge(mine, theirs)
        return Output(left.columns, [], opaque, rests_on=left.rests_on)

    def _select(self, node: exp.Select, ctes: Mapping[str, Output], outer: _Scope | None) -> Output:
        scope = _Scope({}, dict(ctes), outer)
        from_ = node.args.get("from_") or node.args.get("from")
        if from_ is not None:
            self._source(from_.this, scope)
        for lateral in node.args.get("laterals") or []:
            self._source(lateral, scope)
        for join in node.args.get("joins") or []:
            self._join(join, scope)
        output = Output()
        for projection in node.expressions:
            self._project(projection, scope, output)
        for key, kind in (("where", "filter"), ("having", "filter"), ("qualify", "filter")):
            if node.args.get(key) is not None:
                self._use(node.args[key], scope, kind)  # type: ignore[arg-type]
        if node.args.get("group") is not None:
            self._use(node.args["group"], scope, "group")
        if node.args.get("order") is not None:
            self._use(node.args["order"], scope, "order")
        if isinstance(node.args.get("distinct"), exp.Distinct) and node.args["distinct"].args.get("on") is not None:
            self._use(node.args["distinct"].args["on"], scope, "group")
        return output

    # -- sources ------------------------------------------------------------------------------------------------

    def _join(self, join: exp.Join, scope: _Scope) -> None:
        before = dict(scope.sources)
        self._source(join.this, scope)
        added = {alias: output for alias, output in scope.sources.items() if alias not in before}
        for identifier in join.args.get("using") or []:
            key = identifier.name.lower()
            sides = [self._offered(output, identifier.name) for output in [*before.values(), *added.values()]]
            columns = [column for column in sides if column is not None]
            scope.merged[key] = columns
            for column in columns:
                self._use_column(column, "join")
        if join.args.get("on") is not None:
            self._use(join.args["on"], scope, "join")

    def _source(self, node: Any, scope: _Scope) -> None:
        """Adds a FROM item (and the joins that hang on it) to the scope."""
        if isinstance(node, exp.Table):
            output = self._table(node, scope)
        elif isinstance(node, exp.Subquery):
            if isinstance(node.this, exp.Table):
                self._source(node.this, scope)
                for join in node.args.get("joins") or []:
                    self._join(join, scope)
                return
            output = self.query(node, scope.ctes, scope)
        elif isinstance(node, exp.Lateral) and isinstance(node.this, exp.Subquery):
            output = self.query(node.this, scope.ctes, scope)
        elif isinstance(node, exp.Values):
            output = _values(node)
        else:
            output = self._function_table(node, scope)
        alias = node.args.get("alias")
        output = renamed(output, alias if isinstance(alias, exp.TableAlias) else None)
        if node.args.get("pivots"):
            output = self._pivoted(node, output, scope)
        scope.sources[(node.alias_or_name or f"_{len(scope.sources)}").lower()] = output
        for join in node.args.get("joins") or []:
            self._join(join, scope)

    def _table(self, node: exp.Table, scope: _Scope) -> Output:
        if not isinstance(node.this, exp.Identifier):
            return self._function_table(node, scope)
        parts = [part.name for part in node.parts]
        name = ".".join(parts).lower()
        relation = self._relations.get(name)
        if len(parts) == 1 and parts[0].lower() in scope.ctes:
            return copied(scope.ctes[parts[0].lower()])
        relation = relation or Relation(name, None)
        known = relation.documented if relation.columns is None else relation.columns
        columns = {column.lower(): OutputColumn(column, {Leaf(relation.id, column): "passed"}) for column in known}
        if relation.columns is None:
            return Output(columns, open=[relation.id], soft=frozenset(columns))
        return Output(columns, rests_on=(relation.id,))

    def _function_table(self, node: Any, scope: _Scope) -> Output:
        """UNNEST, a table function, LATERAL over one: each of its columns is made of the columns in its arguments."""
        made = OutputColumn("")
        alias = node.args.get("alias")
        for part in _parts(node, skip=("alias", "joins", "pivots")):
            self._collect(part, scope, made, "transformed")
        columns = alias.args.get("columns") or [] if isinstance(alias, exp.TableAlias) else []
        output = Output(opaque=None if columns else "Columns of a table function are known by its alias only.")
        if isinstance(node.args.get("offset"), exp.Identifier):
            columns = [*columns, node.args["offset"]]
        for identifier in columns:
            output.columns[identifier.name.lower()] = OutputColumn(
                identifier.name, dict(made.sources), list(made.unresolved)
            )
        if not columns and node.alias_or_name:
            output.columns[node.alias_or_name.lower()] = OutputColumn(
                node.alias_or_name, dict(made.sources), list(made.unresolved)
            )
        return output

    def _pivoted(self, node: Any, output: Output, scope: _Scope) -> Output:
        for pivot in node.args["pivots"]:
            self._use(pivot, _Scope({"": output}, scope.ctes, scope.outer), "group")
        return Output(opaque="Columns of a PIVOT or UNPIVOT depend on the data and are not followed.")

    # -- projections --------------------------------------------------------------------------------------------

    def _project(self, node: Any, scope: _Scope, output: Output) -> None:
        star = node if isinstance(node, exp.Star) else node.this if isinstance(node, exp.Column) else None
        if isinstance(star, exp.Star):
            self._star(star, node.table.lower() if isinstance(node, exp.Column) else "", scope, output)
            return
        expression = node.this if isinstance(node, exp.Alias) else node
        if isinstance(expression, exp.Columns):
            output.opaque = "COLUMNS(…) is not followed."
            return
        name = node.alias_or_name or node.output_name or f"column {len(output.columns) + 1}"
        column = OutputColumn(name)
        self._collect(expression, scope, column, _kind_of(expression))
        scope.aliases[name.lower()] = column
        key = name.lower()
        while key in output.columns:
            key += "_"
        output.columns[key] = column

    def _star(self, star: exp.Star, table: str, scope: _Scope, output: Output) -> None:
        excluded = {part.name.lower() for part in star.args.get("except_") or star.args.get("except") or []}
        replaced = {part.alias.lower(): part for part in star.args.get("replace") or []}
        new_names = {part.this.name.lower(): part.alias for part in star.args.get("rename") or []}
        if table and table not in scope.sources:
            output.opaque = f"{table}.* names no table of this query."
            return
        merged_done: set[str] = set()
        for source in [scope.sources[table]] if table else list(scope.sources.values()):
            for key, offered in source.columns.items():
                if key in excluded or (not table and key in merged_done):
                    continue
                column = OutputColumn(new_names.get(key, offered.name))
                if key in replaced:
                    expression = replaced[key].this
                    self._collect(expression, scope, column, _kind_of(expression))
                elif not table and key in scope.merged:
                    merged_done.add(key)
                    for side in scope.merged[key]:
                        merge(column, side)
                else:
                    merge(column, offered)
                if key in source.soft and key not in output.columns:
                    output.soft |= {key}
                while key in output.columns:
                    key += "_"
                output.columns[key] = column
            if source.open and (excluded or replaced or new_names):
                output.opaque = "A star with exceptions stands over a table whose columns are not known."
            else:
                output.open = _unique([*output.open, *source.open])
            output.opaque = output.opaque or source.opaque
            output.rests_on = together(output.rests_on, source.rests_on)

    # -- expressions --------------------------------------------------------------------------------------------

    def _collect(self, node: Any, scope: _Scope, into: OutputColumn, kind: EdgeKind) -> None:
        """Adds every column that an expression reads; subqueries in it count with what they select."""
        for part in _walk(node):
            if isinstance(part, exp.Column) and not isinstance(part.this, exp.Star):
                column, problem = self._resolve(part, scope)
                if problem is not None and problem not in into.unresolved:
                    into.unresolved.append(problem)
                if column is not None:
                    merge(into, column, kind)
            elif isinstance(part, exp.Query):
                inner = self.query(part, scope.ctes, scope)
                for column in inner.columns.values():
                    merge(into, column, stronger(kind, "transformed"))

    def _use(self, node: Any, scope: _Scope, kind: UseKind) -> None:
        made = OutputColumn("")
        self._collect(node, scope, made, "transformed")
        self._use_column(made, kind)
        for problem in made.unresolved:
            self.note(problem)

    def _use_column(self, column: OutputColumn, kind: UseKind) -> None:
        for leaf in column.sources:
            self.uses.setdefault(Use(leaf, kind))

    def _resolve(self, node: exp.Column, scope: _Scope) -> tuple[OutputColumn | None, str | None]:
        parts = [part.name for part in node.parts]
        name, table = parts[-1], parts[-2].lower() if len(parts) > 1 else ""
        at: _Scope | None = scope
        while at is not None:
            if table:
                if table in at.sources:
                    source = at.sources[table]
                    found = self._offered(source, name)
                    if found is None and not source.open and source.opaque is None:
                        self._missing(node, table, source.columns, source.rests_on)
                    return found, None if found is not None else f"{table}.{name} is not a column that is known."
            else:
                found, problem = self._unqualified(name, at)
                if found is not None or problem is not None:
                    return found, problem
            at = at.outer
        if table:
            # a field of a struct: the first part is the column
            found, _ = self._unqualified(parts[0], scope)
            if found is not None:
                field_of = OutputColumn(name)
                merge(field_of, found, "transformed")
                return field_of, None
        else:
            self._missing_unqualified(node, scope)
        return None, f"{'.'.join(parts)} was not found in any table whose columns are known."

    def _missing_unqualified(self, node: exp.Column, scope: _Scope) -> None:
        """Notes a name that no scope around it can have: where any table's columns are not known, nothing is said."""
        candidates: dict[str, OutputColumn] = {}
        rests_on: tuple[str, ...] = ()
        at: _Scope | None = scope
        while at is not None:
            if node.name.lower() in at.sources or node.name.lower() in at.aliases:
                return
            if any(source.open or source.opaque is not None for source in at.sources.values()):
                return
            for source in at.sources.values():
                candidates.update(source.columns)
                rests_on = together(rests_on, source.rests_on)
            candidates.update(at.aliases)
            at = at.outer
        if candidates:
            self._missing(node, "", candidates, rests_on)

    def _missing(
        self, node: exp.Column, table: str, columns: Mapping[str, OutputColumn], rests_on: tuple[str, ...]
    ) -> None:
        name = node.name.lower()
        meta = node.this.meta
        if name in _HIDDEN or "start" not in meta or (node.this.args.get("quoted") and name.startswith("$")):
            return
        candidates = tuple(column.name for column in columns.values())
        unknown = UnknownColumn(node.name, table, meta["start"], meta["end"] + 1, candidates, rests_on)
        self.unknown.setdefault(unknown.start, unknown)

    def _unqualified(self, name: str, scope: _Scope) -> tuple[OutputColumn | None, str | None]:
        key = name.lower()
        if key in scope.merged:
            both = OutputColumn(name)
            for side in scope.merged[key]:
                merge(both, side)
            return both, None
        named = [source.columns[key] for source in scope.sources.values() if key in source.columns]
        open_sources = [source for source in scope.sources.values() if source.open or source.opaque is not None]
        if len(named) == 1:
            return named[0], None
        if len(named) > 1:
            return None, f"{name} is in several tables of the query and does not say which."
        if key in scope.certain:
            return scope.certain[key], None
        if key in scope.aliases:
            if open_sources:
                return None, f"{name} may be the column made here or one of a table whose columns are not known."
            return scope.aliases[key], None
        if not open_sources:
            return None, None
        if len(open_sources) == 1 and scope.outer is None:
            found = self._offered(open_sources[0], name)
            if found is not None:
                scope.certain[key] = found
                return found, None
        return None, f"{name} may come from several tables whose columns are not known."

    def _offered(self, output: Output, name: str) -> OutputColumn | None:
        """The column of that name that a source offers; certain also for an open relation, because the SQL is valid."""
        known = output.columns.get(name.lower())
        if known is not None:
            return known
        if len(output.open) == 1 and output.opaque is None:
            return OutputColumn(name, {Leaf(output.open[0], name): "passed"})
        return None


def _values(node: exp.Values) -> Output:
    """VALUES is made of nothing; without names of its own it has those of the dialects, `column1` or `col0`."""
    first = node.expressions[0] if node.expressions else None
    count = len(first.expressions) if isinstance(first, exp.Tuple) else 1
    names = [f"column{number + 1}" for number in range(count)]
    output = Output({name: OutputColumn(name) for name in names})
    if not isinstance(node.args.get("alias"), exp.TableAlias) or not node.args["alias"].args.get("columns"):
        output.opaque = "The names of these columns are the dialect's."
    return output


def _kind_of(expression: Any) -> EdgeKind:
    while isinstance(expression, exp.Paren):
        expression = expression.this
    if isinstance(expression, exp.Column):
        return "passed"
    for part in _walk(expression):
        if isinstance(part, exp.AggFunc) and not isinstance(part.parent, exp.Window):
            if isinstance(part.parent, exp.Filter) and isinstance(part.parent.parent, exp.Window):
                continue
            return "aggregated"
    return "transformed"


def _walk(node: Any) -> Iterator[Any]:
    """Every part of an expression, nested queries as one part each, in reading order."""
    stack = [node]
    while stack:
        part = stack.pop()
        yield part
        if isinstance(part, exp.Query) or (isinstance(part, exp.Column) and not isinstance(part.this, exp.Star)):
            continue
        stack.extend(reversed(list(part.iter_expressions())))


def _parts(node: Any, skip: tuple[str, ...]) -> Iterable[Any]:
    for key, value in node.args.items():
        if key in skip:
            continue
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, exp.Expression):
                yield part


def _unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))
