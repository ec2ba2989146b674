"""dbt-postgres inside the sandbox, on a real server: its own endpoint works, another one does not."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fixtures.client import RunnerClient, SessionClient


@pytest.fixture(scope="module")
def dbt_runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunnerClient]:
    client = RunnerClient(tmp_path_factory.mktemp("dbt-runner"), arguments=["--allow-swap"])
    yield client
    client.stop()


def _session(runner: RunnerClient, folder: Path, *, host: str, port: int, allowed: Any) -> SessionClient:
    environment = {
        "adapter": "postgres",
        "schema": "public",
        "settings": {"host": host, "port": port, "user": "postgres", "dbname": "postgres"},
    }
    return runner.session(folder, environment=environment, egress=allowed, secrets={"password": "not-asked-for"})


def test_rows_come_from_the_allowed_server(dbt_runner: RunnerClient, project_folder: Path, postgres_port: int) -> None:
    allowed = [{"host": "127.0.0.1", "port": postgres_port}]
    session = _session(dbt_runner, project_folder, host="127.0.0.1", port=postgres_port, allowed=allowed)
    messages, arrow = session.query("select 'from ' || current_setting('port') as place").all()
    assert messages[-1]["error"] is None
    assert f"from {postgres_port}".encode() in b"".join(arrow)
    ended = session.wait("queryEnded")
    assert (ended["outcome"], ended["writeBytes"]) == ("complete", 0)
    session.close()


def test_a_name_is_resolved_by_the_runner(dbt_runner: RunnerClient, project_folder: Path, postgres_port: int) -> None:
    allowed = [{"host": "localhost", "port": postgres_port}]
    session = _session(dbt_runner, project_folder, host="localhost", port=postgres_port, allowed=allowed)
    messages, _ = session.query("select 1 as one").all()
    assert messages[-1]["error"] is None
    session.close()


def test_another_server_is_not_reached(dbt_runner: RunnerClient, project_folder: Path, postgres_port: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(0.2)
        # What is allowed is one server; what the environment's settings name is another.
        allowed = [{"host": "127.0.0.1", "port": postgres_port}]
        other = elsewhere.getsockname()[1]
        session = _session(dbt_runner, project_folder, host="127.0.0.1", port=other, allowed=allowed)
        messages, arrow = session.query("select 1 as one").all()
        assert messages[-1]["error"]["code"] == "WAREHOUSE_ERROR"
        assert arrow == []
        with pytest.raises(TimeoutError):
            elsewhere.accept()
        session.close()


def test_a_failure_is_told_to_the_person_and_written_down_without_the_row(
    dbt_runner: RunnerClient, project_folder: Path, postgres_port: int
) -> None:
    allowed = [{"host": "127.0.0.1", "port": postgres_port}]
    session = _session(dbt_runner, project_folder, host="127.0.0.1", port=postgres_port, allowed=allowed)
    messages, _ = session.query("select cast(reverse('htimS') as integer) as broken").all()
    assert "Smith" in messages[-1]["error"]["message"]
    ended = session.wait("queryEnded")
    assert ended["error"]["code"] == "WAREHOUSE_ERROR"
    assert "Smith" not in str(ended)
    session.close()
