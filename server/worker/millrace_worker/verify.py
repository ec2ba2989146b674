"""Compiles every node of a dbt project through the engine and compares with `dbt compile` of the same dbt.

Never writes into the given project: dbt runs in a copy of it, and so do we. The last line of the output is
`{"nodes": N, "equal": N, "different": [...]}`; the exit code is 1 when any differs.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from millrace_worker.dbt import NeedsWarehouse, Project, ProjectSpec, preload, runtime
from millrace_worker.protocol.errors import WorkerError

IGNORED = shutil.ignore_patterns(".git", "target", "logs", "node_modules", ".venv", "venv", "__pycache__")
VOLATILE = ("run_started_at", "invocation_id", "modules.datetime")
"""What is different at each run of dbt itself."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="npm run verify --", description=__doc__)
    parser.add_argument("--project", required=True, help="folder of dbt_project.yml")
    parser.add_argument("--profiles-dir", default=None, help="folder of profiles.yml (default: the project's, or ~/.dbt)")
    parser.add_argument("--target", default=None, help="target of the profile (default: the profile's own)")
    arguments = parser.parse_args()
    project = Path(arguments.project).resolve()
    profiles = Path(arguments.profiles_dir).resolve() if arguments.profiles_dir else None
    with tempfile.TemporaryDirectory(prefix="millrace-verify-") as scratch:
        copy = Path(scratch, "project")
        shutil.copytree(project, copy, ignore=IGNORED, symlinks=True)
        if profiles is None:
            profiles = project if (project / "profiles.yml").exists() else Path.home() / ".dbt"
        return verify(copy, project, profiles, arguments.target)


def verify(copy: Path, original: Path, profiles: Path, target: str | None) -> int:
    """Runs both and compares. `copy` is where dbt may write; relative warehouse paths mean the original."""
    profile_folder = copy.parent / "profiles"
    profile_folder.mkdir()
    environment, secrets = read_profile(copy, original, profiles, target, profile_folder)
    expected = compile_with_dbt(copy, profile_folder, environment["target"])
    os.chdir(copy)
    preload([environment["adapter"]])
    session = Project.parse(ProjectSpec(str(copy), environment), lambda *_: None)
    session.personalise(
        project_root=str(copy),
        schema=environment["schema"],
        secrets=secrets,
        environment_variables=dict(os.environ),
        settings=environment["settings"],
    )
    session.sync_with_disk()
    if session.error is not None:
        print(f"The project does not parse: {session.error['message']}", file=sys.stderr)
    different = []
    for unique_id, sql in expected.items():
        actual, why = compiled(session, unique_id)
        if actual != sql:
            different.append(unique_id)
            print(f"{unique_id}: {why or 'the SQL differs'}", file=sys.stderr)
            if why is None:
                print(f"--- dbt compile\n{sql}\n--- session\n{actual}", file=sys.stderr)
    print(json.dumps({"nodes": len(expected), "equal": len(expected) - len(different), "different": different}))
    return 1 if different else 0


def compiled(session: Project, unique_id: str) -> tuple[str | None, str | None]:
    """The session's SQL of a node, in a query's way when it asks for the warehouse; or why there is none."""
    try:
        result = session.compile(unique_id=unique_id)
    except NeedsWarehouse:
        result = session.compile(unique_id=unique_id, allow_warehouse=True)
    error = result["error"]
    return result["sql"], None if error is None else error["message"]


def compile_with_dbt(project: Path, profiles: Path, target: str) -> dict[str, str]:
    """Compiled SQL by unique id, as real `dbt compile` wrote it."""
    command = [sys.executable, "-c", "from dbt.cli.main import cli; cli()"]
    options = ["--project-dir", str(project), "--profiles-dir", str(profiles)]
    environment = {**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}
    if _wants_deps(project):
        subprocess.run([*command, "deps", *options], cwd=project, env=environment, check=False, stdout=sys.stderr)
    run = subprocess.run(
        [*command, "--no-use-colors", "compile", *options, "--target", target],
        cwd=project,
        env=environment,
        check=False,
        stdout=sys.stderr,
    )
    manifest = project / "target" / "manifest.json"
    if run.returncode != 0 and not manifest.exists():
        raise SystemExit("dbt compile itself failed on this project; its messages are above.")
    nodes: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))["nodes"]
    expected = {}
    for unique_id, node in nodes.items():
        sql = node.get("compiled_code")
        if sql is None or node["resource_type"] in ("seed", "operation"):
            continue
        written = project / node["compiled_path"] if node.get("compiled_path") else None
        expected[unique_id] = written.read_bytes().decode() if written is not None and written.is_file() else sql
    return expected


def _wants_deps(project: Path) -> bool:
    """Whether packages are asked for and none is there."""
    asked = any((project / name).exists() for name in ("packages.yml", "dependencies.yml"))
    return asked and not (project / "dbt_packages").exists()


def read_profile(
    copy: Path, original: Path, profiles: Path, target: str | None, destination: Path
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The environment and secrets of a profiles.yml, and a copy of the profile with absolute paths for dbt."""
    import yaml

    preload_adapterless()
    from dbt.config.profile import read_profile as read
    from dbt.config.project import load_raw_project
    from dbt.config.renderer import ProfileRenderer

    runtime.set_environment_variables(dict(os.environ))
    raw = read(str(profiles))
    if not raw:
        raise SystemExit(f"There is no profiles.yml in {profiles}.")
    name = load_raw_project(str(copy)).get("profile")
    if name not in raw:
        raise SystemExit(f"profiles.yml has no profile {name!r}.")
    renderer = ProfileRenderer({})
    chosen = target or renderer.render_value(raw[name].get("target", "default"))
    outputs = raw[name]["outputs"]
    if chosen not in outputs:
        raise SystemExit(f"The profile {name!r} has no target {chosen!r}.")
    output: dict[str, Any] = renderer.render_data(outputs[chosen])
    adapter = output["type"]
    if adapter == "duckdb":
        _absolute_duckdb(output, original, destination.parent)
    destination.joinpath("profiles.yml").write_text(
        yaml.safe_dump({name: {"target": chosen, "outputs": {chosen: output}}}), encoding="utf-8"
    )
    environment = {
        "adapter": adapter,
        "target": chosen,
        "schema": output.get("schema", "main"),
        "threads": int(output.get("threads", 1)),
        "settings": {key: value for key, value in output.items() if key not in ("type", "schema", "threads", *SECRETS)},
    }
    return environment, {key: value for key, value in output.items() if key in SECRETS}


SECRETS = ("password", "pass", "token", "motherduck_token")


def preload_adapterless() -> None:
    """dbt's process-wide state, before any adapter is known."""
    runtime.silence()


def _absolute_duckdb(output: dict[str, Any], original: Path, scratch: Path) -> None:
    path = str(output.get("path", ":memory:"))
    if path != ":memory:" and "://" not in path and not path.startswith("md:"):
        output["path"] = str((original / path).resolve())
        # dbt opens the file for writing and would create it: never beside the given project
        if not Path(output["path"]).exists():
            output["path"] = str(scratch / Path(path).name)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except WorkerError as error:
        raise SystemExit(error.message) from error
