"""Counts, distinct values and profiles around a statement, built as syntax trees in the adapter's dialect.

The statement itself stays the text that dbt compiled; what is built here names it by an alias of our own and a column
by its exact, quoted name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot import exp
from sqlglot.tokens import TokenType

from millrace_worker.protocol.errors import WorkerError
from millrace_worker.subjects.ctes import leading_with
from millrace_worker.subjects.dialects import nests_with, tokens_of

_ROWS, _VALUES, _TOP, _MEASURES = "millrace_rows", "millrace_values", "millrace_top", "millrace_measures"
_VERDICT, _VERDICTS = "millrace_verdict", "millrace_verdicts"
TOP_VALUES = 20
_COLUMNS_AT_ONCE = 200
"""PostgreSQL takes 1664 expressions in a select, and there are four for a column."""
_ORDERED = re.compile(
    r"u?(?:tiny|small|medium|big|huge)?int(?:eger)?\d*(?: unsigned)?|byteint|smallserial|(?:big)?serial"
    r"|(?:big)?(?:decimal|numeric)|number|fixed|float\d*|double(?: precision)?|real|(?:small)?money"
    r"|date(?:time\w*|32)?|time(?:stamp)?(?:_?\w+)?(?: with(?:out)? (?:local )?time zone)?"
    r"|n?(?:var)?char2?|bpchar|character(?: varying)?|string|text"
)
"""Names of types, without their lengths."""


def single_statement(sql: str, dialect: str | None) -> str:
    """The statement without the semicolons at its end. Raises WorkerError when there is another one behind it."""
    end = None
    for token in tokens_of(sql, dialect):
        if token.token_type == TokenType.SEMICOLON:
            end = token.start if end is None else end
        elif end is not None:
            raise WorkerError(
                "WAREHOUSE_ERROR", "A preview runs one statement.", hint="Select the one that you want to see."
            )
    return sql if end is None else sql[:end]


def _over(sql: str, query: exp.Expression, dialect: str | None, *ctes: tuple[str, exp.Expression]) -> str:
    """`query` over the statement, which it knows as `millrace_rows`, and over further CTEs."""
    # A comment may end the statement, so the bracket that closes it stands on a line of its own.
    head, rows = _as_cte(single_statement(sql, dialect), dialect)
    texts = [f"{head}{_ROWS} as (\n{rows}\n)"]
    texts += [f"{name} as (\n{cte.sql(dialect=dialect)}\n)" for name, cte in ctes]
    return f"{', '.join(texts)}\n{query.sql(dialect=dialect)}"


def _as_cte(sql: str, dialect: str | None) -> tuple[str, str]:
    """What comes before the CTE of the statement's rows, and the body of it."""
    if nests_with(dialect):
        return "with ", sql
    cut = leading_with(sql, dialect)
    head, body = ("with ", sql) if cut is None else (f"{cut[0]},\n", cut[1].lstrip("\n"))
    return head, f"{body}\noffset 0 rows" if _only_ordered(body, dialect) else body


def _only_ordered(sql: str, dialect: str | None) -> bool:
    """Whether it ends in an ORDER BY without TOP or OFFSET, which SQL Server refuses in a CTE."""
    depth = 0
    ordered = False
    for token in tokens_of(sql, dialect):
        depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
        if depth == 0 and token.text.upper() in ("TOP", "OFFSET"):
            return False
        ordered = ordered or (depth == 0 and token.token_type == TokenType.ORDER_BY)
    return ordered


def limited(sql: str, rows: int, dialect: str | None) -> str:
    """The first rows of a statement."""
    return _over(sql, exp.select("*").from_(_ROWS).limit(rows), dialect)


def count(sql: str, dialect: str | None) -> str:
    """One row, one column `rows`."""
    return _over(sql, exp.select(exp.Count(this=exp.Star()).as_("rows", quoted=True)).from_(_ROWS), dialect)


def _column(name: str, as_text: bool) -> exp.Expression:
    column: exp.Expression = exp.column(exp.to_identifier(name, quoted=True))
    return exp.cast(column, exp.DataType.Type.TEXT) if as_text else column


def distinct(sql: str, column: str, dialect: str | None, *, as_text: bool) -> str:
    """Each value of a column and how many rows have it, the most frequent first."""
    value = _column(column, as_text)
    query = (
        # Without an alias a column that does not exist is told as such.
        exp.select(
            value.as_(column, quoted=True) if as_text else value, exp.Count(this=exp.Star()).as_("rows", quoted=True)
        )
        .from_(_ROWS)
        .group_by(value.copy())
        .order_by(exp.Ordered(this=exp.Literal.number(2), desc=True), exp.Ordered(this=exp.Literal.number(1)))
    )
    return _over(sql, query, dialect)


