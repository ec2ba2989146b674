"""Fixtures of the worker's tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fixtures.client import RunnerClient


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunnerClient]:
    """One runner with the small engine for a module's tests."""
    client = RunnerClient(tmp_path_factory.mktemp("runner"), "fixtures.small_engine:SmallEngine")
    yield client
    client.stop()


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace folder within a share of its own."""
    folder = tmp_path / "share" / "user"
    folder.mkdir(parents=True)
    (folder / "model.sql").write_text("select 1")
    return folder
