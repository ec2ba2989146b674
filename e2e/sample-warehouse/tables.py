"""SQL for the raw tables. One text serves DuckDB and PostgreSQL; only integer division is written differently."""

from __future__ import annotations

import json
from dataclasses import dataclass

import catalogue

PRIME = 2147483647
FIRST_DAY = "2024-01-01"
DAYS = 912  # up to and including 2026-06-30
EVENTS_PER_BLOCK = 40
SESSION_LENGTHS = [1, 2, 4, 12, 3, 7, 5, 6]  # web sessions come in blocks of 40 events


@dataclass(frozen=True)
class Size:
    """Row counts of one scale. Scale 1 has two million web events."""

    customers: int
    orders: int
    events: int

    @classmethod
    def of(cls, scale: float) -> Size:
        """Return the counts for `scale`, never so few that a report of the sample project is empty."""
        return cls(max(300, int(18_000 * scale)), max(2_000, int(160_000 * scale)), max(8_000, int(2_000_000 * scale)))


def number(key: int, salt: int) -> int:
    """Python's twin of `draw`: a stable number below PRIME for `key`."""
    mixed = (key * (7919 + 104729 * salt) + 1299709 * (salt + 1)) % PRIME
    return mixed * mixed % PRIME


def text(value: str | None) -> str:
    """Quote a Python string as a SQL literal."""
    return "null" if value is None else "'" + value.replace("'", "''") + "'"


def array(values: list[str] | list[int]) -> str:
    """Write a list as a SQL array literal; both databases index it from 1."""
    return "(ARRAY[" + ", ".join(text(value) if isinstance(value, str) else str(value) for value in values) + "])"


class Sql:
    """The expressions the tables are built from, in the words of one adapter."""

    def __init__(self, adapter: str) -> None:
        self.division = "//" if adapter == "duckdb" else "/"

    def draw(self, key: str, salt: int) -> str:
        """A pseudo-random bigint below PRIME: the square of a linear congruence, the same in both databases."""
        mixed = f"(({key}) * {7919 + 104729 * salt} + {1299709 * (salt + 1)}) % {PRIME}"
        return f"((({mixed}) * ({mixed})) % {PRIME})"

    def below(self, key: str, salt: int, limit: str | int) -> str:
        """A pseudo-random whole number from 0 to limit - 1, from the upper digits of the draw."""
        return f"(({self.draw(key, salt)} {self.division} 7) % ({limit}))"

    def divide(self, dividend: str, divisor: str | int) -> str:
        """Whole-number division, rounding down for positive numbers."""
        return f"(({dividend}) {self.division} ({divisor}))"

    def pick(self, values: list[str] | list[int], key: str, salt: int) -> str:
        """One of `values`, chosen by the key."""
        return f"{array(values)}[cast(1 + {self.below(key, salt, len(values))} as integer)]"

    def at(self, seconds: str) -> str:
        """A timestamp with time zone, `seconds` after the first day began."""
        return f"(timestamptz '{FIRST_DAY} 00:00:00+00' + ({seconds}) * interval '1 second')"


def reference_tables() -> dict[str, str]:
    """Return the small tables as CREATE TABLE statements with their rows written out."""
    return {
        "stores": _values(
            _stores(),
            "store_id, name, city, region, latitude, longitude, manager_name, opened_on, phone, is_hub, hours",
        ),
        "suppliers": _values(
            _suppliers(), "supplier_id, name, city, country_code, email, lead_time_days, is_active, onboarded_at"
        ),
        "products": _values(
            _products(),
            "product_id, sku, name, size, category, supplier_id, price_cents, cost_cents, is_organic, shelf_life_days, "
            "description, attributes, is_discontinued, updated_at",
        ),
        "promotions": _values(
            _promotions(), "promotion_id, code, name, kind, percent_off, starts_on, ends_on, budget_cents"
        ),
    }


def _values(rows: list[list[str]], columns: str) -> str:
    body = ",\n  ".join("(" + ", ".join(row) + ")" for row in rows)
    return f"select * from (values\n  {body}\n) as listed({columns})"


def _stores() -> list[list[str]]:
    rows = []
    for key, (city, region, latitude, longitude, manager, opened) in enumerate(catalogue.STORES, start=1):
        hours = {
            "weekdays": "07:00-22:00",
            "saturday": "08:00-21:00",
            "sunday": None if key % 4 == 0 else "10:00-18:00",
        }
        phone = None if key == 11 else f"+353 90 555 {1000 + number(key, 1) % 9000}"
        rows.append(
            [
                f"cast({key} as integer)",
                text(f"Riverbank {city}"),
                text(city),
                text(region),
                f"cast({latitude} as numeric(8,4))",
                f"cast({longitude} as numeric(8,4))",
                text(manager),
                f"date '{opened}'",
                f"cast({text(phone)} as text)",
                "true" if key in (1, 5, 9) else "false",
                f"cast({text(json.dumps(hours))} as json)",
            ]
        )
    return rows


