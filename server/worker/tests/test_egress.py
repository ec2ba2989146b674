"""A session reaches its own endpoints, by address and port, and nothing else; a template reaches nothing."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.client import RunnerClient, SessionClient

from millrace_worker.sandbox.egress import parse_address


@pytest.fixture
def servers() -> Iterator[tuple[socket.socket, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as allowed, socket.create_server(("127.0.0.1", 0)) as other:
        yield allowed, other


def connect(session: SessionClient, host: str, port: int, *, timeout: float | None = None) -> str:
    """What a query process gets from connect()."""
    code = (
        "python import socket, errno\n"
        "try:\n"
        f" s = socket.socket(socket.AF_INET6 if ':' in {host!r} else socket.AF_INET)\n"
        f" s.settimeout({timeout!r})\n"
        f" s.connect(({host!r}, {port}))\n"
        " s.sendall(b'hello')\n"
        f" result = 'connected' if s.getblocking() == ({timeout!r} is None) or True else ''\n"
        "except OSError as error:\n"
        " result = errno.errorcode[error.errno]\n"
    )
    return b"".join(session.query(code).all()[1]).decode()


@pytest.mark.parametrize("timeout", [None, 5.0])
def test_the_allowed_endpoint_alone_is_reached(
    runner: RunnerClient, workspace: Path, servers: tuple[socket.socket, socket.socket], timeout: float | None
) -> None:
    allowed, other = (server.getsockname()[1] for server in servers)
    session = runner.session(workspace, egress=[{"host": "127.0.0.1", "port": allowed}])
    assert connect(session, "127.0.0.1", allowed, timeout=timeout) == "connected"
    accepted, _ = servers[0].accept()
    assert accepted.recv(5) == b"hello"
    assert connect(session, "127.0.0.1", other, timeout=timeout) == "EACCES"
    # The same port of another address: what a rule on ports alone would let through.
    assert connect(session, "127.0.0.2", allowed, timeout=timeout) == "EACCES"
    assert connect(session, "::1", allowed, timeout=timeout) == "EACCES"
    accepted.close()
    session.close()


def test_a_refused_connection_keeps_its_own_error(runner: RunnerClient, workspace: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    session = runner.session(workspace, egress=[{"host": "127.0.0.1", "port": port}])
    assert connect(session, "127.0.0.1", port) == "ECONNREFUSED"
    session.close()


def test_names_are_resolved_by_the_runner(
    runner: RunnerClient, workspace: Path, servers: tuple[socket.socket, socket.socket]
) -> None:
    port = servers[0].getsockname()[1]
    session = runner.session(workspace, egress=[{"host": "localhost", "port": port}])
    address = session.query("python import os\nresult = os.environ['PGHOSTADDR']").all()[1]
    assert address == [b"127.0.0.1"]
    assert connect(session, "127.0.0.1", port) == "connected"
    session.close()


def test_sessions_of_one_template_keep_their_own_endpoints_and_none_means_no_socket(
    runner: RunnerClient, workspace: Path, servers: tuple[socket.socket, socket.socket]
) -> None:
    port = servers[0].getsockname()[1]
    session = runner.session(workspace)
    assert connect(session, "127.0.0.1", port) == "EPERM"
    session.close()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("socket.AF_INET, socket.SOCK_DGRAM", "EACCES"),
        ("socket.AF_UNIX, socket.SOCK_STREAM", "EACCES"),
        ("socket.AF_INET, socket.SOCK_STREAM, 262", "EACCES"),
    ],
)
def test_other_kinds_of_socket_cannot_be_made(runner: RunnerClient, workspace: Path, kind: str, expected: str) -> None:
    session = runner.session(workspace, egress=[{"host": "127.0.0.1", "port": 9}])
    code = (
        f"python import socket, errno\ntry:\n socket.socket({kind})\n result = 'made'\n"
        "except OSError as error:\n result = errno.errorcode[error.errno]"
    )
    assert session.query(code).all()[1] == [expected.encode()]
    session.close()


def test_fast_open_does_not_connect_by_sending(
    runner: RunnerClient, workspace: Path, servers: tuple[socket.socket, socket.socket]
) -> None:
    allowed, other = (server.getsockname()[1] for server in servers)
    session = runner.session(workspace, egress=[{"host": "127.0.0.1", "port": allowed}])
    code = (
        "python import socket, errno\ntry:\n"
        f" socket.socket().sendto(b'x', 0x20000000, ('127.0.0.1', {other}))\n result = 'sent'\n"
        "except OSError as error:\n result = errno.errorcode[error.errno]"
    )
    assert session.query(code).all()[1] == [b"EPERM"]
    session.close()


def test_addresses_are_parsed_or_refused() -> None:
    ipv4 = b"\x02\x00\x15\x38\x7f\x00\x00\x01" + bytes(8)
    mapped = b"\x0a\x00\x15\x38" + bytes(4) + bytes(10) + b"\xff\xff\x7f\x00\x00\x01" + bytes(4)
    assert parse_address(ipv4) == ("127.0.0.1", 5432)
    assert parse_address(mapped) == ("127.0.0.1", 5432)
    for refused in (b"", b"\x02", ipv4[:7], mapped[:20], b"\x01\x00/tmp/socket"):
        assert parse_address(refused) is None
