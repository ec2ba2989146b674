"""A session that runs hostile code speaks to the runner: it harms itself alone."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from fixtures.client import RunnerClient

# The session's own connection has a name, the runner's path; what is left is the socket on which the runner listens.
HOSTILE = """python import os, socket, struct
for number in range(3, 64):
    try:
        one = socket.socket(fileno=os.dup(number))
        nameless = one.getsockname() == ''
    except OSError:
        continue
    if nameless:
        one.sendmsg([{data!r}], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack('<i', 0))])
result = 'sent'
"""


def frame(text: str) -> bytes:
    """A message as the runner reads it."""
    return len(text).to_bytes(4, "little") + text.encode()


@pytest.mark.parametrize(
    "data",
    [
        b"\x09",  # a part of a length, and nothing more
        b"\xff\xff\xff\x7f",
        frame("no json"),
        frame("[1]"),
        frame('{"type": "started"}'),
        frame('{"type": "started", "number": 1, "pid": -1}'),
        frame('{"type": "started", "number": 1, "pid": 1}'),
        frame('{"type": "started", "number": "x", "pid": []}'),
        frame('{"type": "kill", "number": {}}'),
        frame('{"type": "locked"}'),
        frame('{"type": ["locked"]}'),
    ],
)
def test_a_hostile_session_harms_itself_alone(
    runner: RunnerClient, tmp_path: Path, workspace: Path, data: bytes
) -> None:
    elsewhere = tmp_path / "other" / "user"
    elsewhere.mkdir(parents=True)
    colleague = runner.session(elsewhere, organisation="other")
    hostile = runner.session(workspace)
    assert hostile.compile(HOSTILE.format(data=data))["result"]["sql"] == "sent"
    started = time.monotonic()
    # The first may have to wait for the rest of a message; that must not last.
    assert runner.status()["type"] == "status"
    assert colleague.compile("select 1")["result"]["sql"] == "select 1"
    assert colleague.query("rows 3").all()[1] == [b"x" * 65536] * 3
    assert runner.status()["pid"] == runner.pid
    assert time.monotonic() - started < 8
    hostile.close()
    colleague.close()