def _suppliers() -> list[list[str]]:
    rows = []
    for key, (name, city, country) in enumerate(catalogue.SUPPLIERS, start=1):
        domain = "".join(letter for letter in name.lower() if letter.isalpha())
        onboarded_on = f"{2016 + number(key, 3) % 8}-0{1 + number(key, 4) % 9}-1{number(key, 5) % 10}"
        email = None if key in (9, 14) else f"orders@{domain}.example"
        rows.append(
            [
                f"cast({key} as integer)",
                text(name),
                text(city),
                text(country),
                f"cast({text(email)} as text)",
                f"cast({1 + number(key, 2) % 9} as integer)",
                "false" if key == 13 else "true",
                f"timestamptz '{onboarded_on} 09:30:00+00'",
            ]
        )
    return rows


def _products() -> list[list[str]]:
    rows = []
    key = 0
    for category, (suppliers, shelf_life, items) in catalogue.PRODUCTS.items():
        for name, size, price in items:
            key += 1
            organic = number(key, 6) % 5 == 0
            supplier = suppliers[number(key, 7) % len(suppliers)]
            attributes = {
                "organic": organic,
                "storage": "frozen" if category == "Frozen" else "chilled" if (shelf_life or 999) < 20 else "ambient",
                "grams_co2": 120 + number(key, 8) % 4200,
                "allergens": ["milk"] if category == "Dairy & Eggs" else ["gluten"] if category == "Bakery" else [],
            }
            description = (
                f"{'Organic ' + name[0].lower() + name[1:] if organic else name}, {size}, "
                f"from {catalogue.SUPPLIERS[supplier - 1][0]} in {catalogue.SUPPLIERS[supplier - 1][1]}. "
                + (
                    "Best within " + str(shelf_life) + " days of delivery. "
                    if shelf_life and shelf_life < 30
                    else "Keeps well. "
                )
                + "Packed at the depot on the morning it travels."
            )
            life = "cast(null as integer)" if shelf_life is None else f"cast({shelf_life} as integer)"
            cost = price * (58 + number(key, 9) % 22) // 100
            rows.append(
                [
                    f"cast({key} as integer)",
                    text(f"RB-{category[:2].upper()}{key:04d}"),
                    text(name),
                    text(size),
                    text(category),
                    f"cast({supplier} as integer)",
                    f"cast({price} as integer)",
                    f"cast({cost} as integer)",
                    "true" if organic else "false",
                    life,
                    text(description),
                    f"cast({text(json.dumps(attributes))} as json)",
                    "true" if key % 41 == 0 else "false",
                    f"timestamptz '2026-0{1 + number(key, 10) % 6}-{10 + number(key, 11) % 18} 04:15:00+00'",
                ]
            )
    return rows


def _promotions() -> list[list[str]]:
    rows = []
    for key, (name, code, kind, percent, starts, ends, budget) in enumerate(catalogue.PROMOTIONS, start=1):
        rows.append(
            [
                f"cast({key} as integer)",
                text(code),
                text(name),
                text(kind),
                f"cast({percent} as integer)",
                f"date '{starts}'",
                f"date '{ends}'",
                f"cast({'null' if budget is None else budget} as bigint)",
            ]
        )
    return rows


def generated_tables(adapter: str, size: Size) -> dict[str, str]:
    """Return the big tables in the order they must be made, as SELECT statements for `create table raw.NAME as`."""
    sql = Sql(adapter)
    return {
        "orders": _orders(sql, size),
        "customers": _customers(sql, size),
        "order_lines": _order_lines(sql),
        "payments": _payments(sql),
        "deliveries": _deliveries(sql),
        "returns": _returns(sql),
        "web_events": _web_events(sql, size),
    }


