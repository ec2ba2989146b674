"""One process is killed by hand: what is left of the runner's tree, and who goes on."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.client import WORKER, RunnerClient, SessionClient, alive, descendants, until

# A web process's half in a process of its own: one session, one preview that runs, unread.
WEB_PROCESS = """
import sys, time
from pathlib import Path
from fixtures.client import RunnerClient

runner = RunnerClient.__new__(RunnerClient)
runner.path = sys.argv[1]
session = runner.session(Path(sys.argv[2]))
query = session.query("sleep 600")
query.next()
print(session.ready_event["pid"], flush=True)
time.sleep(600)
"""


SESSION = "millrace-sessio"
"""The kernel keeps 15 characters of a name."""


def name_of(pid: int) -> str:
    """As the kernel shows it; empty when the process is gone."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


def workers(runner: RunnerClient) -> list[str]:
    """Names of everything that lives below a runner, but for templates: they are kept for the next session."""
    names = [name_of(pid) for pid in descendants(runner.pid) if alive(pid)]
    return sorted(name for name in names if name not in ("", "millrace-templ"))


@pytest.fixture
def own(tmp_path: Path) -> Iterator[RunnerClient]:
    """A runner of the test's own, so that its whole tree can be listed."""
    runner = RunnerClient(tmp_path, "fixtures.small_engine:SmallEngine")
    yield runner
    runner.stop()


class Busy:
    """A session with a preview that runs."""

    def __init__(self, runner: RunnerClient, workspace: Path) -> None:
        self.session: SessionClient = runner.session(workspace)
        self.pid: int = self.session.ready_event["pid"]  # type: ignore[attr-defined]
        self.preview = self.session.query("sleep 600")
        self.preview.next()

    def close(self) -> None:
        self.preview.close()
        self.session.close()


def test_a_web_process_that_is_killed_leaves_no_worker(own: RunnerClient, workspace: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": f"{WORKER}:{WORKER / 'tests'}"}
    command = [sys.executable, "-c", WEB_PROCESS, own.path, str(workspace)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as web:
        assert web.stdout is not None
        session = int(web.stdout.readline())
        assert "millrace-query" in workers(own)
        web.kill()
    until(lambda: workers(own) == [], 5)
    assert not alive(session)
    until(lambda: own.status()["sessions"] == 0)
    assert own.session(workspace).ready_event["fromTemplate"]  # type: ignore[attr-defined]


def test_a_session_that_is_killed_leaves_no_worker_and_its_neighbour_goes_on(
    own: RunnerClient, workspace: Path
) -> None:
    killed, neighbour = Busy(own, workspace), Busy(own, workspace)
    pids = [killed.pid, *descendants(killed.pid)]
    os.kill(killed.pid, signal.SIGKILL)
    assert killed.session.wait("fatal")["error"]["details"] == {"signal": "SIGKILL"}
    until(lambda: not any(map(alive, pids)))
    assert [name_of(pid) for pid in (neighbour.pid, *descendants(neighbour.pid))][:2] == [SESSION, "millrace-query"]
    assert neighbour.session.query("rows 1").all()[0][-1]["outcome"] == "complete"
    neighbour.close()
    until(lambda: workers(own) == [])


@pytest.mark.parametrize("victim", ["millrace-query", "millrace-spare"])
def test_a_query_or_a_process_made_ahead_that_is_killed_leaves_its_session(
    own: RunnerClient, workspace: Path, victim: str
) -> None:
    session = own.session(workspace)
    pid: int = session.ready_event["pid"]  # type: ignore[attr-defined]
    preview = session.query("sleep 600") if victim == "millrace-query" else None
    target = until(lambda: next((one for one in descendants(pid) if name_of(one) == victim), None))
    os.kill(target, signal.SIGKILL)
    until(lambda: not alive(target))
    assert session.compile("select 1")["result"]["sql"] == "select 1"
    assert session.query("rows 1").all()[0][-1]["outcome"] == "complete"
    if preview is not None:
        assert session.wait("queryEnded", queryId=preview.id)["outcome"] == "lost"
    session.close()
    until(lambda: workers(own) == [])


def test_a_runner_that_is_killed_leaves_nothing_at_all(tmp_path: Path, workspace: Path) -> None:
    runner = RunnerClient(tmp_path, "fixtures.small_engine:SmallEngine")
    busy = [Busy(runner, workspace), Busy(runner, workspace)]
    below = descendants(runner.pid)
    assert {"millrace-templ", SESSION, "millrace-query"} <= {name_of(pid) for pid in below}
    runner.process.kill()
    runner.process.wait()
    until(lambda: not any(map(alive, below)), 5)
    for one in busy:
        assert one.session.socket.recv(1) == b""
