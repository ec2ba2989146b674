"""Jinja's compiled templates, kept: dbt compiles each text again whenever it renders it.

What Jinja makes of a text depends on the text and on the kind of environment alone, so a model that is parsed and then
compiled, and a description or a test that is rendered for every node of a kind, are translated to Python once.
"""

from __future__ import annotations

import copy
import functools
import re
from collections import OrderedDict
from typing import Any

import dbt.clients.jinja
import dbt.parser.manifest
import dbt_common.clients.jinja as common

import millrace_worker.dbt.runtime  # noqa: F401  before any other part of dbt

_KEPT = 500
_LONGEST = 100_000
_JINJA = re.compile(r"\{[{%#]")
_environments: dict[bool, Any] = {}
_code: OrderedDict[tuple[bool, str], Any] = OrderedDict()


def _environment(native: bool) -> Any:
    if native not in _environments:
        _environments[native] = common.get_environment(native=native)
    return _environments[native]


def _compiled(environment: Any, native: bool, source: str) -> Any:
    key = native, source
    if key in _code:
        _code.move_to_end(key)
        return _code[key]
    code = environment.compile(source)
    if len(source) <= _LONGEST:
        _code[key] = code
        if len(_code) > _KEPT:
            _code.popitem(last=False)
    return code


def get_template(
    string: str, ctx: dict[str, Any], node: Any = None, capture_macros: bool = False, native: bool = False
) -> Any:
    """As dbt's, which makes an environment and translates the text each time."""
    with common.catch_jinja(node):
        environment = _environment(native)
        code = _compiled(environment, native, str(string))
        if capture_macros:
            # only what is undefined differs from node to node
            environment = copy.copy(environment)
            environment.undefined = common.create_undefined(node)
        return environment.template_class.from_code(environment, code, environment.make_globals(ctx), None)


@functools.lru_cache(maxsize=2000)
def _doc_calls(description: str) -> Any:
    return common.parse(description)


_doc_blocks = dbt.parser.manifest._get_doc_blocks


def _get_doc_blocks(description: str, manifest: Any, node_package: str) -> list[str]:
    """As dbt's, which has Jinja read every description of every column."""
    if isinstance(description, str) and not _JINJA.search(description):
        return []
    blocks: list[str] = _doc_blocks(description, manifest, node_package)
    return blocks


common.get_template = get_template
dbt.clients.jinja.get_template = get_template
dbt.parser.manifest.parse = _doc_calls
dbt.parser.manifest._get_doc_blocks = _get_doc_blocks
