"""Column lineage of a project, as a session would work it out: the whole of it, then one model after an edit."""

from __future__ import annotations

import json
import statistics
import sys
import time

from millrace_worker.dbt import NeedsWarehouse, Project, ProjectSpec, preload
from millrace_worker.lineage import ModelSql, ProjectLineage


def main() -> None:
    told = json.loads(sys.argv[1])
    target = told["target"]
    preload([target["adapter"]])
    environment = {key: target[key] for key in ("adapter", "target", "schema", "threads", "settings")}
    project = Project.parse(ProjectSpec(told["root"], environment), lambda *_: None)
    project.personalise(
        project_root=told["root"],
        schema=target["schema"],
        secrets=target["secrets"],
        environment_variables={},
        settings=target["settings"],
    )
    manifest = project.graph.manifest
    nodes = []
    for source in manifest.sources.values():
        nodes.append(ModelSql(source.unique_id, source.relation_name, None, columns=tuple(source.columns) or None))
    for node in manifest.nodes.values():
        if node.resource_type == "seed":
            nodes.append(ModelSql(node.unique_id, node.relation_name, None, columns=tuple(node.columns) or None))
        if node.resource_type != "model" or node.relation_name is None:
            continue
        try:
            sql = project.compile(unique_id=node.unique_id)["sql"]
        except NeedsWarehouse:
            sql = None
        nodes.append(ModelSql(node.unique_id, node.relation_name, sql, tuple(node.depends_on_nodes)))
    lineage = ProjectLineage(target["adapter"])
    started = time.perf_counter()
    lineage.update(nodes)
    for node in nodes:
        lineage.of(node.unique_id)
    whole = (time.perf_counter() - started) * 1000
    models = [node for node in nodes if node.sql is not None]
    times = []
    for number in range(told["rounds"]):
        node = models[number * len(models) // told["rounds"]]
        edited = ModelSql(node.unique_id, node.relation, f"{node.sql}\n-- edit {number}", node.depends_on)
        started = time.perf_counter()
        lineage.update([edited])
        lineage.of(node.unique_id)
        times.append((time.perf_counter() - started) * 1000)
    print(
        json.dumps(
            {
                "models": len(models),
                "whole_ms": round(whole, 1),
                "p50_ms": round(statistics.median(times), 2),
                "p95_ms": round(statistics.quantiles(times, n=20)[18], 2),
            }
        )
    )


main()
