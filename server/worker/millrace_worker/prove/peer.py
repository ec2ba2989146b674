"""The web process's half of the protocol, as the proof and the benchmarks speak it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from millrace_worker.protocol import EndOfStream, parse_json, receive_frame, receive_json, send_json
from millrace_worker.protocol.types import FRAME_JSON

_TIMEOUT = 120.0


class Runner:
    """A runner process of the proof's own."""

    def __init__(
        self,
        folder: Path,
        *,
        without: frozenset[str],
        inherit: list[int],
        variable: str,
        secret: str,
        before: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self.socket = str(folder / f"runner-{uuid.uuid4().hex[:8]}.sock")
        self.log = folder / "runner.log"
        worker = str(Path(__file__).resolve().parents[2])
        paths = ":".join([worker, *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": paths, variable: secret}
        command = [*before, sys.executable, "-m", "millrace_worker.prove.serve", self.socket, ",".join(sorted(without))]
        self.ready_at = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                pass_fds=inherit,
                # A group of their own: without the layers, what the runner forked outlives it.
                start_new_session=True,
            )
        end = time.monotonic() + _TIMEOUT
        while b'"event": "ready"' not in self.log.read_bytes()[self.ready_at :]:
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"the runner did not start:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.02)

    def connect(self) -> socket.socket:
        """A new connection."""
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(_TIMEOUT)
        connection.connect(self.socket)
        return connection

    def stop(self) -> None:
        """Ends the runner and with it all below it."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


class Session:
    """One session."""

    def __init__(self, runner: Runner, hello: dict[str, Any]) -> None:
        self._runner = runner
        self.id = hello["session"]
        self._socket = runner.connect()
        self._events: list[dict[str, Any]] = []
        self._requests = 0
        send_json(self._socket, hello)
        send_json(self._socket, {"type": "template", "committed": []})
        send_json(self._socket, {"type": "credentials", "secrets": {}, "environmentVariables": {}})
        self.ready = self._wait("ready", "fatal")

    def _wait(self, *kinds: str, **facts: Any) -> dict[str, Any]:
        while True:
            for event in self._events:
                if event["type"] in kinds and all(event.get(name) == value for name, value in facts.items()):
                    self._events.remove(event)
                    return event
            self._events.append(receive_json(self._socket))

    def compile(self, sql: str) -> dict[str, Any]:
        """The answer to one compile request."""
        self._requests += 1
        params = {"path": None, "uniqueId": None, "sql": sql, "version": 0, "allowWarehouse": False}
        send_json(self._socket, {"type": "request", "id": self._requests, "method": "compile", "params": params})
        return self._wait("response", id=self._requests)

    def query(self, sql: str) -> tuple[dict[str, Any], bytes, dict[str, Any]]:
        """The tail (empty when there was none), all Arrow bytes, and the `queryEnded` event of one preview."""
        frame = {
            "type": "query",
            "queryId": str(uuid.uuid4()),
            "path": None,
            "sql": sql,
            "limits": {"rows": 1_000_000, "bytes": 1 << 30, "seconds": 60},
        }
        tail: dict[str, Any] = {}
        arrow = bytearray()
        with self._runner.connect() as connection, contextlib.suppress(EndOfStream, ConnectionError):
            send_json(connection, {"type": "hello", "protocol": 1, "kind": "query", "session": self.id})
            send_json(connection, frame)
            while True:
                kind, payload = receive_frame(connection)
                if kind == FRAME_JSON:
                    message = parse_json(payload)
                    tail = message if message["type"] == "tail" else tail
                else:
                    arrow += payload
        return tail, bytes(arrow), self._wait("queryEnded", queryId=frame["queryId"])

    def close(self) -> None:
        """Ends it."""
        self._socket.close()