def _orders(sql: Sql, size: Size) -> str:
    newcomer = f"eligible - {sql.below('i', 22, 'eligible / 12 + 1' if sql.division == '/' else 'eligible // 12 + 1')}"
    regular = f"1 + {sql.divide(sql.below('i', 23, 'eligible') + ' * ' + sql.below('i', 24, 1000), 1000)}"
    promotion = (
        "(select max(promotion_id) from raw.promotions as p where p.kind = 'seasonal' "
        f"and cast({sql.at('dated.day * 86400')} as date) between p.starts_on and p.ends_on)"
    )
    # The promotion of a day is looked up once per day, not once per order.
    return f"""
with numbered as (
  select cast(i as bigint) as i,
    cast(floor({DAYS} * power(cast(i as double precision) / {size.orders + 1}, 0.82)) as bigint) as day
  from generate_series(1, {size.orders}) as series(i)
), dated as (select distinct day from numbered),
seasons as (select day, {promotion} as promotion_id from dated),
placed as (
  select i, day, cast({size.customers} * (0.2 + 0.8 * cast(i as double precision) / {size.orders}) as bigint)
      as eligible,
    21600 + {sql.below("i", 20, 32000)} + {sql.below("i", 21, 29000)} as second_of_day
  from numbered
), bought as (
  select *, case when {sql.below("i", 25, 10)} < 3 then {newcomer} else {regular} end as customer from placed
)
select
  i as order_id,
  cast(customer as integer) as customer_id,
  cast({array(catalogue.STORE_WEIGHTS)}[cast(1 + {sql.below("customer", 30, 100)} as integer)] as integer) as store_id,
  {sql.at("bought.day * 86400 + second_of_day")} as ordered_at,
  case when bought.day >= {DAYS - 1} and {sql.below("i", 31, 3)} > 0 then 'preparing'
    when {sql.below("i", 32, 1000)} < 31 then 'cancelled'
    when {sql.below("i", 32, 1000)} < 42 then 'failed' else 'delivered' end as status,
  {sql.pick(["app", "app", "app", "app", "web", "web", "web", "phone", "subscription", "subscription"], "i", 33)}
    as channel,
  cast(case when {sql.below("i", 34, 100)} < 18 then seasons.promotion_id
    when {sql.below("i", 34, 100)} < 21 then 4
    when {sql.below("i", 34, 100)} < 23 and bought.day > 60 then 5
    when {sql.below("i", 34, 100)} < 25 and bought.day > 380 then 10 end as integer) as promotion_id,
  cast({sql.pick([0, 0, 295, 295, 395, 495], "i", 35)} as integer) as delivery_fee_cents,
  cast({sql.pick([0, 0, 0, 0, 0, 0, 100, 150, 200, 300, 500], "i", 36)} as integer) as tip_cents,
  case when {sql.below("i", 37, 12)} = 0 then {sql.pick(catalogue.ORDER_NOTES, "i", 38)} end as customer_note,
  {sql.below("i", 39, 9)} = 0 as is_gift
from bought left join seasons on seasons.day = bought.day"""


def _customers(sql: Sql, size: Size) -> str:
    first = sql.pick(catalogue.FIRST_NAMES, "i", 40)
    last = sql.pick(catalogue.LAST_NAMES, "i", 41)
    # Those who never ordered signed up on any day; the others a little before their first order.
    never = sql.at(f"{sql.below('i', 42, DAYS)} * 86400 + {sql.below('i', 43, 86400)}")
    return f"""
with first_orders as (select customer_id, min(ordered_at) as first_ordered_at from raw.orders group by customer_id),
named as (
  select cast(i as bigint) as i, {first} as first_name, {last} as last_name,
    cast({array(catalogue.STORE_WEIGHTS)}[cast(1 + {sql.below("i", 30, 100)} as integer)] as integer) as home_store_id
  from (select cast(n as bigint) as i from generate_series(1, {size.customers}) as series(n)) as keys
)
select
  cast(i as integer) as customer_id, first_name, last_name,
  case when {sql.below("i", 44, 40)} > 0 then lower(first_name) || '.' || lower(last_name) || cast(i as text) || '@'
    || {sql.pick(["postbox.example", "valleymail.example", "inbox.example", "work.example"], "i", 45)} end as email,
  case when {sql.below("i", 46, 4)} > 0 then '+353 8' || cast(3 + {sql.below("i", 47, 6)} as text) || ' 555 '
    || cast(1000 + {sql.below("i", 48, 9000)} as text) end as phone,
  cast('{{"line": "' || cast(1 + {sql.below("i", 49, 180)} as text) || ' ' || {sql.pick(catalogue.STREETS, "i", 50)}
    || '", "city": "' || s.city || '", "floor": ' || {sql.pick(["null", "null", "1", "2", "3"], "i", 51)}
      || '}}' as json) as address,
  s.city, home_store_id,
  date '1948-01-01' + cast({sql.below("i", 52, 20800)} as integer) as born_on,
  {sql.below("i", 53, 100)} < 62 as accepts_marketing,
  case when {sql.below("i", 54, 100)} < 14 then 'plus' when {sql.below("i", 54, 100)} < 20 then 'family'
    else 'standard' end as plan,
  coalesce(f.first_ordered_at - (3 + {sql.below("i", 55, 20000)}) * interval '1 minute', {never}) as signed_up_at
from named join raw.stores as s on s.store_id = named.home_store_id
left join first_orders as f on f.customer_id = named.i"""


