"""Each layer by itself, in a fork: what it refuses, and that it fails closed."""

from __future__ import annotations

import errno
import os
import resource
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from fixtures.client import RunnerClient

from millrace_worker.protocol import WorkerError
from millrace_worker.sandbox import bpf, filters, host, landlock, layers, mounts
from millrace_worker.sandbox.measure import measure_lockdown
from millrace_worker.sandbox.system import PR_SET_NO_NEW_PRIVS, prctl, syscall


def in_fork(action: Callable[[], object]) -> str:
    """`None`, the value, or the errno's name, of an action in a child."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            answer = str(action())
        except OSError as error:
            answer = errno.errorcode[error.errno or 0]
        except BaseException as error:
            answer = repr(error)
        os.write(writer, answer.encode())
        os._exit(0)
    os.close(writer)
    answer = os.read(reader, 4096).decode()
    os.close(reader)
    os.waitpid(pid, 0)
    return answer


def filtered(action: Callable[[], object], *, egress: bool = False, query: bool = False) -> str:
    def locked() -> object:
        prctl(PR_SET_NO_NEW_PRIVS, 1)
        bpf.install(filters.project_filter(egress))
        if query:
            bpf.install(filters.query_filter())
        return action()

    return in_fork(locked)


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (lambda: os.open("/dev/null", os.O_WRONLY), "EACCES"),
        (lambda: os.open("/dev/null", os.O_RDONLY | os.O_TRUNC), "EACCES"),
        (lambda: os.read(os.open("/dev/zero", os.O_RDONLY), 1), "b'\\x00'"),
        (lambda: syscall("openat2", -100, None, None, 0), "ENOSYS"),
        (lambda: syscall("clone3", None, 0), "ENOSYS"),
        (lambda: syscall("io_uring_setup", 1, None), "ENOSYS"),
        (lambda: os.memfd_create("x"), "EPERM"),
        (lambda: socket.socket(), "EPERM"),
        (lambda: [end.fileno() > 0 for end in socket.socketpair()], "[True, True]"),
        (lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM), "EPERM"),
        (lambda: os.kill(os.getpid(), 0), "EPERM"),
        (lambda: os.execv("/bin/true", ["true"]), "EPERM"),
        (lambda: prctl(1, 0), "EPERM"),
        (lambda: prctl(1, 9), "0"),
        (lambda: os.waitpid(os.fork() or os._exit(0), 0)[1], "0"),  # type: ignore[func-returns-value]
    ],
)
def test_the_allowlist(action: Callable[[], object], expected: str) -> None:
    assert filtered(action) == expected


def _start_thread() -> str:
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()
    return "ran"


def test_a_query_has_threads_but_no_further_process() -> None:
    assert filtered(_start_thread, query=True) == "ran"
    assert filtered(os.fork, query=True) == "EPERM"
    assert filtered(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (9, 9)), query=True) == (
        "ValueError('not allowed to raise maximum limit')"
    )
    assert filtered(lambda: resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 0, query=True) == "True"


def test_a_connect_without_supervisor_fails() -> None:
    def connect() -> object:
        return socket.socket().connect(("127.0.0.1", 9))

    assert filtered(connect, egress=True) == "ENOSYS"


def test_landlock_reads_what_it_was_given_and_stacks(tmp_path: Path) -> None:
    for name in ("mine", "yours"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "rows").write_text(name)

    def read(*readable: str) -> object:
        prctl(PR_SET_NO_NEW_PRIVS, 1)
        landlock.restrict([str(tmp_path)], [])
        landlock.restrict([str(tmp_path / name) for name in readable], [])
        return (tmp_path / "mine" / "rows").read_text()

    assert in_fork(lambda: read("mine")) == "mine"
    assert in_fork(lambda: read("yours")) == "EACCES"
    assert in_fork(lambda: read("absent")) == "EACCES"


def test_file_size_and_core_limits() -> None:
    def write() -> object:
        layers._no_file_growth()
        return os.write(os.memfd_create("x"), b"rows")

    assert in_fork(write) == "EFBIG"


def test_the_mount_namespace_is_read_only(tmp_path: Path) -> None:
    if not mounts.available():
        assert not host.probe(allow_swap=True).mounts
        return

    def write() -> object:
        mounts.make_read_only()
        return (tmp_path / "x").write_text("rows")

    assert in_fork(write) == "EROFS"
    (tmp_path / "x").write_text("outside it is not")


def test_descriptors_are_closed_but_for_the_kept(tmp_path: Path) -> None:
    other, kept = os.pipe()
    reader = os.dup(other)
    pid = os.fork()
    if pid == 0:
        layers.close_descriptors([kept])
        left = [int(name) for name in os.listdir("/proc/self/fd")]
        os.write(kept, str(sorted(set(left) & {0, 1, 2, kept, other, reader})).encode())
        os._exit(0)
    os.waitpid(pid, 0)
    assert os.read(reader, 100).decode() == str([0, 1, 2, kept])
    for descriptor in (kept, other, reader):
        os.close(descriptor)


def test_a_machine_without_landlock_is_refused() -> None:
    found = host.probe(allow_swap=True, landlock_abi=0)
    refusal = found.refusal()
    assert refusal is not None
    assert (refusal.code, "Landlock" in refusal.message) == ("SANDBOX_UNAVAILABLE", True)


def test_swap_is_refused_unless_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "_swap_is_on", lambda: True)
    refusal = host.probe(allow_swap=False).refusal()
    assert refusal is not None
    assert "MILLRACE_ALLOW_SWAP" in refusal.message
    assert host.probe(allow_swap=True).refusal() is None


def test_a_layer_that_cannot_be_applied_stops_everything() -> None:
    def lock() -> object:
        found = host.Host(root=False, mounts=False, landlock_abi=1, missing=("Landlock",))
        confinement = layers.Confinement(found, (), (), (), None, None, 1 << 40)
        layers.lock_down_template(confinement, parent=os.getppid(), keep=[])
        return "started"

    assert "lacks what keeps rows in memory" in in_fork(lock)


def test_the_kernel_counts_what_a_process_writes(tmp_path: Path) -> None:
    """ru_oublock, which becomes `writeBytes`, is the same counter as write_bytes of /proc/PID/io."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        descriptor = os.open(tmp_path / "x", os.O_WRONLY | os.O_CREAT)
        os.write(descriptor, bytes(1 << 20))
        os.fsync(descriptor)
        os.write(writer, Path("/proc/self/io").read_bytes())
        os._exit(0)
    counters = dict(line.split(": ") for line in os.read(reader, 4096).decode().splitlines())
    _, _, usage = os.wait4(pid, 0)
    assert usage.ru_oublock * 512 == int(counters["write_bytes"]) >= 1 << 20
    os.close(reader)
    os.close(writer)


def test_a_session_reads_its_own_workspace_and_no_colleagues(runner: RunnerClient, workspace: Path) -> None:
    (workspace.parent / "colleague").mkdir()
    (workspace.parent / "colleague" / "model.sql").write_text("theirs")
    session = runner.session(workspace)
    read = "python \ntry:\n result = open({!r}).read()\nexcept OSError as error:\n result = error.strerror"
    own = session.compile(read.format(str(workspace / "model.sql")))["result"]["sql"]
    theirs = session.compile(read.format(str(workspace.parent / "colleague" / "model.sql")))["result"]["sql"]
    assert (own, theirs) == ("select 1", "Permission denied")
    session.close()


def test_the_lock_down_is_measured_over_every_round() -> None:
    result = measure_lockdown(rounds=20)
    assert result["rounds"] == 20
    assert 0 < result["p50_ms"] <= result["p95_ms"]


def test_worker_errors_carry_what_a_person_reads() -> None:
    body = WorkerError("LIMIT_REACHED", "Too much.", hint="Less.").body()
    assert body == {
        "code": "LIMIT_REACHED",
        "message": "Too much.",
        "hint": "Less.",
        "location": None,
        "details": {},
        "reference": None,
    }
