"""Two people on one commit: they share its template, and nothing of one reaches the other, or stays in the template."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.client import RunnerClient, SessionClient

LITTLE = Path(__file__).parent / "little"
MODEL = "models/marts/who.sql"
TEXT = "select '{{ target.schema }}' as s, '{{ env_var(\"WHO\", \"nobody\") }}' as w from {{ ref('raw_orders') }}\n"


@pytest.fixture(scope="module")
def share(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The little project in two people's workspaces, with a model that says who compiles it."""
    folder = tmp_path_factory.mktemp("two") / "share"
    for person in ("ada", "eve"):
        shutil.copytree(LITTLE, folder / person)
        (folder / person / MODEL).write_text(TEXT)
    for path in (folder, *folder.parents):
        if path == Path("/tmp"):
            break
        path.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def real_runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunnerClient]:
    """A runner with dbt that keeps its parses."""
    folder = tmp_path_factory.mktemp("real")
    client = RunnerClient(folder, arguments=["--parses", str(folder / "kept")])
    yield client
    client.stop()


def opened(runner: RunnerClient, share: Path, person: str) -> SessionClient:
    """That person's session: schema, password and environment of their own."""
    return runner.session(
        share / person,
        shareRoot=str(share),
        user=person,
        environment={"schema": f"schema_of_{person}", "settings": {"path": ":memory:"}},
        secrets={"token": f"swordfish-{person}"},
        variables={"WHO": f"zorblax-{person}"},
    )


def test_nothing_of_one_person_reaches_another(real_runner: RunnerClient, share: Path) -> None:
    ada = opened(real_runner, share, "ada")
    edited = TEXT.replace("as s", "as edited_by_ada")
    texts = {MODEL: edited, "macros/adas.sql": "{% macro adas() %}1{% endmacro %}"}
    changes = [{"path": path, "text": text, "deleted": False, "version": 1} for path, text in texts.items()]
    ada.call("overlay", changes=changes)
    ada.wait("graph", pending=False)
    said = ada.compile(path=MODEL)["result"]["sql"]
    assert all(word in said for word in ("schema_of_ada", "zorblax-ada", "edited_by_ada"))
    assert "schema_of_ada" in said.split("from")[1]

    eve = opened(real_runner, share, "eve")
    assert eve.ready_event["fromTemplate"] is True  # type: ignore[attr-defined]
    said = eve.compile(path=MODEL)["result"]["sql"]
    assert all(word in said for word in ("schema_of_eve", "zorblax-eve", "as s"))
    assert "schema_of_eve" in said.split("from")[1]
    assert "ada" not in said
    assert "adas" not in [macro["name"] for macro in eve.call("index")["result"]["macros"]]
    assert "schema_of_ada" in ada.compile(path=MODEL)["result"]["sql"]

    template = parent_of(eve.ready_event["pid"])  # type: ignore[attr-defined]
    assert template == parent_of(ada.ready_event["pid"])  # type: ignore[attr-defined]
    if os.geteuid() == 0:
        assert held(eve.ready_event["pid"], b"zorblax-eve")  # type: ignore[attr-defined]
        for secret in (b"swordfish-", b"zorblax-", b"edited_by_ada"):
            assert not held(template, secret)
            assert not held(real_runner.pid, secret)
        assert not held(eve.ready_event["pid"], b"swordfish-ada")  # type: ignore[attr-defined]
    ada.close()
    eve.close()


def parent_of(pid: int) -> int:
    """The process that forked it."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def held(pid: int, needle: bytes) -> bool:
    """Whether a process's own memory holds some bytes."""
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights, *_ = line.split()
            if "w" not in rights:
                continue
            start, end = (int(edge, 16) for edge in span.split("-"))
            try:
                memory.seek(start)
                if needle in memory.read(end - start):
                    return True
            except OSError:  # a guard page
                continue
    return False