def _order_lines(sql: Sql) -> str:
    products = sum(len(items) for _, _, items in catalogue.PRODUCTS.values())
    # Squaring the share makes some products sell far more than others; the stride spreads them over the categories.
    popular = sql.divide(f"{sql.below('k', 60, 1000)} * {sql.below('k', 61, products)}", 1000)
    return f"""
with keyed as (
  select o.order_id, o.ordered_at, n as line_number, o.order_id * 8 + n as k, o.promotion_id
  from raw.orders as o cross join (select cast(n as bigint) as n from generate_series(1, 7) as series(n)) as lines
  where n <= 1 + {sql.below("o.order_id", 62, 4)} + {sql.below("o.order_id", 63, 4)}
), chosen as (
  select *, 1 + ({popular} * 37) % {products} as product,
    {sql.pick([1, 1, 1, 1, 1, 2, 2, 2, 3, 4, 6], "k", 64)} as bought,
    extract(year from ordered_at) * 12 + extract(month from ordered_at) - 24289 as months
  from keyed
), priced as (
  select chosen.*, p.product_id, cast(round(p.price_cents * (91 + months * 0.3) / 100) as integer) as unit_price_cents
  from chosen join raw.products as p on p.product_id = chosen.product
)
select
  k as order_line_id, order_id, cast(line_number as integer) as line_number, product_id,
    cast(bought as integer) as quantity, unit_price_cents,
  cast(coalesce(round(unit_price_cents * bought * r.percent_off / 100.0), 0) as integer) as discount_cents,
  {sql.below("k", 65, 33)} = 0 as is_substituted
from priced left join raw.promotions as r on r.promotion_id = priced.promotion_id"""


def _payments(sql: Sql) -> str:
    methods = ["card"] * 5 + ["wallet"] * 3 + ["direct_debit", "invoice"]
    return f"""
with totals as (
  select o.order_id, o.ordered_at, o.status,
    cast(sum(l.unit_price_cents * l.quantity - l.discount_cents) + max(o.delivery_fee_cents)
      + max(o.tip_cents) as bigint)
      as total
  from raw.orders as o join raw.order_lines as l on l.order_id = o.order_id
  group by o.order_id, o.ordered_at, o.status
), parts as (
  select *, 1 as part, case when {sql.below("order_id", 70, 100)} < 9 then {sql.divide("total * 2", 5)}
    else total end as amount from totals
  union all
  select *, 2 as part, total - {sql.divide("total * 2", 5)} as amount
    from totals where {sql.below("order_id", 70, 100)} < 9
)
select
  order_id * 2 + part - 1 as payment_id, order_id, part as sequence_number,
  case when part = 1 and {sql.below("order_id", 70, 100)} < 9 then 'gift_card'
    else {sql.pick(methods, "order_id", 71)} end as method,
  cast(amount as integer) as amount_cents,
  case when status in ('cancelled', 'failed') then 'refunded' when status = 'preparing' then 'authorised'
    else 'captured' end as status,
  case when {sql.below("order_id", 72, 9)} > 0 then 'auth_'
    || cast({sql.draw("order_id", 73)} as text) end as processor_reference,
  ordered_at + (4 + {sql.below("order_id", 74, 90)} + part) * interval '1 second' as paid_at
from parts"""


def _deliveries(sql: Sql) -> str:
    minutes = f"{sql.below('order_id', 80, 75)} - 30 + case when {sql.below('order_id', 81, 12)} = 0"
    minutes += f" then {sql.below('order_id', 82, 90)} else 0 end"
    return f"""
with slots as (
  select order_id, store_id, status,
    date_trunc('day', ordered_at) + interval '1 day' + (8 + {sql.below("order_id", 83, 13)}) * interval '1 hour' as slot
  from raw.orders where status <> 'cancelled'
)
select
  order_id + 500000 as delivery_id, order_id, store_id,
  case when status = 'delivered' then 'delivered' when status = 'failed' then 'failed' else 'scheduled' end as status,
  {sql.pick(catalogue.COURIERS, "order_id", 84)} as courier_name,
  {sql.pick(["cargo bike", "cargo bike", "electric van", "electric van", "electric van", "van"], "order_id", 85)}
    as vehicle,
  slot as promised_from, slot + interval '1 hour' as promised_until,
  case when status <> 'preparing' then slot - (10 + {sql.below("order_id", 86, 40)}) * interval '1 minute' end
    as dispatched_at,
  case when status = 'delivered' then slot + interval '1 hour' + ({minutes} - 35) * interval '1 minute'
    + {sql.below("order_id", 87, 60)} * interval '1 second' end as delivered_at,
  cast(0.4 + {sql.below("order_id", 88, 181)} / 10.0 as numeric(5, 1)) as distance_km,
  cast(case when status = 'delivered' and {sql.below("order_id", 89, 10)} < 4 then
    {sql.pick([5, 5, 5, 5, 5, 4, 4, 4, 3, 2, 1], "order_id", 90)} end as integer) as rating
from slots"""


