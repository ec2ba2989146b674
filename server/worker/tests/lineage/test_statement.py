"""Column lineage of single statements: every kind of edge, and what must be marked rather than guessed."""

from __future__ import annotations

import pytest

from millrace_worker.lineage import Leaf, Relation, statement_lineage
from millrace_worker.lineage.outputs import StatementLineage

RELATIONS = {
    "db.main.orders": Relation("orders", ("order_id", "customer_id", "amount", "status", "ordered_at")),
    "main.orders": Relation("orders", ("order_id", "customer_id", "amount", "status", "ordered_at")),
    "orders": Relation("orders", ("order_id", "customer_id", "amount", "status", "ordered_at")),
    "customers": Relation("customers", ("customer_id", "name", "address")),
    "open_a": Relation("open_a", None),
    "open_b": Relation("open_b", None),
}


def lineage(sql: str, dialect: str = "duckdb") -> StatementLineage:
    return statement_lineage(sql, dialect, RELATIONS)


def edges(sql: str, dialect: str = "duckdb") -> dict[str, dict[str, str]]:
    """Output column -> {relation.column: kind}."""
    return {
        column.name: {f"{leaf.relation}.{leaf.column}": kind for leaf, kind in column.sources.items()}
        for column in lineage(sql, dialect).columns
    }


CASES = {
    "passed, renamed, transformed, aggregated": (
        "select order_id, customer_id as buyer, amount * 2 as twice, sum(amount) as total from orders",
        {
            "order_id": {"orders.order_id": "passed"},
            "buyer": {"orders.customer_id": "renamed"},
            "twice": {"orders.amount": "transformed"},
            "total": {"orders.amount": "aggregated"},
        },
    ),
    "quoted full name": ('select "order_id" from "db"."main"."orders"', {"order_id": {"orders.order_id": "passed"}}),
    "chain of CTEs with a name that comes back": (
        "with a as (select amount as x from orders), b as (select x as amount from a) select amount from b",
        {"amount": {"orders.amount": "passed"}},
    ),
    "aggregate below a rename": (
        "with a as (select customer_id, max(amount) m from orders group by 1) select m as top from a",
        {"top": {"orders.amount": "aggregated"}},
    ),
    "star": (
        "select * from customers",
        {name: {f"customers.{name}": "passed"} for name in ("customer_id", "name", "address")},
    ),
    "star with exclude and replace": (
        "select * exclude (address) replace (upper(name) as name) from customers",
        {"customer_id": {"customers.customer_id": "passed"}, "name": {"customers.name": "transformed"}},
    ),
    "join with using merges the column": (
        "select customer_id, name, amount from orders join customers using (customer_id)",
        {
            "customer_id": {"orders.customer_id": "passed", "customers.customer_id": "passed"},
            "name": {"customers.name": "passed"},
            "amount": {"orders.amount": "passed"},
        },
    ),
    "union by place": (
        "select order_id, amount from orders union all select customer_id, 0 from customers",
        {
            "order_id": {"orders.order_id": "passed", "customers.customer_id": "renamed"},
            "amount": {"orders.amount": "passed"},
        },
    ),
    "union by name": (
        "select order_id, customer_id from orders union all by name select customer_id from customers",
        {
            "order_id": {"orders.order_id": "passed"},
            "customer_id": {"orders.customer_id": "passed", "customers.customer_id": "passed"},
        },
    ),
    "window function": (
        "select row_number() over (partition by customer_id order by ordered_at) as n, "
        "sum(amount) over (partition by customer_id) as running from orders",
        {
            "n": {"orders.customer_id": "transformed", "orders.ordered_at": "transformed"},
            "running": {"orders.amount": "transformed", "orders.customer_id": "transformed"},
        },
    ),
    "scalar subquery, correlated": (
        "select name, (select max(o.amount) from orders o where o.customer_id = c.customer_id) as top from customers c",
        {"name": {"customers.name": "passed"}, "top": {"orders.amount": "aggregated"}},
    ),
    "derived table with column aliases": (
        "select t.b from (select order_id, amount from orders) as t(a, b)",
        {"b": {"orders.amount": "renamed"}},
    ),
    "recursive CTE": (
        "with recursive r as (select customer_id as id, 1 as depth from customers "
        "union all select r.id, r.depth + 1 from r) select id, depth from r",
        {"id": {"customers.customer_id": "renamed"}, "depth": {}},
    ),
    "unnest": (
        "select c.name, u.part from customers c, unnest(string_split(c.address, ',')) as u(part)",
        {"name": {"customers.name": "passed"}, "part": {"customers.address": "transformed"}},
    ),
    "alias used by a later column": (
        "select amount * 2 as twice, twice + 1 as more from orders",
        {"twice": {"orders.amount": "transformed"}, "more": {"orders.amount": "transformed"}},
    ),
    "field of a struct": (
        "select address.city as city from customers",
        {"city": {"customers.address": "transformed"}},
    ),
    "case and filter inside an aggregate": (
        "select count(*) filter (where status = 'open') as open_orders, "
        "sum(case when status = 'paid' then amount end) as paid from orders",
        {
            "open_orders": {"orders.status": "aggregated"},
            "paid": {"orders.status": "aggregated", "orders.amount": "aggregated"},
        },
    ),
    "unknown columns, one table": ("select a.x as y from open_a a", {"y": {"open_a.x": "renamed"}}),
    "a column goes before an alias of its name": (
        "select upper(x) as x, x || '!' as loud from open_a",
        {"x": {"open_a.x": "transformed"}, "loud": {"open_a.x": "transformed"}},
    ),
    "unknown columns through a star": (
        "with s as (select * from open_a) select x from s",
        {"x": {"open_a.x": "passed"}},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_edges(name: str) -> None:
    sql, expected = CASES[name]
    assert edges(sql) == expected


def test_lateral_on_postgres() -> None:
    sql = (
        "select c.name, z.amount, e.item from customers c "
        "left join lateral (select o.amount from orders o where o.customer_id = c.customer_id limit 1) z on true "
        "cross join lateral jsonb_array_elements(c.address) as e(item)"
    )
    assert edges(sql, "postgres") == {
        "name": {"customers.name": "passed"},
        "amount": {"orders.amount": "passed"},
        "item": {"customers.address": "transformed"},
    }


def test_what_decides_the_rows() -> None:
    found = lineage(
        "select c.name from customers c join orders o on o.customer_id = c.customer_id "
        "where o.status = 'open' and exists (select 1 from orders x where x.amount > 3) group by c.name order by c.name"
    )
    assert {(use.leaf.relation, use.leaf.column, use.kind) for use in found.uses} == {
        ("orders", "customer_id", "join"),
        ("customers", "customer_id", "join"),
        ("orders", "status", "filter"),
        ("orders", "amount", "filter"),
        ("customers", "name", "group"),
        ("customers", "name", "order"),
    }


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("select x from open_a, open_b", "x may come from several tables"),
        ("select customer_id from orders, customers", "is in several tables"),
        ("select nothing from orders", "was not found"),
        ("select 1 as x, x || '!' as loud from open_a", "may be the column made here"),
    ],
)
def test_what_cannot_be_resolved_is_marked(sql: str, reason: str) -> None:
    found = lineage(sql)
    assert any(reason in problem for problem in found.columns[-1].unresolved)
    assert found.columns[-1].sources == {}


