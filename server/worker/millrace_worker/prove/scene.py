"""The proof's scratch folder: two tenants' files, a warehouse, a decoy process, listeners, inherited descriptors."""

from __future__ import annotations

import ctypes
import fcntl
import os
import secrets
import shutil
import signal
import socket
import tempfile
import uuid
from pathlib import Path
from typing import Any

import duckdb


def _high(descriptor: int) -> int:
    """A number that no descriptor of the worker's own gets."""
    high = fcntl.fcntl(descriptor, fcntl.F_DUPFD, 700)
    os.close(descriptor)
    return high


class Scene:
    """Everything that attempts may aim at. `close` removes it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="millrace-prove-"))
        os.chmod(self.folder, 0o777)
        share = self.folder / "share"
        self.workspace = share / "mallory"
        (self.workspace / "models").mkdir(parents=True)
        (self.workspace / "dbt_project.yml").write_text("name: prove\nprofile: prove\n")
        (self.workspace / "models" / "one.sql").write_text("select 1 as one")
        self.secret = secrets.token_hex(16)
        self.database = self.folder / "warehouse.duckdb"
        duckdb.connect(str(self.database)).close()
        self.variable = "MILLRACE_PROVE_VARIABLE"
        for path in (self.folder / "other" / "rows.txt", share / "colleague" / "rows.txt"):
            path.parent.mkdir()
            path.write_text(self.secret)
        (self.folder / "inherited.txt").write_text(self.secret)
        self.reader = _high(os.open(self.folder / "inherited.txt", os.O_RDONLY))
        self.writer = _high(os.open(self.folder / "written.txt", os.O_WRONLY | os.O_CREAT, 0o600))
        self._listen()
        self._fork_decoy()
        for folder in (self.workspace, self.folder):
            os.chmod(folder, 0o777)

    def _listen(self) -> None:
        self.tcp = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.unix = socket.socket(socket.AF_UNIX)
        self.unix.bind(str(self.folder / "unix.sock"))
        os.chmod(self.folder / "unix.sock", 0o777)
        self.abstract = socket.socket(socket.AF_UNIX)
        self.datagram = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.abstract_name = f"millrace-prove-{uuid.uuid4().hex}"
        self.abstract.bind("\0" + self.abstract_name)
        self.datagram.bind("\0" + self.abstract_name + "-datagram")
        for listener in (self.unix, self.abstract):
            listener.listen(64)

    def _fork_decoy(self) -> None:
        self._memory = ctypes.create_string_buffer(b"decoy")
        self.decoy = os.fork()
        if self.decoy == 0:
            signal.signal(signal.SIGUSR1, signal.SIG_IGN)
            while True:
                signal.pause()

    def prepare(self) -> None:
        """Before each attempt: the files that an earlier one may have spoilt."""
        victim = self.workspace / "victim.txt"
        victim.write_text("committed")
        os.chmod(victim, 0o666)
        (self.workspace / "disposable.txt").write_text("x")

    def facts(self) -> dict[str, Any]:
        """What an attempt is told."""
        return {
            "workspace": str(self.workspace),
            "scratch": str(self.folder),
            "disposable": str(self.workspace / "disposable.txt"),
            "other": str(self.folder / "other" / "rows.txt"),
            "colleague": str(self.workspace.parent / "colleague" / "rows.txt"),
            "otherSecret": self.secret,
            "variable": self.variable,
            "inheritedReader": self.reader,
            "inheritedWriter": self.writer,
            "inheritedSecret": self.secret,
            "tcpPort": self.tcp.getsockname()[1],
            "udpPort": self.udp.getsockname()[1],
            "unixPath": str(self.folder / "unix.sock"),
            "abstractName": self.abstract_name,
            "abstractDatagram": self.abstract_name + "-datagram",
            "decoy": self.decoy,
            "decoyAddress": ctypes.addressof(self._memory),
        }

    def hello(self) -> dict[str, Any]:
        """A session on the scene's workspace and warehouse."""
        return {
            "type": "hello",
            "protocol": 1,
            "kind": "session",
            "session": uuid.uuid4().hex,
            "organisation": "prove",
            "project": "prove",
            "user": "mallory",
            "projectRoot": str(self.workspace),
            "shareRoot": str(self.workspace.parent),
            "workspaceRoot": str(self.workspace),
            "commit": "prove",
            "environment": {
                "adapter": "duckdb",
                "target": "dev",
                "schema": "main",
                "threads": 1,
                "settings": {"path": str(self.database)},
            },
            "vars": {},
            "limits": {
                "sessionMemoryMb": 1024,
                "queryMemoryMb": 1024,
                "sessionCpuSeconds": 3600,
                "queryCpuSeconds": 60,
                "silenceSeconds": 600,
            },
            "readableFiles": [str(self.database)],
            "egress": [],
        }

    def close(self) -> None:
        """Ends the decoy and removes the folder."""
        os.kill(self.decoy, signal.SIGKILL)
        os.waitpid(self.decoy, 0)
        for listener in (self.tcp, self.udp, self.unix, self.abstract, self.datagram):
            listener.close()
        os.close(self.reader)
        os.close(self.writer)
        shutil.rmtree(self.folder)
