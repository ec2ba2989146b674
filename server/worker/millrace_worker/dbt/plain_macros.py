"""Macros whose change nobody who calls them has to be parsed for.

dbt parses everything again that calls a changed macro: seconds, where a third of the project does. A model's parse only
notes what is called while its text is rendered, so a macro that calls nothing, cannot fail and is only ever printed
leaves no trace in it. Everything that is not plainly so is parsed again. `var` counts as nothing: to the parser a
variable that is missing is none, and no node notes which it read.
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

_PREFIX = "dbt_macro__"
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
_VAR = "var"
_OWN_VAR = re.compile(rf"\bmacro\s+{_VAR}\b")
_FILTERS = {"trim", "lower", "upper", "string"}
_COMPARISONS = {"eq", "ne"}
_OF_LOOPS = {"first", "last", "index", "index0"}
_SPECIAL = re.compile(r"test_|materialization_|(?:\w+__)?generate_\w+_name$|(?:ref|source|config|function)$|\w+__")


class _Shape:
    """Of a macro that is plain: how it is called, and what it goes through."""

    def __init__(self, macro: nodes.Macro) -> None:
        self.name = macro.name.removeprefix(_PREFIX)
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


def _is_plain(node: nodes.Node) -> bool:
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
    return all(_is_plain(child) for child in node.iter_child_nodes())


def _is_variable(call: nodes.Call) -> bool:
    """`var` with a name that is written out, and maybe what it is when nobody has set it."""
    written = all(isinstance(argument, nodes.Const) for argument in call.args)
    rest = call.kwargs or call.dyn_args or call.dyn_kwargs
    return (
        isinstance(call.node, nodes.Name) and call.node.name == _VAR and 0 < len(call.args) < 3 and written and not rest
    )


@functools.lru_cache(maxsize=500)
def _shapes(text: str) -> dict[str, _Shape] | None:
    """The plain macros of a text, or None when there is something else in it."""
    try:
        template = parse(text)
    except (TemplateError, CompilationError):
        return None
    found: dict[str, _Shape] = {}
    for node in template.body:
        if isinstance(node, nodes.Macro) and node.name.startswith(_PREFIX) and _is_plain(node):
            shape = _Shape(node)
            if shape.name not in found and _stands_alone(shape) and not _SPECIAL.match(shape.name):
                found[shape.name] = shape
                continue
        if not (isinstance(node, nodes.Output) and all(_is_blank(part) for part in node.nodes)):
            return None
    return found


def _stands_alone(shape: _Shape) -> bool:
    return shape.names <= shape.own and not (shape.variables and _VAR in shape.own)


def _is_blank(node: nodes.Node) -> bool:
    return isinstance(node, nodes.TemplateData) and not node.data.strip()


def plain_variables(config: Any) -> bool:
    """Whether no variable of a project or its packages is a template of its own."""
    projects = [config, *(config.load_dependencies() or {}).values()]
    told = [repr(project.vars.to_dict()) for project in projects]
    return not any("{{" in text or "{%" in text for text in [*told, repr(config.cli_vars)])


def own_variables(macros: Iterable[str]) -> bool:
    """Whether one of these ids is of a macro that takes the place of dbt's `var`."""
    return any(unique_id.endswith(f".{_VAR}") for unique_id in macros)


def defines_variables(text: str) -> bool:
    """Whether a file may have such a macro."""
    return _OWN_VAR.search(text) is not None


def stands_alone(macro: Any, variables: bool) -> bool:
    """Whether what a macro writes depends on its arguments alone (and on variables, if `variables`)."""
    shape = (_shapes(macro.macro_sql) or {}).get(macro.name)
    return shape is not None and (variables or not shape.variables)


def same_for_callers(old: Iterable[Any], text: str, callers: Any, node_of: Any, variables: bool) -> bool:
    """Whether nothing that calls one of these macros must be parsed again when their file's text becomes `text`.

    `callers(macro)` are the ids of what calls a macro, `node_of(id)` is a node, or None for what is none.
    `variables`: whether `var` is dbt's own, and its values are no templates.
    """
    new = _shapes(text)
    if new is None:
        return False
    macros = list(old)
    if {macro.name for macro in macros} != set(new):
        return False
    for macro in macros:
        if macro.macro_sql.strip() in text:
            continue
        shape = (_shapes(macro.macro_sql) or {}).get(macro.name)
        changed = new[macro.name]
        if changed.variables and not variables:
            return False
        if shape is None or (shape.signature, shape.loops) != (changed.signature, changed.loops):
            return False
        if not all(_only_prints(node_of(caller), macro.name) for caller in callers(macro.unique_id)):
            return False
    return True


def _only_prints(node: Any, name: str) -> bool:
    if node is None or getattr(node, "language", "") != "sql" or getattr(node, "test_metadata", None) is not None:
        return False
    config = node.config
    if getattr(config, "pre_hook", None) or getattr(config, "post_hook", None):
        return False
    printed = rf"\{{\{{-?\s*(?:\w+\.)?{name}\s*\((?:[^(){{}}]|\([^(){{}}]*\))*\)\s*-?\}}\}}"
    text = node.raw_code
    return len(re.findall(rf"\b{name}\b", text)) == len(re.findall(printed, text))


__all__ = ["defines_variables", "own_variables", "plain_variables", "same_for_callers", "stands_alone"]