def profile(sql: str, column: str, dialect: str | None, *, as_text: bool) -> str:
    """Measures of one column in one pass: rows of `measure`, `value` (as text) and `rows`.

    `rows`, `nulls` and `distinct` have a count; `minimum` and `maximum` a value; `top` values both. The values are
    grouped once, and everything else comes from the groups, so types that cannot be compared by `min` (booleans and
    UUIDs of PostgreSQL) do not matter.
    """
    value, rows = exp.column("value"), exp.column("n")
    known = exp.Is(this=value, expression=exp.Null()).not_()
    groups = (
        exp.select(_column(column, as_text).as_("value"), exp.Count(this=exp.Star()).as_("n"))
        .from_(_ROWS)
        .group_by(_column(column, as_text))
    )
    top = (
        exp.select(value.copy(), rows.copy())
        .from_(_VALUES)
        .where(known.copy())
        .order_by(exp.Ordered(this=rows.copy(), desc=True), exp.Ordered(this=value.copy()))
        .limit(TOP_VALUES)
    )

    def whole(expression: exp.Expression) -> exp.Expression:
        return exp.cast(exp.Coalesce(this=expression, expressions=[exp.Literal.number(0)]), exp.DataType.Type.BIGINT)

    def extreme(descending: bool) -> exp.Select:
        ordered = exp.Ordered(this=value.copy(), desc=descending)
        found = exp.select(value.copy()).from_(_VALUES).where(known.copy()).order_by(ordered).limit(1)
        return exp.select(exp.cast(value.copy(), exp.DataType.Type.TEXT)).from_(found.subquery("found"))

    missing = exp.Case().when(exp.Is(this=value.copy(), expression=exp.Null()), rows.copy())
    nothing = exp.cast(exp.Null(), exp.DataType.Type.TEXT)
    no_rows = exp.cast(exp.Null(), exp.DataType.Type.BIGINT)

    def measure(position: int, name: str, *, value: exp.Expression, rows: exp.Expression) -> exp.Select:
        return exp.select(
            exp.Literal.number(position).as_("position"),
            exp.Literal.string(name).as_("measure"),
            value.as_("value"),
            rows.as_("n"),
        )

    measures = [
        measure(1, "rows", value=nothing, rows=whole(exp.Sum(this=rows.copy()))).from_(_VALUES),
        measure(2, "nulls", value=nothing.copy(), rows=whole(exp.Sum(this=missing))).from_(_VALUES),
        measure(3, "distinct", value=nothing.copy(), rows=whole(exp.Count(this=value.copy()))).from_(_VALUES),
        measure(4, "minimum", value=extreme(False).subquery(), rows=no_rows),
        measure(5, "maximum", value=extreme(True).subquery(), rows=no_rows.copy()),
        measure(6, "top", value=exp.cast(value.copy(), exp.DataType.Type.TEXT), rows=rows.copy()).from_(_TOP),
    ]
    union: exp.Expression = measures[0]
    for other in measures[1:]:
        union = exp.union(union, other, distinct=False)
    query = (
        exp.select(exp.column("measure"), exp.column("value"), exp.column("n").as_("rows", quoted=True))
        .from_(_MEASURES)
        .order_by(
            exp.Ordered(this=exp.column("position")),
            exp.Ordered(this=exp.column("n"), desc=True),
            exp.Ordered(this=exp.column("value")),
        )
    )
    return _over(sql, query, dialect, (_VALUES, groups), (_TOP, top), (_MEASURES, union))


def profiles(sql: str, columns: Sequence[tuple[str, str]], dialect: str | None) -> str:
    """Measures of each column, a row a column in their order: `column`, `type`, `rows`, `nulls`, `distinct` (counts),
    `minimum` and `maximum` (as text).

    `columns` are names and types as the warehouse tells them. The rows are read once for every few columns, for which
    all is aggregated in one row; types that a warehouse may not compare are compared as text.
    """
    parts = [columns[start : start + _COLUMNS_AT_ONCE] for start in range(0, len(columns), _COLUMNS_AT_ONCE)]
    ctes: list[tuple[str, exp.Expression]] = []
    lines: list[exp.Expression] = []
    for part, some in enumerate(parts):
        name = f"{_VALUES}_{part}"
        ctes.append((name, exp.select(*_aggregates(some, dialect)).from_(_ROWS)))
        for at, (column, kind) in enumerate(some):
            nulls = exp.Sub(this=exp.column("n"), expression=exp.column(f"known_{at}"))
            line = exp.select(
                exp.Literal.number(len(lines)).as_("position"),
                exp.Literal.string(column).as_("name"),
                exp.Literal.string(kind).as_("kind"),
                exp.column("n").as_("n"),
                nulls.as_("missing"),
                *(exp.column(f"{field}_{at}").as_(field) for field in ("different", "least", "greatest")),
            )
            lines.append(line.from_(name))
    union: exp.Expression = lines[0]
    for other in lines[1:]:
        union = exp.union(union, other, distinct=False, copy=False)
    shown = {
        **{"column": "name", "type": "kind", "rows": "n", "nulls": "missing", "distinct": "different"},
        **{"minimum": "least", "maximum": "greatest"},
    }
    query = (
        exp.select(*(exp.column(field).as_(name, quoted=True) for name, field in shown.items()))
        .from_(_MEASURES)
        .order_by(exp.Ordered(this=exp.column("position")))
    )
    return _over(sql, query, dialect, *ctes, (_MEASURES, union))


