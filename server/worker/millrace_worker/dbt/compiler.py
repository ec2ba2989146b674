"""dbt's compiler on a warm manifest: one node at a time, on copies, without its graph and its writes."""

from __future__ import annotations

import copy
from typing import Any

from dbt.clients.jinja import get_rendered
from dbt.compilation import Compiler
from dbt.context.providers import generate_runtime_model_context
from dbt.contracts.graph.nodes import ModelNode
from dbt.node_types import NodeType
from dbt.parser.manifest import process_node
from dbt.parser.sql import SqlBlockParser

import millrace_worker.dbt.runtime  # noqa: F401  before any other part of dbt
from millrace_worker.dbt.layer import Layer, shallow
from millrace_worker.defer.deferral import deferred

COMPILED = ("compiled_code", "compiled_path", "_pre_injected_sql")
INLINE_NAME = "inline_query"


class MemoryCompiler(Compiler):  # type: ignore[misc]
    """Writes nothing, ephemeral models included (dbt writes those even when it is told not to)."""

    def _write_node(self, node: Any, split_suffix: str | None = None) -> Any:
        return node


def fresh(node: Any) -> Any:
    """A copy of a parsed node that may be compiled without touching the one in the manifest."""
    twin = copy.copy(node)
    if hasattr(twin, "compiled"):
        twin.compiled = False
        twin.extra_ctes = []
        twin.extra_ctes_injected = False
        for name in COMPILED:
            setattr(twin, name, None)
    if isinstance(twin, ModelNode) and any(True for constraint in twin.all_constraints if constraint.to):
        # the compiler resolves `to` of foreign keys in place
        twin.constraints = copy.deepcopy(twin.constraints)
        twin.columns = copy.deepcopy(twin.columns)
    return twin


def view_for(manifest: Any, node: Any) -> Any:
    """The manifest with copies of the node and of every ephemeral model below it."""
    view = shallow(manifest)
    nodes = view.nodes = Layer(manifest.nodes)
    waiting = list(node.depends_on_nodes)
    seen: set[str] = set()
    while waiting:
        unique_id = waiting.pop()
        upstream = nodes.get(unique_id)
        if unique_id in seen or upstream is None or not upstream.is_ephemeral_model:
            continue
        seen.add(unique_id)
        nodes[unique_id] = fresh(upstream)
        waiting.extend(upstream.depends_on_nodes)
    return view


def compile_node(config: Any, manifest: Any, node: Any) -> Any:
    """The compiled twin of a node of the manifest. Raises what dbt raises."""
    twin = fresh(deferred(node))
    view = view_for(manifest, node)
    if node.unique_id in view.nodes:
        view.nodes[node.unique_id] = twin
    return MemoryCompiler(config).compile_node(twin, view, {}, write=False)


def render_in(config: Any, manifest: Any, node: Any, text: str) -> str:
    """What a text becomes in a node's context, as if it were compiled there. Raises what dbt raises."""
    twin = fresh(node)
    context = generate_runtime_model_context(twin, config, view_for(manifest, node))
    return str(get_rendered(text, context, twin))


def is_compilable(node: Any) -> bool:
    """Whether dbt renders code for such a node at all."""
    return node.resource_type not in (NodeType.Seed, NodeType.Source, NodeType.Exposure, NodeType.Metric)


def compile_inline(config: Any, manifest: Any, sql: str, context: Any = None) -> Any:
    """Compiles SQL with Jinja that is no file of the project, as `dbt compile --inline` does.

    With `context`, a node, it is compiled as that node's text: `this`, `config` and `is_incremental()` are the node's.
    """
    view = shallow(manifest)
    view.nodes = Layer(manifest.nodes)
    view.disabled = dict(manifest.disabled)
    view.files = Layer(manifest.files)
    parser = SqlBlockParser(project=config, manifest=view, root_project=config)
    node = parser.parse_remote(sql, INLINE_NAME)
    process_node(config, view, node)
    if node.config.enabled is False:
        node.config.enabled = True
        view.disabled.pop(node.unique_id, None)
        view.nodes[node.unique_id] = node
    if context is not None:
        twin = fresh(context)
        twin.raw_code = node.raw_code
        twin.refs, twin.sources = node.refs, node.sources
        if hasattr(node, "functions"):  # dbt 1.10 has none
            twin.functions = node.functions
        twin.depends_on = node.depends_on
        view.nodes.pop(node.unique_id, None)
        return compile_node(config, view, twin)
    return compile_node(config, view, node)