def test_a_union_leaves_the_ctes_that_it_reads_as_they_were() -> None:
    sql = "with a as (select order_id as x from orders), b as (select name as x from customers) "
    found = edges(sql + "select u.x as both_, a.x as one from (select * from a union all select * from b) u, a")
    assert found == {
        "both_": {"orders.order_id": "renamed", "customers.name": "renamed"},
        "one": {"orders.order_id": "renamed"},
    }


def test_statements_that_cannot_be_followed_say_so() -> None:
    assert "could not be parsed" in lineage("select from where (").unresolved[0]
    assert "PIVOT" in lineage("select * from orders pivot (sum(amount) for status in ('open', 'paid'))").unresolved[0]
    star = lineage("select * from open_a")
    assert (star.columns, star.open_relations) == ([], ["open_a"])


def unknown(sql: str, dialect: str = "duckdb") -> list[tuple[str, str, str]]:
    """Table, name and the text at the place of each column that cannot be there."""
    return [(found.table, found.name, sql[found.start : found.end]) for found in lineage(sql, dialect).unknown]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select amont from orders", [("", "amont", "amont")]),
        ('select o.amount, o."Amont" from orders o', [("o", "Amont", '"Amont"')]),
        ("with a as (select amount as x from orders) select amount from a", [("", "amount", "amount")]),
        ("select 1 from orders o join customers c on o.customer_id = c.id", [("c", "id", "id")]),
        ("select (select max(x.amount) from orders x where x.customer = c.customer_id) from customers c",
         [("x", "customer", "customer")]),
        ("select name from customers where exists (select 1 from orders where statu = name)", [("", "statu", "statu")]),
        # never where it is not known
        ("select anything, a.other from open_a a", []),
        ("select amont from orders, open_a", []),
        ("select amont from orders, read_csv('x.csv')", []),
        ("select city from (select address.city from customers)", []),
        # names that are no columns
        ("select list_transform([amount], x -> x + 1), orders from orders", []),
        ("select amount * 2 as twice, twice + 1 from orders where twice > 3 order by twice", []),
        ("select rowid, amount from orders", []),
        ("select v.a from (values (1, 2)) as v(a, b)", []),
        ("select n, unnest from unnest([1]) as t(n), unnest([2])", []),
    ],
)  # fmt: skip
def test_columns_that_cannot_be_there(sql: str, expected: list[tuple[str, str, str]]) -> None:
    assert unknown(sql) == expected


def test_described_columns_settle_whose_a_name_is_and_claim_no_more() -> None:
    relations = {"a": Relation("a", None, ("x", "y")), "b": Relation("b", None, ("z",))}
    found = statement_lineage("select x, z, w from a, b", "duckdb", relations)
    assert [dict(column.sources) for column in found.columns] == [
        {Leaf("a", "x"): "passed"},
        {Leaf("b", "z"): "passed"},
        {},
    ]
    assert found.unknown == []
    star = statement_lineage("select * from a union all select * from b", "duckdb", relations)
    assert (star.columns, star.open_relations) == ([], ["a", "b"])
