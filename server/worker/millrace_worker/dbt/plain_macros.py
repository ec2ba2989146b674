"""Macros whose change nobody who calls them has to be parsed for.

dbt parses everything again that calls a changed macro: seconds, where a third of the project does. A model's parse only
notes what is called while its text is rendered, so a macro that calls nothing, cannot fail and is only ever printed
leaves no trace in it. Everything that is not plainly so is parsed again.
"""

from __future__ import annotations

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
)
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
        self.names = {name.name for name in macro.find_all(nodes.Name) if name.ctx == "load"}
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
    return all(_is_plain(child) for child in node.iter_child_nodes())


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
            if shape.name not in found and shape.names <= shape.own and not _SPECIAL.match(shape.name):
                found[shape.name] = shape
                continue
        if not (isinstance(node, nodes.Output) and all(_is_blank(part) for part in node.nodes)):
            return None
    return found


def _is_blank(node: nodes.Node) -> bool:
    return isinstance(node, nodes.TemplateData) and not node.data.strip()


def same_for_callers(old: Iterable[Any], text: str, callers: Any, node_of: Any) -> bool:
    """Whether nothing that calls one of these macros must be parsed again when their file's text becomes `text`.

    `callers(macro)` are the ids of what calls a macro, `node_of(id)` is a node, or None for what is none.
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


__all__ = ["same_for_callers"]
