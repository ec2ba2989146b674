"""Who starts, who ends, and what is left: against a real runner with the small engine."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import struct
import time
from pathlib import Path

import pytest
from fixtures.client import RunnerClient, alive, descendants, until

from millrace_worker.protocol import receive_json, send_json


def test_a_session_answers_and_shares_its_template(runner: RunnerClient, workspace: Path) -> None:
    first, second = runner.session(workspace), runner.session(workspace)
    assert (first.ready_event["fromTemplate"], second.ready_event["fromTemplate"]) == (False, True)
    assert first.compile("select 1")["result"]["sql"] == "select 1"
    assert second.call("index")["result"]["projectName"] == "small"
    answer = first.call("overlay", changes=[{"path": "model.sql", "text": "x", "version": 1}])
    assert answer["result"] == {"graphVersion": 1, "pending": True}
    assert first.wait("graph", pending=False)["graphVersion"] == 1
    first.close()
    second.close()


def test_a_known_project_compiles_within_100_ms_of_hello(runner: RunnerClient, workspace: Path) -> None:
    keeper = runner.session(workspace)
    times = []
    for _ in range(5):
        started = time.monotonic()
        session = runner.session(workspace)
        session.compile("select 1")
        times.append(time.monotonic() - started)
        session.close()
    keeper.close()
    assert min(times) < 0.1


def test_each_commit_and_project_has_its_own_template_and_user(runner: RunnerClient, workspace: Path) -> None:
    sessions = [
        runner.session(workspace, **changes)
        for changes in ({"commit": "a"}, {"commit": "b"}, {"organisation": "q", "commit": "a"})
    ]
    assert [session.ready_event["fromTemplate"] for session in sessions] == [False, False, False]
    users = {session.compile("python import os; result = os.geteuid()")["result"]["sql"] for session in sessions}
    assert len(users) == (3 if os.geteuid() == 0 else 1)
    for session in sessions:
        session.close()


def test_sessions_that_open_during_a_parse_wait_and_hear_progress(runner: RunnerClient, workspace: Path) -> None:
    (workspace / "parse_seconds").write_text("0.8")
    sessions = [runner.session(workspace, start=False, commit="slow") for _ in range(3)]
    for session in sessions:
        assert session.wait("progress")["phase"] == "parse"
        assert session.ready()["fromTemplate"] is False
        session.close()


def test_a_broken_project_opens_but_its_template_is_not_kept(runner: RunnerClient, workspace: Path) -> None:
    (workspace / "broken").write_text("")
    broken = runner.session(workspace, commit="broken")
    assert broken.ready_event["error"]["message"] == "It does not parse."
    assert broken.compile("select 1")["result"]["sql"] == "select 1"
    (workspace / "broken").unlink()
    again = runner.session(workspace, commit="broken")
    assert (again.ready_event["fromTemplate"], again.ready_event["error"]) == (False, None)
    broken.close()
    again.close()


def test_a_query_streams_and_is_accounted_for(runner: RunnerClient, workspace: Path) -> None:
    session = runner.session(workspace)
    query = session.query("rows 40")
    messages, arrow = query.all()
    assert [message["type"] for message in messages] == ["head", "tail"]
    assert len(arrow) == 40
    ended = session.wait("queryEnded", queryId=query.id)
    facts = {name: ended[name] for name in ("outcome", "rows", "bytes", "writeBytes", "error")}
    assert facts == {"outcome": "complete", "rows": 40, "bytes": 40 * 65536, "writeBytes": 0, "error": None}
    assert ended["peakMemoryKb"] > 1000
    session.close()


def test_back_pressure_is_the_kernels(runner: RunnerClient, workspace: Path) -> None:
    session = runner.session(workspace)
    query = session.query("rows 20000")
    query.next()
    query.next()
    pid = until(lambda: descendants(session.ready_event["pid"]))[0]
    sizes = []
    for _ in range(5):
        sizes.append(int(Path(f"/proc/{pid}/statm").read_text().split()[1]))
        time.sleep(0.05)
    assert max(sizes) - min(sizes) < 256  # pages: a reader that stops reading makes it wait, not grow
    query.close()
    assert session.wait("queryEnded", queryId=query.id)["outcome"] == "cancelled"
    session.close()


@pytest.mark.parametrize("sql", ["sleep 60", "deaf 60", "spin"])
def test_closing_the_data_socket_ends_a_query_within_two_seconds(
    runner: RunnerClient, workspace: Path, sql: str
) -> None:
    session = runner.session(workspace)
    query = session.query(sql)
    query.next()
    query.close()
    started = time.monotonic()
    assert session.wait("queryEnded", queryId=query.id)["outcome"] == "cancelled"
    assert time.monotonic() - started < 2.5
    session.close()


@pytest.mark.parametrize("sql", ["sleep 60", "deaf 60", "spin"])
def test_cancel_ends_a_query_at_once(runner: RunnerClient, workspace: Path, sql: str) -> None:
    session = runner.session(workspace)
    query = session.query(sql)
    query.next()
    started = time.monotonic()
    assert session.call("cancel", queryId=query.id)["result"] == {"found": True}
    assert session.wait("queryEnded", queryId=query.id)["outcome"] == "cancelled"
    assert time.monotonic() - started < 1.0
    assert session.call("cancel", queryId=query.id)["result"] == {"found": False}
    session.close()


def test_the_processor_limit_is_named(runner: RunnerClient, workspace: Path) -> None:
    session = runner.session(workspace, limits={"queryCpuSeconds": 1})
    query = session.query("spin")
    ended = session.wait("queryEnded")
    details = {"limit": "cpu", "signal": "SIGXCPU", "setting": "queryCpuSeconds"}
    assert (ended["outcome"], ended["error"]["details"]) == ("lost", details)
    assert ended["error"]["message"] == "The query used more than its 1 seconds of processor time and was ended."
    assert "“Processor time of one preview” under Session limits" in ended["error"]["hint"]
    query.close()
    assert session.compile("still here")["result"]["sql"] == "still here"
    session.close()


def test_the_memory_limit_is_named_and_the_session_lives_on(runner: RunnerClient, workspace: Path) -> None:
    session = runner.session(workspace, limits={"queryMemoryMb": 300})
    messages, _ = session.query("memory 4000").all()
    error = messages[-1]["error"]
    assert error["details"] == {"limit": "memory", "setting": "queryMemoryMb"}
    assert error["message"].startswith("The query needs more than the 300 MB of memory")
    assert "“Memory of one preview” under Session limits" in error["hint"]
    messages, _ = session.query("memory 50").all()
    assert messages[-1]["outcome"] == "complete"
    session.close()


def test_a_sessions_own_memory_is_bounded_and_it_lives_on(runner: RunnerClient, workspace: Path) -> None:
    session = runner.session(workspace, limits={"sessionMemoryMb": 256})
    error = session.compile("python held = bytearray(3000 << 20)")["error"]
    assert (error["code"], error["details"]) == ("LIMIT_REACHED", {"limit": "memory", "setting": "sessionMemoryMb"})
    assert "256 MB" in error["message"]
    assert session.compile("python held = bytearray(20 << 20); result = len(held)")["error"] is None
    session.close()


def test_a_session_that_computes_without_end_is_ended_and_its_queries_may_take_longer(
    runner: RunnerClient, workspace: Path
) -> None:
    session = runner.session(workspace, limits={"sessionCpuSeconds": 1, "queryCpuSeconds": 9})
    python = "import resource; result = resource.getrlimit(resource.RLIMIT_CPU)[0]"
    assert session.query(f"python {python}").all()[1] == [b"9"]
    session.send("compile", path=None, uniqueId=None, sql="python while True: pass", version=1, allowWarehouse=False)
    error = session.wait("fatal")["error"]
    details = {"limit": "cpu", "signal": "SIGXCPU", "setting": "sessionCpuSeconds"}
    assert (error["code"], error["details"]) == ("LIMIT_REACHED", details)
    until(lambda: not alive(session.ready_event["pid"]))


def test_a_killed_query_is_reported_with_its_signal(runner: RunnerClient, workspace: Path) -> None:
    session = runner.session(workspace)
    query = session.query("sleep 60")
    query.next()
    os.kill(until(lambda: descendants(session.ready_event["pid"]))[0], signal.SIGKILL)
    assert query.all() == ([], [])
    ended = session.wait("queryEnded", queryId=query.id)
    assert (ended["outcome"], ended["error"]["details"]) == ("lost", {"signal": "SIGKILL"})
    session.close()


def test_a_killed_session_is_reported_and_takes_its_queries_along(runner: RunnerClient, workspace: Path) -> None:
    session = runner.session(workspace)
    query = session.query("sleep 60")
    query.next()
    pid = session.ready_event["pid"]
    children = until(lambda: descendants(pid))
    os.kill(pid, signal.SIGKILL)
    assert session.wait("fatal")["error"]["details"] == {"signal": "SIGKILL"}
    until(lambda: not any(alive(child) for child in children))
    fresh = runner.session(workspace)
    assert fresh.compile("select 1")["result"]["sql"] == "select 1"
    fresh.close()


def test_a_killed_template_takes_its_sessions_along_and_is_replaced(runner: RunnerClient, workspace: Path) -> None:
    session = runner.session(workspace, commit="killed")
    pid = session.ready_event["pid"]
    template = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(template, signal.SIGKILL)
    assert session.wait("fatal")["error"]["code"] == "WORKER_LOST"
    until(lambda: not alive(pid))
    fresh = runner.session(workspace, commit="killed")
    assert fresh.ready_event["fromTemplate"] is False
    fresh.close()


def test_closing_the_socket_leaves_no_process_even_when_the_session_is_busy(
    runner: RunnerClient, workspace: Path
) -> None:
    session = runner.session(workspace)
    query = session.query("sleep 60")
    query.next()
    pid = session.ready_event["pid"]
    children = until(lambda: descendants(pid))
    session.send("compile", path=None, uniqueId=None, sql="python while True: pass", version=1, allowWarehouse=False)
    session.close()
    until(lambda: not any(alive(one) for one in (pid, *children)), 3)


def test_a_process_that_a_session_leaves_behind_is_ended(runner: RunnerClient, workspace: Path) -> None:
    session = runner.session(workspace)
    orphan = int(
        session.compile("python import os, time\nresult = os.fork()\nif result == 0: time.sleep(600)")["result"]["sql"]
    )
    assert alive(orphan)
    session.close()
    until(lambda: not alive(orphan), 5)


def test_a_session_whose_web_process_is_silent_ends_with_a_message(runner: RunnerClient, workspace: Path) -> None:
    session = runner.session(workspace, limits={"silenceSeconds": 1})
    assert session.wait("fatal")["error"]["code"] == "TIMEOUT"
    until(lambda: not alive(session.ready_event["pid"]))


def test_a_compile_that_wants_the_warehouse_runs_in_a_process_of_its_own(runner: RunnerClient, workspace: Path) -> None:
    session = runner.session(workspace)
    refused = session.compile("warehouse")["result"]
    assert (refused["introspective"], refused["sql"]) == (True, None)
    allowed = session.compile("warehouse", warehouse=True)["result"]
    assert allowed["introspective"] is True
    assert allowed["sql"] not in (None, f"from {session.ready_event['pid']}")
    session.close()


@pytest.mark.parametrize(
    "sent", [b"GET / HTTP/1.1\r\n\r\n", struct.pack("<BI", 0x4A, 3) + b"{}}", struct.pack("<BI", 0x4A, 2) + b"{}"]
)
def test_a_bad_hello_gets_a_typed_error_and_the_end(runner: RunnerClient, sent: bytes) -> None:
    with runner.connect() as connection:
        connection.sendall(sent)
        message = receive_json(connection)
        assert (message["type"], message["error"]["code"]) == ("fatal", "INVALID_INPUT")
        assert connection.recv(1) == b""


def test_a_query_for_an_unknown_session_is_refused(runner: RunnerClient) -> None:
    with runner.connect() as connection:
        send_json(connection, {"type": "hello", "protocol": 1, "kind": "query", "session": "nobody"})
        assert receive_json(connection)["error"]["code"] == "WORKER_LOST"


def test_a_request_that_is_none_ends_the_session_with_a_typed_error(runner: RunnerClient, workspace: Path) -> None:
    session = runner.session(workspace)
    session.send("reboot")
    assert session.wait("fatal")["error"]["code"] == "INVALID_INPUT"


def test_credentials_reach_the_session_and_never_the_template_or_the_log(runner: RunnerClient, workspace: Path) -> None:
    session = runner.session(workspace, secrets={"password": "hunter2-unique"})
    assert session.query("secret").all()[1] == [b"hunter2-unique"]
    other = runner.session(workspace)
    assert other.query("secret").all()[1] == [b""]
    assert "hunter2-unique" not in runner.log_path.read_text()
    session.close()
    other.close()


def test_the_runner_ends_with_all_below_it(tmp_path: Path, workspace: Path) -> None:
    own = RunnerClient(tmp_path, "fixtures.small_engine:SmallEngine")
    session = own.session(workspace)
    session.query("sleep 60").next()
    until(lambda: len(descendants(own.pid)) == 3)
    below = descendants(own.pid)
    own.process.kill()
    own.process.wait()
    until(lambda: not any(alive(pid) for pid in below))


def test_templates_that_nobody_uses_make_room(tmp_path: Path, workspace: Path) -> None:
    own = RunnerClient(tmp_path, "fixtures.small_engine:SmallEngine", template_memory=-1)
    try:
        for commit in "abc":
            own.session(workspace, commit=commit).close()
            until(lambda: own.status()["sessions"] == 0)
        assert own.status()["templates"] == 1
    finally:
        own.stop()


def test_it_works_below_a_folder_that_only_its_owner_may_enter(runner: RunnerClient, tmp_path: Path) -> None:
    private = tmp_path / "private"
    workspace = private / "share" / "user"
    workspace.mkdir(parents=True)
    (workspace / "model.sql").write_text("select 'closed'")
    os.chmod(workspace / "model.sql", 0o600)
    os.chmod(private, 0o700)
    session = runner.session(workspace)
    code = f"python result = open({str(workspace / 'model.sql')!r}).read()"
    assert session.compile(code)["result"]["sql"] == "select 'closed'"
    session.close()
    shutil.rmtree(private)


def test_a_second_session_of_the_same_name_is_refused(runner: RunnerClient, workspace: Path) -> None:
    session = runner.session(workspace)
    again = runner.session(workspace, start=False, session=session.id)
    assert again.wait("fatal")["error"]["code"] == "CONFLICT"
    session.close()


def test_a_slow_hello_does_not_hold_up_others(runner: RunnerClient) -> None:
    slow = runner.connect()
    slow.sendall(b"J\xff")
    assert runner.status()["type"] == "status"
    slow.shutdown(socket.SHUT_RDWR)
    slow.close()


def test_a_draining_runner_takes_no_new_sessions_and_tells_the_others_why_it_ends(
    tmp_path: Path, workspace: Path
) -> None:
    own = RunnerClient(tmp_path, "fixtures.small_engine:SmallEngine")
    try:
        session = own.session(workspace)
        assert (own.status()["draining"], own.status()["maxSessions"]) == (False, 200)
        os.kill(own.pid, signal.SIGUSR1)
        until(lambda: own.status()["draining"])
        refused = own.session(workspace, start=False)
        assert refused.wait("fatal")["error"]["code"] == "LIMIT_REACHED"
        assert session.query("rows 1").all()[0][-1]["outcome"] == "complete"
        assert session.compile("select 1")["result"]["sql"] == "select 1"
        own.process.send_signal(signal.SIGTERM)
        assert session.wait("fatal")["error"]["message"] == "The dbt runner of this session was shut down."
        own.process.wait(10)
    finally:
        own.stop()


def test_a_query_finds_a_process_that_was_made_ahead(runner: RunnerClient, workspace: Path) -> None:
    session = runner.session(workspace)
    pid = session.ready_event["pid"]
    (ahead,) = until(lambda: descendants(pid))
    running = "python import os; result = os.getpid()"
    assert session.query(running).all()[1] == [str(ahead).encode()]
    assert session.wait("queryEnded")["pid"] == ahead
    (next_one,) = until(lambda: [child for child in descendants(pid) if child != ahead])
    # It was forked before this text: a process that has it runs the query.
    session.call("overlay", changes=[{"path": "model.sql", "text": "x", "version": 1}])
    assert session.query("python result = project.graph_version").all()[1] == [b"1"]
    assert alive(next_one)
    session.close()
    until(lambda: not alive(next_one))


def test_a_process_made_ahead_that_dies_is_nobodys_loss(runner: RunnerClient, workspace: Path) -> None:
    session = runner.session(workspace)
    (ahead,) = until(lambda: descendants(session.ready_event["pid"]))
    os.kill(ahead, signal.SIGKILL)
    until(lambda: not alive(ahead))
    assert session.query("rows 1").all()[0][-1]["outcome"] == "complete"
    session.close()


def test_a_query_that_dies_before_its_first_word_is_named(runner: RunnerClient, workspace: Path) -> None:
    """The process made ahead and the query that it was given, killed together, lost the query's end once."""
    session = runner.session(workspace)
    (ahead,) = until(lambda: descendants(session.ready_event["pid"]))
    os.kill(ahead, signal.SIGSTOP)
    query = session.query("rows 1")
    runner.status()  # the runner has handed the query on when it answers, and the session has taken it when it does
    session.call("ping")
    os.kill(ahead, signal.SIGKILL)
    ended = session.wait("queryEnded", queryId=query.id)
    assert (ended["pid"], ended["outcome"], ended["error"]["details"]) == (ahead, "lost", {"signal": "SIGKILL"})
    assert session.compile("select 1")["result"]["sql"] == "select 1"
    assert session.query("rows 1").all()[0][-1]["outcome"] == "complete"
    session.close()


def test_a_check_runs_beside_the_session_and_a_newer_one_takes_its_place(runner: RunnerClient, workspace: Path) -> None:
    session = runner.session(workspace)
    endless = session.send("lint", path="endless", version=1)
    assert session.compile("select 1")["result"]["sql"] == "select 1"
    formatted = session.call("format", path="a.sql", version=2)["result"]
    assert formatted == {"version": 2, "formatter": "sqlfmt", "text": "a.sql formatted"}
    newer = session.send("lint", path="a.sql", version=3)
    assert session.wait("response", id=newer)["result"]["version"] == 3
    late = session.wait("response", id=endless)
    assert late["error"]["code"] == "CANCELLED"
    session.close()
