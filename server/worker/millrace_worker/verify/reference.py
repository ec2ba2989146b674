"""What dbt itself makes of the project: `dbt compile` in a process of its own, and what it wrote."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dbt.graph.cli import DEFAULT_INCLUDES

from millrace_worker.verify.failure import VerifyFailure
from millrace_worker.verify.profile import Profile
from millrace_worker.verify.project import Scratch, read_yaml
from millrace_worker.verify.session import SAME_ORDER

_LINES = 40
_DEPS_SECONDS = 90
# A node that dbt cannot compile ends `dbt compile` before the others: let it go on, and compile what depends on it too.
_COMPILE = """
import sys
from dbt.cli.main import cli
from dbt.task.compile import CompileTask
CompileTask.raise_on_first_error = lambda self: False
CompileTask._mark_dependent_errors = lambda self, *_: None
sys.argv[0] = "dbt"
cli()
"""
_PLAIN = "from dbt.cli.main import cli; cli()"


@dataclass
class Reference:
    """SQL by unique id, and the message of each node that dbt cannot compile."""

    sql: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def _run(
    program: str,
    arguments: list[str],
    folder: Path,
    timeout: float | None = None,
    order: Mapping[str, str] = SAME_ORDER,
) -> tuple[int, str]:
    environment = {**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1", **order}
    run = subprocess.run(
        [sys.executable, "-c", program, "--no-use-colors", *arguments],
        cwd=folder,
        env=environment,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=timeout,
    )
    return run.returncode, run.stdout.decode(errors="replace")


def install_packages(scratch: Scratch, profile: Profile, missing: list[str]) -> None:
    """`dbt deps` in the copy, for what is not installed. Raises VerifyFailure when they cannot be had."""
    places = ["--project-dir", str(scratch.project), "--profiles-dir", str(profile.folder)]
    try:
        code, said = _run(_PLAIN, ["deps", *places], scratch.project, _DEPS_SECONDS)
    except subprocess.TimeoutExpired:
        code, said = 1, f"dbt deps did not end within {_DEPS_SECONDS} seconds."
    if code != 0:
        last = "\n".join(said.strip().splitlines()[-6:])
        raise VerifyFailure(
            f"Packages that the project uses are not installed: {', '.join(missing)}.\n"
            f"dbt deps could not fetch them here:\n{last}\n"
            f"Install them into {scratch.original} (dbt deps, where the package hub can be reached) and run this again."
        )


def _may_have_default_selector(scratch: Scratch) -> bool:
    """Whether a plain `dbt compile` may leave nodes out: then it is told to choose all, as it does elsewhere."""
    selectors = read_yaml(scratch.project / "selectors.yml").get("selectors")
    return any(isinstance(one, dict) and one.get("default") for one in selectors or [])


def compile_with_dbt(
    scratch: Scratch, profile: Profile, variables: str, output: Path, order: Mapping[str, str] = SAME_ORDER
) -> Reference:
    """Runs `dbt compile`. Raises VerifyFailure with dbt's own words when the project cannot be compiled at all."""
    arguments = [
        "compile",
        *("--project-dir", str(scratch.project), "--profiles-dir", str(profile.folder)),
        *("--target", profile.target, "--target-path", str(output), "--log-path", str(output / "logs")),
        *("--vars", variables, "--no-partial-parse"),
        *(["--select", *DEFAULT_INCLUDES] if _may_have_default_selector(scratch) else []),
    ]
    code, said = _run(_COMPILE, arguments, scratch.project, order=order)
    results = output / "run_results.json"
    if not results.is_file():
        if code == 0 and "Nothing to do" in said:
            return Reference()
        last = "\n".join(said.strip().splitlines()[-_LINES:])
        raise VerifyFailure(f"dbt compile itself fails on this project:\n{last}")
    manifest = json.loads((output / "manifest.json").read_bytes())
    nodes: dict[str, Any] = {**manifest["nodes"], **manifest.get("functions", {})}
    reference = Reference()
    for result in json.loads(results.read_bytes())["results"]:
        if result["status"] == "error":
            reference.errors[result["unique_id"]] = str(result["message"])
    files = Counter(node.get("compiled_path") for node in nodes.values())
    for unique_id, node in nodes.items():
        sql = node.get("compiled_code")
        if sql is None or unique_id in reference.errors:
            continue
        path = node.get("compiled_path")
        written = scratch.project / path if path else None
        # two nodes of one name write to one file: what the first wrote is known from the manifest alone
        on_disk = written is not None and written.is_file() and files[path] == 1
        reference.sql[unique_id] = written.read_bytes().decode() if written is not None and on_disk else str(sql)
    return reference
