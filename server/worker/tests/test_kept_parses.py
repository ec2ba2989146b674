"""Parses outlive their runner; what was tampered with, or is of another branch or project, is not used."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fixtures.client import RunnerClient, descendants, until

from millrace_worker.lifecycle.kept import Shelf

RESTORED = "python result = project.restored"
READ = (
    "python "
    + """
try:
    open({path!r}, 'rb').read()
    result = 'read'
except OSError as error:
    result = type(error).__name__"""
)
SECRET = "swordfish"


@contextmanager
def running(folder: Path) -> Iterator[RunnerClient]:
    """A runner that keeps its parses in `folder`."""
    client = RunnerClient(folder, "fixtures.small_engine:SmallEngine", parses=str(folder / "kept"))
    try:
        yield client
    finally:
        client.stop()


def restored(runner: RunnerClient, workspace: Path, **changes: Any) -> str:
    """What the template of a new session was given."""
    session = runner.session(workspace, secrets={"password": SECRET}, **changes)
    answer: str = session.compile(RESTORED)["result"]["sql"]
    session.close()
    return answer


def kept(folder: Path) -> list[Path]:
    """The files, when the writing of each is over."""
    return sorted((folder / "kept").glob("*/*.parse"))


def fill(folder: Path, workspace: Path, **changes: Any) -> Path:
    """Lets one commit be parsed and kept."""
    before = kept(folder)
    with running(folder) as runner:
        assert restored(runner, workspace, **changes) == "None"
        until(lambda: len(kept(folder)) > len(before))
        until(lambda: len(descendants(runner.pid)) <= 1)  # the template alone: nobody who kept it is left
    return next(path for path in kept(folder) if path not in before)


def test_a_known_commit_is_not_parsed_by_the_next_runner(tmp_path: Path, workspace: Path) -> None:
    file = fill(tmp_path, workspace)
    with running(tmp_path) as runner:
        assert restored(runner, workspace) == "small:select 1"
        assert restored(runner, workspace, commit="another") == "None"
        assert restored(runner, workspace, organisation="another") == "None"
        assert restored(runner, workspace, environment={"target": "prod"}) == "None"
        assert restored(runner, workspace, vars={"a": 1}) == "None"
        assert kept(tmp_path)[0].exists()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "kept.key").stat().st_mode) == 0o600
    assert SECRET.encode() not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_new_commit_gets_the_parse_of_the_nearest_one_that_it_is_based_on(tmp_path: Path, workspace: Path) -> None:
    fill(tmp_path, workspace, commit="first")
    (workspace / "model.sql").write_text("select 2")
    with running(tmp_path) as runner:
        assert restored(runner, workspace, commit="second", ancestors=["unknown", "first"]) == "small:select 1"
        until(lambda: len(kept(tmp_path)) == 2)
        assert restored(runner, workspace, commit="third", ancestors=["second", "first"]) == "small:select 2"
        assert restored(runner, workspace, commit="elsewhere", ancestors=["unknown"]) == "None"


@pytest.mark.parametrize("damage", ["changed", "moved", "cut", "foreign key", "open key"])
def test_a_parse_that_was_tampered_with_is_refused(tmp_path: Path, workspace: Path, damage: str) -> None:
    file = fill(tmp_path, workspace)
    data = file.read_bytes()
    key = tmp_path / "kept.key"
    match damage:
        case "changed":
            file.write_bytes(data[:-1] + b"2")
        case "moved":
            other = fill(tmp_path, workspace, commit="c2")
            file.write_bytes(other.read_bytes())
        case "cut":
            file.write_bytes(data[:10])
        case "foreign key":
            key.write_bytes(os.urandom(32))
        case "open key":
            key.chmod(0o644)
    with running(tmp_path) as runner:
        assert restored(runner, workspace) == "None"
        word = "kept-parse-unreadable" if damage == "open key" else "kept-parse-refused"
        assert "parse" in runner.log_path.read_text()
        assert word in runner.log_path.read_text() or damage == "open key"


def test_neither_template_nor_session_can_reach_parses_or_their_key(tmp_path: Path, workspace: Path) -> None:
    fill(tmp_path, workspace)
    with running(tmp_path) as runner:
        session = runner.session(workspace)
        for path in (tmp_path / "kept.key", *kept(tmp_path)):
            attempt = READ.format(path=str(path))
            assert session.compile(attempt)["result"]["sql"] == "PermissionError"
        session.close()


def test_a_broken_project_is_not_kept(tmp_path: Path, workspace: Path) -> None:
    (workspace / "broken").write_text("")
    with running(tmp_path) as runner:
        session = runner.session(workspace)
        session.close()
        until(lambda: not descendants(runner.pid))
    assert kept(tmp_path) == []


def test_the_least_recently_used_go_first(tmp_path: Path) -> None:
    shelf = Shelf(str(tmp_path / "kept"), most_bytes=250, most_days=1)
    shelf.make()
    now = time.time()
    for number, days in enumerate([0.0, 0.1, 0.2, 2.0]):
        path = tmp_path / "kept" / "scope" / f"{number}.parse"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(bytes(100))
        os.utime(path, (now, now - days * 86400))
    left_over = tmp_path / "kept" / "scope" / "0.1.tmp"
    left_over.write_bytes(b"half")
    os.utime(left_over, (now, now - 7200))
    shelf.evict()
    assert [path.name for path in sorted((tmp_path / "kept" / "scope").iterdir())] == ["0.parse", "1.parse"]
