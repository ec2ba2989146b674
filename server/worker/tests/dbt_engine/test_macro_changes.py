"""Which changes of a macro nobody has to be parsed again for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from millrace_worker.dbt.macro_changes import same_for_callers

LATEST = """{% macro latest(column, model='orders') %}
  {%- set found = ref(model) -%}
  {% if column is not none and config.get('strict') %}
    (select max({{ column }}) from {{ found }})
  {% else %}
    {{ return(column) }}
  {% endif %}
{% endmacro %}"""
LOOP = "{% macro m(cs) %}{% for c in cs %}{{ c }},{% endfor %}{% endmacro %}"
FILTERED = "{% macro m(cs) %}{% for c in cs if ref(c) %}{{ c }},{% endfor %}{% endmacro %}"
BLOCK = "{% macro m() %}{% set sql %}select 1{% endset %}{{ run_query(sql) }}{% endmacro %}"


def thing(kind: str, name: str, text: str, **fields: Any) -> Any:
    if kind == "macro":
        return SimpleNamespace(unique_id=f"macro.p.{name}", name=name, macro_sql=text)
    config = SimpleNamespace(pre_hook=[], post_hook=fields.pop("post_hook", []))
    return SimpleNamespace(unique_id=f"model.p.{name}", raw_code=text, language="sql", config=config, **fields)


def is_same(
    old: str, new: str, callers: dict[str, list[Any]] | None = None, name: str = "m", variables: bool = True
) -> bool:
    things = {found.unique_id: found for them in (callers or {}).values() for found in them}
    return same_for_callers(
        [thing("macro", name, old)],
        new,
        lambda called: [found.unique_id for found in (callers or {}).get(called, [])],
        things.get,
        variables,
    )


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        (LATEST, LATEST.replace("(select max(", "(select  min("), True),
        (
            LATEST,
            LATEST.replace("{{ found }})", "{{ found }} where {{ column | lower }} > {{ var('least', 0) }})"),
            True,
        ),
        (LATEST, LATEST.replace("return(column)", "return(column | upper)"), True),
        (LATEST, LATEST.replace("{{ found }})", "{{ found }}{# why #})"), True),
        (LATEST, LATEST.replace("{{ found }})", "{% if column == 'id' %}distinct{% endif %} {{ found }})"), True),
        (LATEST, LATEST.replace("ref(model)", "ref('p', model)"), False),
        (LATEST, LATEST.replace("'orders'", "'customers'"), False),
        (LATEST, LATEST.replace("'strict'", "'lax'"), False),
        (LATEST, LATEST.replace("is not none and", "is not none or"), False),
        (LATEST, LATEST.replace("{{ found }})", "{{ other }})"), False),
        (LATEST, LATEST.replace("{{ found }})", "{{ found }} {{ source('a', 'b') }})"), False),
        (LATEST, LATEST.replace("{{ return(column) }}", "{{ column }}"), False),
        (LATEST, LATEST.replace("macro latest", "macro latest_of"), False),
        (LATEST, LATEST.replace("{% endmacro %}", "{% endmacro"), False),
        (LATEST, LATEST + "{{ ref('a') }}", False),
        (LOOP, LOOP.replace(",", "{% if not loop.last %},{% endif %}"), True),
        (LOOP, LOOP.replace("in cs", "in cs[1:]"), False),
        (FILTERED, FILTERED.replace("},", "};"), True),
        (FILTERED, FILTERED.replace(",", "{% if not loop.last %},{% endif %}"), False),
        (BLOCK, BLOCK.replace("select 1", "select 2"), False),
        (BLOCK, BLOCK.replace("{{ run", " {{ run"), True),
    ],
)
def test_only_what_is_written_out_may_change(old: str, new: str, same: bool) -> None:
    name = "latest" if old is LATEST else "m"
    assert is_same(old, new, name=name) == same


def test_a_variable_counts_as_a_call_where_it_may_be_one() -> None:
    old, new = (
        "{% macro m() %}{{ ref('a') }}{% endmacro %}",
        "{% macro m() %}{{ ref('a') }}{{ var('b') }}{% endmacro %}",
    )
    assert is_same(old, new)
    assert not is_same(old, new, variables=False)


OLD, NEW = "{% macro m(a) %}{{ ref('a') }} x{% endmacro %}", "{% macro m(a) %}{{ ref('a') }} y{% endmacro %}"


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("select {{ m(1) }} as m -- m", True),
        ("select {{ m(ref('x'), ['a', \"b\"], {'c': (1, (2))}) }}, {{- p.m('}}') -}} {# m #}", True),
        ("{% for i in [1] %}{% if i %}{{ m(i) }}{% endif %}{% endfor %}", True),
        ("{% set x = m(1) %}select {{ x }}", False),
        ("{% set x %}{{ m(1) }}{% endset %}{% if x == 'x' %}{{ ref('b') }}{% endif %}", False),
        ("select {{ ref(m(1)) }}", False),
        ("{{ config(alias=m(1)) }}select 1", False),
        ("{% if m(1) == 'x' %}{{ ref('b') }}{% endif %}", False),
        ("select {{ m(1) ~ ref('b') }}", False),
        ("select {{ m(1) == ref('b') }}", False),
        ("select {{ m('(') == ref(')') }}", False),
        ("select {{ m(m(1)) }}", False),
        ("{{ m }}", False),
        ("{% call m(1) %}{% endcall %}", False),
        ("select {{ {'a': {'b': m(1)}}['a'] }}", False),
        ('select {{ "}}" ~ m(1) }}', False),
    ],
)
def test_what_it_returns_may_only_be_written_out(text: str, same: bool) -> None:
    assert is_same(OLD, NEW, {"macro.p.m": [thing("model", "a", text)]}) == same


def test_a_hook_is_a_caller_too() -> None:
    for hook, same in (("grant {{ m(1) }}", True), ("{% set x = m(1) %}", False)):
        node = thing("model", "a", "select 1", post_hook=[SimpleNamespace(sql=hook)])
        assert is_same(OLD, NEW, {"macro.p.m": [node]}) == same


def test_macros_hand_on_what_they_print() -> None:
    printed, looked_at = thing("model", "a", "{{ outer(1) }}"), thing("model", "b", "{% set x = outer(1) %}")
    for body, same in (("{{ m(a) }}!", True), ("{{ return(m(a)) }}", True), ("{% set x = m(a) %}{{ x }}", False)):
        outer = thing("macro", "outer", f"{{% macro outer(a) %}}{body}{{% endmacro %}}")
        assert is_same(OLD, NEW, {"macro.p.m": [outer], "macro.p.outer": [printed]}) == same
        assert not is_same(OLD, NEW, {"macro.p.m": [outer], "macro.p.outer": [printed, looked_at]})
    named = thing("macro", "generate_alias_name", "{% macro generate_alias_name(a) %}{{ m(a) }}{% endmacro %}")
    assert not is_same(OLD, NEW, {"macro.p.m": [named]})


def test_a_macro_that_dispatch_finds() -> None:
    old, new = OLD.replace(" m(", " default__m("), NEW.replace(" m(", " default__m(")
    found = thing("macro", "m", "{% macro m(a) %}{{ return(adapter.dispatch('m', 'p')(a)) }}{% endmacro %}")
    for text, same in (("{{ m(1) }}", True), ("{% set x = m(1) %}", False)):
        callers = {"macro.p.default__m": [found], "macro.p.m": [thing("model", "a", text)]}
        assert is_same(old, new, callers, name="default__m") == same
    looked_at = thing("macro", "m", "{% macro m(a) %}{% set x = adapter.dispatch('m', 'p')(a) %}{% endmacro %}")
    assert not is_same(old, new, {"macro.p.default__m": [looked_at]}, name="default__m")


def test_a_macro_may_look_at_what_it_returned_itself() -> None:
    text = "{% macro m(a) %}{% if a %}x{% elif m(1) == 'x' %}{{ ref('b') }}{% endif %}{% endmacro %}"
    assert not is_same(text, text.replace("%}x", "%}y"))
