"""Macros that call nothing and cannot fail: what they write depends on what they are told, and a parse never notices.

`var` counts as nothing: to the parser a variable that is missing is none, and no node notes which it read.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import Any

from dbt_common.clients.jinja import parse
from dbt_common.exceptions import CompilationError
from jinja2 import nodes
from jinja2.exceptions import TemplateError

import millrace_worker.dbt.runtime  # noqa: F401  before any other part of dbt

PREFIX = "dbt_macro__"
_ALLOWED = (
    nodes.Template,
    nodes.Macro,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.If,
    nodes.For,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Concat,
    nodes.List,
    nodes.Tuple,
    nodes.Filter,
    nodes.Getattr,
    nodes.Call,
)
VAR = "var"
_OWN_VAR = re.compile(rf"\bmacro\s+{VAR}\b")
_FILTERS = {"trim", "lower", "upper", "string"}
_COMPARISONS = {"eq", "ne"}
_OF_LOOPS = {"first", "last", "index", "index0"}
_SPECIAL = re.compile(r"test_|materialization_|(?:\w+__)?generate_\w+_name$|(?:ref|source|config|function)$|\w+__")


class Shape:
    """Of a macro that is plain: how it is called, and what it goes through."""

    def __init__(self, macro: nodes.Macro) -> None:
        self.name = macro.name.removeprefix(PREFIX)
        self.signature = [argument.name for argument in macro.args], [repr(default) for default in macro.defaults]
        self.loops = sorted({repr(loop.iter) for loop in macro.find_all(nodes.For)})
        called = [call.node for call in macro.find_all(nodes.Call)]
        self.variables = bool(called)
        self.names = {name.name for name in macro.find_all(nodes.Name) if name.ctx == "load" and name not in called}
        self.own = {
            *(name.name for name in macro.find_all(nodes.Name) if name.ctx != "load"),
            *(argument.name for argument in macro.args),
            *(["loop"] if self.loops else []),
        }


def is_plain(node: nodes.Node) -> bool:
    """Whether nothing in it, its names aside, calls anything but `var`, can fail, or changes what comes after it."""
    if not isinstance(node, _ALLOWED):
        return False
    if isinstance(node, nodes.Filter) and (node.name not in _FILTERS or node.args or node.kwargs):
        return False
    if isinstance(node, nodes.Operand) and node.op not in _COMPARISONS:
        return False
    if isinstance(node, nodes.Getattr) and not (
        isinstance(node.node, nodes.Name) and node.node.name == "loop" and node.attr in _OF_LOOPS
    ):
        return False
    if isinstance(node, nodes.Call):
        return _is_variable(node)
    if isinstance(node, nodes.For) and any(True for _ in node.iter.find_all(nodes.Call)):
        return False
    return all(is_plain(child) for child in node.iter_child_nodes())


def _is_variable(call: nodes.Call) -> bool:
    """`var` with a name that is written out, and maybe what it is when nobody has set it."""
    written = all(isinstance(argument, nodes.Const) for argument in call.args)
    rest = call.kwargs or call.dyn_args or call.dyn_kwargs
    return (
        isinstance(call.node, nodes.Name) and call.node.name == VAR and 0 < len(call.args) < 3 and written and not rest
    )


@functools.lru_cache(maxsize=500)
def _shapes(text: str) -> dict[str, Shape] | None:
    """The plain macros of a text, or None when there is something else in it."""
    try:
        template = parse(text)
    except (TemplateError, CompilationError):
        return None
    found: dict[str, Shape] = {}
    for node in template.body:
        if isinstance(node, nodes.Macro) and node.name.startswith(PREFIX) and is_plain(node):
            shape = Shape(node)
            if shape.name not in found and is_closed(shape) and not _SPECIAL.match(shape.name):
                found[shape.name] = shape
                continue
        if not (isinstance(node, nodes.Output) and all(is_blank(part) for part in node.nodes)):
            return None
    return found


def is_closed(shape: Shape) -> bool:
    """Whether a macro looks at nothing but what it is told and what it sets itself."""
    return shape.names <= shape.own and not (shape.variables and VAR in shape.own)


def is_blank(node: nodes.Node) -> bool:
    """Whether it is text between macros that means nothing."""
    return isinstance(node, nodes.TemplateData) and not node.data.strip()


def plain_variables(config: Any) -> bool:
    """Whether no variable of a project or its packages is a template of its own."""
    projects = [config, *(config.load_dependencies() or {}).values()]
    told = [repr(project.vars.to_dict()) for project in projects]
    return not any("{{" in text or "{%" in text for text in [*told, repr(config.cli_vars)])


def own_variables(macros: Iterable[str]) -> bool:
    """Whether one of these ids is of a macro that takes the place of dbt's `var`."""
    return any(unique_id.endswith(f".{VAR}") for unique_id in macros)


def defines_variables(text: str) -> bool:
    """Whether a file may have such a macro."""
    return _OWN_VAR.search(text) is not None


def stands_alone(macro: Any, variables: bool) -> bool:
    """Whether what a macro writes depends on its arguments alone (and on variables, if `variables`)."""
    shape = (_shapes(macro.macro_sql) or {}).get(macro.name)
    return shape is not None and (variables or not shape.variables)


__all__ = [
    "PREFIX",
    "VAR",
    "Shape",
    "defines_variables",
    "is_blank",
    "is_closed",
    "is_plain",
    "own_variables",
    "plain_variables",
    "stands_alone",
]
