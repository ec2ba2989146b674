"""A template's first edits: what dbt and Python make for the first of a kind (20 to 150 ms) is made before the fork."""

from __future__ import annotations

from dbt.contracts.files import ParseFileType
from dbt_common.exceptions import DbtRuntimeError

from millrace_worker.dbt.files import reading
from millrace_worker.dbt.graph import Graph
from millrace_worker.dbt.journal import in_order
from millrace_worker.dbt.loader import FullParseNeeded
from millrace_worker.dbt.partial import partial_parse, touched_text
from millrace_worker.dbt.patch import NotFast

_KINDS = (ParseFileType.Seed, ParseFileType.Schema, ParseFileType.Documentation, ParseFileType.Macro)


def warm_up(graph: Graph) -> None:
    """One edit of each kind, which leaves the graph as it is."""
    if graph.base is None:
        return
    with in_order(graph.base):
        _edit_a_model(graph)
        _edit_the_others(graph)


def _edit_a_model(graph: Graph) -> None:
    patcher = graph.first_patcher()
    for file_id, source_file in graph.base.files.items():
        path = graph.tree_path(source_file.project_name, source_file.path.original_file_path)
        if path is None or not patcher.is_fast(file_id):
            continue
        try:
            with reading(graph.tree):
                patcher.node_for(file_id, graph.tree.text(path) or "")
                partial_parse(graph.config, graph.base, graph.tree, [graph.package_of(path)], trial=True, again=True)
        except (NotFast, FullParseNeeded, DbtRuntimeError):
            continue
        break


def _edit_the_others(graph: Graph) -> None:
    waiting = set(_KINDS)
    for source_file in list(graph.base.files.values()):
        kind = source_file.parse_file_type
        if kind not in waiting or source_file.project_name != graph.config.project_name:
            continue
        path = graph.tree_path(source_file.project_name, source_file.path.original_file_path)
        if path is None or path in graph.tree.overlay:
            continue
        text = graph.tree.text(path)
        touched = None if text is None else touched_text(source_file, text)
        if touched is None:
            continue
        waiting.discard(kind)
        graph.tree.overlay[path] = touched
        try:
            graph.take_in([path], trial=True)
        finally:
            del graph.tree.overlay[path]


__all__ = ["warm_up"]
