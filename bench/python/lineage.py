"""Column lineage of a project, as a session works it out: the whole of it, then one model after an edit.

Times are processor time, except for the longest slice: nothing here waits for anything but a processor.
"""

from __future__ import annotations

import gc
import json
import statistics
import sys
import time

from millrace_worker.dbt import Project, ProjectSpec, preload


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

    # As a template does before it forks: nobody looks through its 100,000 objects again.
    gc.collect()
    gc.freeze()

    def caught_up() -> float:
        """Processor time; the longest slice goes by the clock."""
        started = time.process_time()
        longest = 0.0
        while project.behind:
            slice_started = time.perf_counter()
            project.work(0.01)
            longest = max(longest, time.perf_counter() - slice_started)
        slices.append(longest * 1000)
        return (time.process_time() - started) * 1000

    slices: list[float] = []
    whole = caught_up()
    models = [
        node
        for node in project.graph.manifest.nodes.values()
        if node.resource_type == "model" and node.package_name == project.graph.config.project_name
    ]
    edits, patches = [], []
    for number in range(told["rounds"]):
        node = models[number * len(models) // told["rounds"]]
        path = node.original_file_path
        text = (project.graph.tree.text(path) or "").rstrip() + f"\n-- {number}\n"
        started = time.process_time()
        project.overlay([{"path": path, "text": text, "deleted": False, "version": number}])
        patches.append((time.process_time() - started) * 1000)
        edits.append(caught_up())
    print(
        json.dumps(
            {
                "models": len(models),
                "nodes": project.progress()[2],
                "whole_ms": round(whole, 1),
                "longest_slice_ms": round(slices[0], 1),
                "p50_ms": round(statistics.median(edits), 2),
                "p95_ms": round(statistics.quantiles(edits, n=20)[18], 2),
                "patch_p50_ms": round(statistics.median(patches), 2),
            }
        )
    )


main()
