"""Compiles every node of a dbt project through a real session and compares with `dbt compile` of the same engine.

The last line of the output is `{"nodes": N, "equal": N, "different": [...]}`; the exit code is 1 when any differs, 2
when nothing could be compared. A node that dbt cannot compile counts as equal when the session cannot either.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from millrace_worker.verify.compare import difference, same_but_for_an_order, same_but_for_the_run
from millrace_worker.verify.failure import VerifyFailure
from millrace_worker.verify.profile import Profile, profiles_folder, read_profile
from millrace_worker.verify.project import Scratch, copy_project, find_project, link_local_packages, missing_packages
from millrace_worker.verify.reference import Reference, compile_with_dbt, install_packages
from millrace_worker.verify.session import ANOTHER_ORDER, Runner, Session
from millrace_worker.verify.variables import read_variables

_started = time.monotonic()


def say(message: str) -> None:
    """A line for the person who waits."""
    print(f"{time.monotonic() - _started:7.1f} s  {message}", file=sys.stderr, flush=True)


def main() -> int:
    """Parses the command line and runs the comparison."""
    parser = argparse.ArgumentParser(prog="npm run verify --", description=__doc__)
    parser.add_argument("--project", required=True, help="folder of dbt_project.yml")
    parser.add_argument("--profiles-dir", help="folder of profiles.yml (default: as dbt looks for it)")
    parser.add_argument("--target", help="target of the profile (default: the profile's own)")
    parser.add_argument("--vars", default="{}", help="dbt variables, as YAML")
    options = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="millrace-verify-") as folder:
            return verify(options, Path(folder).resolve())
    except VerifyFailure as failure:
        print(failure, file=sys.stderr)
        print(json.dumps({"nodes": 0, "equal": 0, "different": [], "error": str(failure)}))
        return 2


def verify(options: argparse.Namespace, folder: Path) -> int:
    """One comparison with everything below `folder`. Raises VerifyFailure."""
    variables = read_variables(options.vars)
    project = find_project(options.project)
    profiles = profiles_folder(project, options.profiles_dir)
    scratch = copy_project(project, folder / "copy")
    profile = read_profile(scratch, profiles, options.target, folder / "profiles", variables)
    missing = missing_packages(scratch.project)
    if missing:
        say(f"dbt deps for {', '.join(missing)}")
        install_packages(scratch, profile, missing)
    link_local_packages(scratch)
    say(f"dbt compile ({profile.environment['adapter']}, target {profile.target})")
    reference = compile_with_dbt(scratch, profile, options.vars, folder / "first")
    say(f"dbt compiled {len(reference.sql)} nodes and could not compile {len(reference.errors)}")
    differing = compare(reference, scratch, profile, variables, folder)
    for unique_id, message in reference.errors.items():
        say(f"dbt itself cannot compile {unique_id}: {message.strip().splitlines()[-1].strip()}")
    volatile: list[str] = []
    if any(ours is not None for ours in differing.values()):
        say("dbt compile again, to know what is new at each run")
        again = compile_with_dbt(scratch, profile, options.vars, folder / "second", order=ANOTHER_ORDER)
        for unique_id, ours in differing.items():
            first, second = reference.sql.get(unique_id), again.sql.get(unique_id)
            texts = (str(first), str(ours), str(second))
            if None in (first, ours, second):
                continue
            if same_but_for_the_run(*texts) or same_but_for_an_order(*texts):
                volatile.append(unique_id)
    for unique_id in volatile:
        del differing[unique_id]
    if volatile:
        names = ", ".join(volatile)
        why = "only where dbt's own two runs do (time, run's id, order of a set)"
        say(f"{len(volatile)} equal nodes differ {why}: {names}")
    for unique_id, ours in differing.items():
        if ours is not None and unique_id in reference.sql:
            print(f"{unique_id}:\n{difference(reference.sql[unique_id], ours)}", file=sys.stderr)
    nodes = len(reference.sql) + len(reference.errors)
    say("done")
    print(json.dumps({"nodes": nodes, "equal": nodes - len(differing), "different": sorted(differing)}))
    return 1 if differing else 0


def compare(
    reference: Reference, scratch: Scratch, profile: Profile, variables: dict[str, Any], folder: Path
) -> dict[str, str | None]:
    """The nodes that differ, with the session's SQL where it gave any."""
    differing: dict[str, str | None] = {}
    runner = Runner(folder, profile.environment["adapter"])
    try:
        say("runner started; opening a session")
        session = Session(runner, scratch, profile, variables, lambda _: None)
        if session.ready["error"] is not None:
            raise VerifyFailure(f"The session cannot parse the project: {session.ready['error']['message']}")
        say(f"session ready with {session.ready['models']} models; compiling")
        introspective = 0
        for unique_id in [*reference.sql, *reference.errors]:
            sql, error, asked = session.compile(unique_id)
            introspective += asked
            if unique_id in reference.errors:
                if error is None:
                    differing[unique_id] = sql
                    print(f"{unique_id}: compiles in the session, and not with dbt", file=sys.stderr)
            elif sql != reference.sql[unique_id]:
                differing[unique_id] = sql
                if sql is None:
                    print(f"{unique_id}: {error or 'nothing compiled'}", file=sys.stderr)
        session.close()
        say(f"compiled {len(reference.sql) + len(reference.errors)} nodes, {introspective} of them with the warehouse")
    finally:
        runner.stop()
    return differing


if __name__ == "__main__":
    sys.exit(main())
