"""dbt's own selector on the graph of a session: what `--select` and `--exclude` choose, of every type of resource."""

from __future__ import annotations

from typing import Any

import networkx  # type: ignore[import-untyped, unused-ignore]
from dbt.graph import Graph, NodeSelector
from dbt.graph.cli import parse_difference
from dbt_common.events.contextvars import task_contextvars

import millrace_worker.dbt.runtime  # noqa: F401  before any other part of dbt


class Selection:
    """Answers selectors; its graph is built once for a manifest."""

    def __init__(self, manifest: Any) -> None:
        self.manifest = manifest
        digraph = networkx.DiGraph()
        for group in (
            manifest.nodes,
            manifest.sources,
            manifest.exposures,
            manifest.metrics,
            manifest.semantic_models,
            manifest.saved_queries,
            manifest.unit_tests,
            getattr(manifest, "functions", {}),
        ):
            for unique_id, node in group.items():
                digraph.add_node(unique_id)
                for parent in getattr(node, "depends_on_nodes", ()):
                    digraph.add_edge(parent, unique_id, edge_type="parent")
        self._graph = Graph(digraph)

    def select(self, select: str, exclude: str, project_root: str) -> list[str]:
        """
        Ids in the order of the alphabet; paths are those of the folder `project_root`. Raises what dbt raises for a
        selector that it cannot read.
        """
        spec = parse_difference(tuple(select.split()), tuple(exclude.split()))
        selector = NodeSelector(graph=self._graph, manifest=self.manifest, include_empty_nodes=True)
        with task_contextvars(project_root=project_root):
            return sorted(selector.get_selected(spec))