def _aggregates(columns: Sequence[tuple[str, str]], dialect: str | None) -> list[exp.Expression]:
    found: list[exp.Expression] = [exp.Count(this=exp.Star()).as_("n")]
    for at, (name, kind) in enumerate(columns):
        column = exp.column(exp.to_identifier(name, quoted=True))
        value = column.copy() if _has_order(kind, dialect) else _text_of(column.copy(), kind, dialect)
        extremes = (exp.cast(build(this=value.copy()), exp.DataType.Type.TEXT) for build in (exp.Min, exp.Max))
        found += [
            exp.Count(this=column).as_(f"known_{at}"),
            exp.Count(this=exp.Distinct(expressions=[value])).as_(f"different_{at}"),
            *(extreme.as_(f"{field}_{at}") for field, extreme in zip(("least", "greatest"), extremes, strict=True)),
        ]
    return found


def _has_order(kind: str, dialect: str | None) -> bool:
    """Whether values of a type have a least one and can be told apart in every warehouse of a dialect."""
    plain = kind.lower().split("(")[0].strip()
    return _ORDERED.fullmatch(plain) is not None and not (dialect in ("tsql", "fabric") and plain == "text")


def _text_of(column: exp.Expression, kind: str, dialect: str | None) -> exp.Expression:
    """Values that have no order, as text. Some warehouses do not cast what is nested, but write it as JSON."""
    nested = kind.lower().startswith(("array", "map", "row"))
    if dialect == "bigquery":
        return exp.func("TO_JSON_STRING", column)
    if dialect in ("trino", "athena", "presto") and nested:
        return exp.func("JSON_FORMAT", exp.cast(column, exp.DataType.Type.JSON))
    if dialect in ("trino", "athena", "presto") and kind.lower() == "varbinary":
        return exp.func("TO_HEX", column)
    return exp.cast(column, exp.DataType.Type.TEXT)


def verdict(sql: str, severity: str, dialect: str | None) -> str:
    """One row of a test's own statement (`failures`, `should_warn`, `should_error`): its status and its failures."""
    failures = exp.column("failures")

    def flagged(name: str) -> exp.Expression:
        return exp.EQ(this=exp.column(name), expression=exp.true())

    status = exp.Case()
    if severity.lower() == "error":
        status = status.when(flagged("should_error"), exp.Literal.string("fail"))
    status = status.when(flagged("should_warn"), exp.Literal.string("warn")).else_(exp.Literal.string("pass"))
    return _over(sql, exp.select(status.as_("status"), failures).from_(_ROWS), dialect)


def verdicts(named: Sequence[tuple[str, str]], dialect: str | None) -> str:
    """A row with `test`, `status` and `failures` for each statement of `verdict`; those that fail come first.

    Raises WorkerError where the warehouse cannot run several in one statement.
    """
    if not nests_with(dialect) and len(named) > 1:
        raise WorkerError(
            "INVALID_INPUT",
            "This warehouse runs one test in a statement.",
            hint="Run each by the lens above it.",
        )
    ctes = [f"{_VERDICT}_{index} as (\n{sql}\n)" for index, (_, sql) in enumerate(named)]
    rows = [
        exp.select(
            exp.Literal.string(name).as_("test"),
            exp.column("status"),
            exp.cast(exp.column("failures"), exp.DataType.Type.BIGINT).as_("failures"),
        )
        .from_(f"{_VERDICT}_{index}")
        .sql(dialect=dialect)
        for index, (name, _) in enumerate(named)
    ]
    rank = exp.Case()
    for position, status in enumerate(("fail", "warn")):
        failing = exp.EQ(this=exp.column("status"), expression=exp.Literal.string(status))
        rank = rank.when(failing, exp.Literal.number(position))
    query = (
        exp.select(exp.column("test"), exp.column("status"), exp.column("failures"))
        .from_(_VERDICTS)
        .order_by(exp.Ordered(this=rank.else_(exp.Literal.number(2))), exp.Ordered(this=exp.column("test")))
    )
    union = "\nunion all\n".join(rows)
    texts = ",\n".join([*ctes, f"{_VERDICTS} as (\n{union}\n)"])
    return f"with {texts}\n{query.sql(dialect=dialect)}"


def column_probe(sql: str, dialect: str | None) -> str:
    """A statement with the columns of another and none of its rows."""
    return _over(sql, exp.select("*").from_(_ROWS).limit(0), dialect)


_INCOMPARABLE = ("json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle", "geometry", "geography")


def compares_as_text(type_name: str) -> bool:
    """Whether values of a type have no equality or order of their own in the warehouse."""
    plain = type_name.lower().split("(")[0].removesuffix("[]").strip()
    return plain in _INCOMPARABLE
