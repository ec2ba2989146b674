"""Changes of macros for which nobody who calls them has to be parsed again.

dbt parses everything again that calls a changed macro: seconds, where a third of the project does. What a parse notes
of a node (refs, sources, metrics, functions, the arguments of `config`, macros called, environment variables) is noted
by calls that its text makes while it is rendered; what it renders to is thrown away. So a change of a macro leaves its
callers as they are when both of these hold:

1. It makes the same calls with the same arguments, in the same order (`_same_trace`). Compared are the syntax trees
   without what is only written out: text, and expressions that call nothing, cannot fail and look at the macro's own
   names alone (`is_plain`). Everything else stays and must be equal: each statement, each other expression, whatever
   decides whether and how often they run, and text that does not go straight to the output (`{% set %}`, `{% call %}`
   and `{% filter %}` blocks). What was left out sets no name and raises nothing, so by induction over the statements
   the rest sees the same values and does the same, whatever it calls.
2. What it returns, which has changed, goes nowhere but into text that is written out: in each caller it stands alone
   in `{{ }}` (`return` of it, in a macro, hands it on), outside of blocks that keep their text, and where the caller is
   a macro the same holds of that one, up to the nodes (`_only_printed`). Nothing looks at it, so nothing depends on it.

What cannot be shown to be so is parsed again. What dbt does not know to call a macro (a name put together at run time)
it does not parse again either.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from dbt_common.clients.jinja import parse
from dbt_common.exceptions import CompilationError
from jinja2 import nodes
from jinja2.exceptions import TemplateError

import millrace_worker.dbt.runtime  # noqa: F401  before any other part of dbt
from millrace_worker.dbt.plain_macros import PREFIX, VAR, Shape, is_blank, is_closed, is_plain

_OWN_RULES = re.compile(
    r"(?:\w+__)?(?:test_|materialization_|generate_\w+_name$)|(?:ref|source|config|function|var|return)$"
)
"""Macros that dbt itself calls, or that stand in for what notes things."""
_KEEPS_TEXT = re.compile(r"\{%-?\s*(?:endset|endcall|endfilter|endmacro|macro|import|from|include|extends)\b")
_STRING = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_JINJA = re.compile(
    rf"\{{#.*?#\}}|\{{\{{(?:{_STRING}|[^'\"}}]|\}}(?!\}}))*\}}\}}|\{{%(?:{_STRING}|[^'\"%]|%(?!\}}))*%\}}", re.DOTALL
)
"""Strings are told from what closes; where a part still seems to end too early, a delimiter is left over."""
_DELIMITER = re.compile(r"\{[{%#]|[}%#]\}")
_RETURN = "return"
_Trace = tuple[Any, ...]


@functools.lru_cache(maxsize=500)
def _macros_of(text: str) -> dict[str, nodes.Macro] | None:
    """The macros of a text; None when it does not parse or has something else in it."""
    try:
        template = parse(text)
    except (TemplateError, CompilationError):
        return None
    found: dict[str, nodes.Macro] = {}
    for node in template.body:
        if isinstance(node, nodes.Macro) and node.name.startswith(PREFIX) and node.name not in found:
            found[node.name] = node
        elif not (isinstance(node, nodes.Output) and all(is_blank(part) for part in node.nodes)):
            return None
    return {name.removeprefix(PREFIX): node for name, node in found.items()}


class _Tracer:
    """What of one macro its callers could notice."""

    def __init__(self, macro: nodes.Macro, variables: bool) -> None:
        self._variables = variables
        self._own = {
            *(name.name for name in macro.find_all(nodes.Name) if name.ctx != "load"),
            *(argument.name for argument in macro.args),
        }
        signature = [argument.name for argument in macro.args], [repr(default) for default in macro.defaults]
        self.trace: _Trace = (signature, self._body(macro.body, loops=False))

    def _is_written(self, node: nodes.Node, loops: bool) -> bool:
        """Whether it is nothing but written out, or (of a condition) cannot do more than say what is."""
        if not is_plain(node) or isinstance(node, nodes.Stmt):
            return False
        called = {id(call.node) for call in _all(node, nodes.Call)}
        if called and (not self._variables or VAR in self._own):
            return False
        names = {name.name for name in _all(node, nodes.Name) if id(name) not in called}
        return names <= self._own | ({"loop"} if loops else set())

    def _body(self, body: Iterable[nodes.Node], loops: bool) -> _Trace:
        return tuple(step for node in body for step in self._steps(node, loops))

    def _steps(self, node: nodes.Node, loops: bool) -> Iterator[Any]:
        match node:
            case nodes.Output():
                for part in node.nodes:
                    if isinstance(part, nodes.TemplateData) or self._is_written(part, loops):
                        continue
                    yield self._expression(part, loops)
            case nodes.ExprStmt():
                yield "do", self._expression(node.node, loops)
            case nodes.If():
                branches = [self._body(node.body, loops), self._body(node.else_, loops)]
                others = [step for other in node.elif_ for step in self._steps(other, loops)]
                tests = [node.test, *(other.test for other in node.elif_)]
                if any(branches) or others or not all(self._is_written(test, loops) for test in tests):
                    kept = [(repr(other.test), self._body(other.body, loops)) for other in node.elif_]
                    yield "if", repr(node.test), branches[0], kept, branches[1]
            case nodes.For():
                # `loop` looks ahead, which with a condition would ask that earlier
                inner = node.test is None and not node.recursive
                target = repr(node.target), repr(node.iter), repr(node.test), node.recursive
                yield "for", *target, self._body(node.body, inner), self._body(node.else_, loops)
            case _:
                yield repr(node)

    def _expression(self, node: nodes.Node, loops: bool) -> Any:
        """`return` ends the macro whatever it returns."""
        if _is_return(node) and _RETURN not in self._own and self._is_written(node.args[0], loops):
            return _RETURN
        return repr(node)


def _all(node: nodes.Node, kind: Any) -> Iterator[Any]:
    """`find_all` leaves out the node itself."""
    if isinstance(node, kind):
        yield node
    yield from node.find_all(kind)


def _is_return(node: nodes.Node) -> bool:
    return (
        isinstance(node, nodes.Call)
        and isinstance(node.node, nodes.Name)
        and node.node.name == _RETURN
        and len(node.args) == 1
        and not (node.kwargs or node.dyn_args or node.dyn_kwargs)
    )


def _same_trace(old: nodes.Macro, new: nodes.Macro, variables: bool) -> bool:
    return _plain_alike(old, new, variables) or _Tracer(old, variables).trace == _Tracer(new, variables).trace


def _plain_alike(old: nodes.Macro, new: nodes.Macro, variables: bool) -> bool:
    """Both call nothing at all, however they are built, and go through the same lists (what is none would fail)."""
    if not (is_plain(old) and is_plain(new)):
        return False
    before, after = Shape(old), Shape(new)
    if (after.variables and not variables) or not (is_closed(before) and is_closed(after)):
        return False
    return (before.signature, before.loops) == (after.signature, after.loops)


# -- who looks at what a macro returns -----------------------------------------------------------------------------


def _names(name: str) -> tuple[str, ...]:
    """What calls of a macro say: its name, and of one that `adapter.dispatch` finds the name that it is told."""
    parts = name.split("__")
    return tuple(rest for start in range(len(parts)) if (rest := "__".join(parts[start:])))


@functools.lru_cache(maxsize=500)
def _mention(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\b")


@functools.lru_cache(maxsize=20_000)
def _is_one_call(text: str, names: tuple[str, ...]) -> bool:
    """Whether a text is a call in `{{ }}` and nothing else, as it looks to be."""
    try:
        body = parse(text).body
    except (TemplateError, CompilationError):
        return False
    outputs = [part for node in body if isinstance(node, nodes.Output) for part in node.nodes]
    return len(body) == len(outputs) == 1 and _hands_on(outputs[0], names)


def _hands_on(node: nodes.Node, names: tuple[str, ...]) -> bool:
    """Whether an expression is what a call of the macro returns, and looks at it nowhere else."""
    if _is_return(node):
        return _hands_on(node.args[0], names)
    if not isinstance(node, nodes.Call):
        return False
    rest = [*node.args, *node.kwargs, *(part for part in (node.dyn_args, node.dyn_kwargs) if part is not None)]
    if any(_mentions(part, names) for part in rest):
        return False
    called = node.node
    if isinstance(called, nodes.Name):
        return called.name in names
    if isinstance(called, nodes.Getattr):
        return called.attr in names and isinstance(called.node, nodes.Name) and called.node.name not in names
    return _is_dispatch(called, names)


def _is_dispatch(node: nodes.Node, names: tuple[str, ...]) -> bool:
    """`adapter.dispatch('name', ...)`"""
    return (
        isinstance(node, nodes.Call)
        and isinstance(node.node, nodes.Getattr)
        and node.node.attr == "dispatch"
        and isinstance(node.node.node, nodes.Name)
        and all(isinstance(part, nodes.Const) for part in [*node.args, *(option.value for option in node.kwargs)])
        and not (node.dyn_args or node.dyn_kwargs)
    )


def _mentions(node: nodes.Node, names: tuple[str, ...]) -> bool:
    return _mention(names).search(repr(node)) is not None


def _body_only_prints(body: Iterable[nodes.Node], names: tuple[str, ...]) -> bool:
    """Whether statements of a macro do nothing with what another one returns but write it out, or return it."""
    for node in body:
        if isinstance(node, nodes.Output):
            parts = [part for part in node.nodes if not isinstance(part, nodes.TemplateData)]
            if not all(_hands_on(part, names) or not _mentions(part, names) for part in parts):
                return False
        elif isinstance(node, nodes.ExprStmt) and _is_return(node.node):
            if not _hands_on(node.node, names) and _mentions(node, names):
                return False
        elif isinstance(node, nodes.If):
            inner = [*node.body, *node.elif_, *node.else_]
            if _mentions(node.test, names) or not _body_only_prints(inner, names):
                return False
        elif isinstance(node, nodes.For):
            heads = [node.target, node.iter, *([node.test] if node.test is not None else [])]
            inner = [*node.body, *node.else_]
            if any(_mentions(head, names) for head in heads) or not _body_only_prints(inner, names):
                return False
        elif _mentions(node, names):
            return False
    return True


@functools.lru_cache(maxsize=2000)
def _macro_only_prints(text: str, name: str, names: tuple[str, ...]) -> bool:
    macro = (_macros_of(text) or {}).get(name)
    if macro is None or _OWN_RULES.match(name):
        return False
    if any(_mentions(part, names) for part in [*macro.args, *macro.defaults]):
        return False
    return _body_only_prints(macro.body, names)


def _node_only_prints(node: Any, names: tuple[str, ...]) -> bool:
    if getattr(node, "language", "") != "sql" or getattr(node, "test_metadata", None) is not None:
        return False
    hooks = [*(getattr(node.config, "pre_hook", None) or ()), *(getattr(node.config, "post_hook", None) or ())]
    return all(_text_only_prints(text, names) for text in [node.raw_code, *(hook.sql for hook in hooks)])


def _text_only_prints(text: str, names: tuple[str, ...]) -> bool:
    mention = _mention(names)
    if mention.search(text) is None:
        return True
    parts = [part for part in _jinja_of(text) if not part.startswith("{#") and mention.search(part)]
    return all(part.startswith("{{") and _is_one_call(part, names) for part in parts) and not (
        parts and _KEEPS_TEXT.search(text)
    )


def _jinja_of(text: str) -> list[str]:
    """The parts of a text that are Jinja; all of it where it is not plain which those are."""
    found: list[str] = _JINJA.findall(text)
    return [text] if _DELIMITER.search(_JINJA.sub("", text)) else found


def _only_printed(macro: Any, callers: Callable[[str], Iterable[str]], thing_of: Callable[[str], Any]) -> bool:
    """Whether nothing does anything with what a macro returns but write it out."""
    if not _macro_only_prints(macro.macro_sql, macro.name, _names(macro.name)):
        return False  # not even itself
    seen = {macro.unique_id}
    waiting = [macro]
    while waiting:
        called = waiting.pop()
        names = _names(called.name)
        for unique_id in callers(called.unique_id):
            caller = thing_of(unique_id)
            if caller is None:
                return False
            if not unique_id.startswith("macro."):
                if not _node_only_prints(caller, names):
                    return False
                continue
            if not _macro_only_prints(caller.macro_sql, caller.name, names):
                return False
            if unique_id not in seen:
                seen.add(unique_id)
                waiting.append(caller)
    return True


def same_for_callers(
    old: Iterable[Any],
    text: str,
    callers: Callable[[str], Iterable[str]],
    thing_of: Callable[[str], Any],
    variables: bool,
) -> bool:
    """Whether nothing that calls one of these macros must be parsed again when their file's text becomes `text`.

    `callers(macro)` are the ids of what calls a macro, `thing_of(id)` is a node or a macro, None for anything else.
    `variables`: whether `var` is dbt's own, and its values are no templates.
    """
    new = _macros_of(text)
    macros = list(old)
    if new is None or {macro.name for macro in macros} != set(new):
        return False
    for macro in macros:
        before, after = (_macros_of(macro.macro_sql) or {}).get(macro.name), new[macro.name]
        if before is None:
            return False
        if before == after:
            continue
        if _OWN_RULES.match(macro.name) or not _same_trace(before, after, variables):
            return False
        if not _only_printed(macro, callers, thing_of):
            return False
    return True


__all__ = ["same_for_callers"]