def _returns(sql: Sql) -> str:
    reasons = ["damaged", "damaged", "wrong_item", "expired", "quality", "quality", "not_needed"]
    return f"""
select
  l.order_line_id + 900000 as return_id, l.order_line_id, l.order_id,
  {sql.pick(reasons, "l.order_line_id", 95)} as reason_code,
  cast(1 + {sql.below("l.order_line_id", 96, "l.quantity")} as integer) as quantity,
  d.delivered_at + (1 + {sql.below("l.order_line_id", 97, 5000)}) * interval '1 minute' as requested_at,
  {sql.below("l.order_line_id", 98, 100)} < 91 as is_approved,
  case when {sql.below("l.order_line_id", 99, 3)} = 0
    then {sql.pick(catalogue.RETURN_COMMENTS, "l.order_line_id", 100)} end as comment
from raw.order_lines as l join raw.deliveries as d on d.order_id = l.order_id
where d.status = 'delivered' and {sql.below("l.order_line_id", 101, 1000)} < 21"""


def _web_events(sql: Sql, size: Size) -> str:
    sessions = [number for number, length in enumerate(SESSION_LENGTHS) for _ in range(length)]
    positions = [position for length in SESSION_LENGTHS for position in range(1, length + 1)]
    products = sum(len(items) for _, _, items in catalogue.PRODUCTS.values())
    total = (size.events // EVENTS_PER_BLOCK + 1) * len(SESSION_LENGTHS)
    place = f"cast(1 + i % {EVENTS_PER_BLOCK} as integer)"
    return f"""
with numbered as (
  select i, {sql.divide("i", EVENTS_PER_BLOCK)} * {len(SESSION_LENGTHS)} + {array(sessions)}[{place}] as session,
    {array(positions)}[{place}] as position, {sql.below("i", 110, 100)} as chance
  from (select cast(n as bigint) as i from generate_series(0, {size.events - 1}) as series(n)) as keys
), typed as (
  select *, case when position = 1 then 'page_view'
    when position <= 3 then case when chance < 40 then 'product_view' when chance < 65 then 'search' when chance < 90
      then 'page_view'
      else 'add_to_basket' end
    when chance < 35 then 'product_view' when chance < 63 then 'add_to_basket' when chance < 70 then 'search'
    when chance < 87 then 'checkout' when chance < 95 then 'purchase' else 'page_view' end as kind
  from numbered
)
select
  i + 1 as event_id,
  session + 1 as session_id,
  case when {sql.below("session", 111, 100)} < 64 then cast(1 + {
        sql.below("session", 112, size.customers)
    } as integer) end as customer_id,
  kind as event_type,
  case kind when 'product_view' then '/shop/product' when 'search' then '/shop/search' when 'add_to_basket'
    then '/shop/product'
    when 'checkout' then '/checkout' when 'purchase' then '/checkout/thanks'
    else {
        sql.pick(["/", "/offers", "/shop/bakery", "/shop/vegetables", "/recipes/one-pot", "/help/delivery"], "i", 113)
    } end as page_path,
  {sql.pick(["phone", "phone", "phone", "desktop", "desktop", "tablet"], "session", 114)} as device,
  {
        sql.at(
            f"{sql.divide(f'session * {DAYS}', total)} * 86400 + 21600 + {sql.below('session', 115, 30000)} "
            f"+ {sql.below('session', 116, 30000)} + position * 41 + chance % 31"
        )
    } as occurred_at,
  case when kind <> 'purchase' then cast(800 + {sql.below("i", 117, 45000)} as integer) end as milliseconds_on_page,
  case when kind in ('product_view', 'add_to_basket') then cast(1 + {
        sql.below("i", 118, products)
    } as integer) end as product_id,
  case when kind = 'search' then cast('{{"query": "' || {sql.pick(catalogue.SEARCHES, "i", 119)} || '", "results": '
    || cast({sql.below("i", 120, 48)} as text) || '}}' as json) end as properties
from typed"""
