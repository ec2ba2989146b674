"""A runner of our own and one session on it, spoken to as the web process does."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from millrace_worker.protocol import EndOfStream, receive_json, send_json
from millrace_worker.verify.failure import VerifyFailure
from millrace_worker.verify.profile import Profile
from millrace_worker.verify.project import Scratch

SAME_ORDER = {"PYTHONHASHSEED": "0"}
"""Python iterates over a set in another order in each process, and so does Jinja that loops over one."""
ANOTHER_ORDER = {"PYTHONHASHSEED": "1"}

_START_SECONDS = 120.0
_PARSE_SECONDS = 1800.0
_COMPILE_SECONDS = 300.0
_LIMITS = {
    "sessionMemoryMb": 4096,
    "queryMemoryMb": 4096,
    "sessionCpuSeconds": 3600,
    "queryCpuSeconds": 600,
    "silenceSeconds": 3600,
}


class Runner:
    """`python -m millrace_worker` on a socket in `folder`. `stop` ends it and all below it."""

    def __init__(self, folder: Path, adapter: str) -> None:
        self.socket = str(folder / "runner.sock")
        self._log = folder / "runner.log"
        worker = str(Path(__file__).resolve().parents[2])
        command = [sys.executable, "-m", "millrace_worker", "--socket", self.socket, "--adapters", adapter]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*command, "--allow-swap", "--die-with-parent"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONPATH": worker, **SAME_ORDER},
            )
        end = time.monotonic() + _START_SECONDS
        while b'"event": "ready"' not in self._log.read_bytes():
            if self._process.poll() is not None or time.monotonic() > end:
                raise VerifyFailure(f"The runner did not start:\n{self.said()}")
            time.sleep(0.02)

    def said(self) -> str:
        """The end of its log."""
        return self._log.read_text(errors="replace")[-2000:]

    def stop(self) -> None:
        """Ends it."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Session:
    """One session on the scratch project."""

    def __init__(
        self,
        runner: Runner,
        scratch: Scratch,
        profile: Profile,
        variables: dict[str, Any],
        progress: Callable[[str], None],
    ) -> None:
        self._runner = runner
        self._requests = 0
        self._progress = progress
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(_PARSE_SECONDS)
        self._socket.connect(runner.socket)
        send_json(self._socket, self._hello(scratch, profile, variables))
        send_json(self._socket, {"type": "template", "committed": []})
        send_json(
            self._socket,
            {"type": "credentials", "secrets": profile.secrets, "environmentVariables": dict(os.environ)},
        )
        self.ready = self._wait("ready")
        self._socket.settimeout(_COMPILE_SECONDS)

    def _hello(self, scratch: Scratch, profile: Profile, variables: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "hello",
            "protocol": 1,
            "kind": "session",
            "session": uuid.uuid4().hex,
            "organisation": "verify",
            "project": "verify",
            "user": "verify",
            "projectRoot": str(scratch.project),
            "shareRoot": str(scratch.workspace),
            "workspaceRoot": str(scratch.workspace),
            "commit": "verify",
            "environment": profile.environment,
            "vars": variables,
            "limits": _LIMITS,
            "readableFiles": profile.readable,
            "egress": profile.egress,
        }

    def _wait(self, kind: str, **facts: Any) -> dict[str, Any]:
        while True:
            try:
                message = receive_json(self._socket)
            except (EndOfStream, ConnectionError, TimeoutError) as error:
                raise VerifyFailure(
                    f"The session was lost ({error}). The runner said:\n{self._runner.said()}"
                ) from error
            if message["type"] == "fatal":
                raise VerifyFailure(f"The session ended: {message['error']['message']}")
            if message["type"] == "progress":
                self._progress(f"{message['phase']} {message['done']:.0f}")
            if message["type"] == kind and all(message.get(name) == value for name, value in facts.items()):
                return message

    def compile(self, unique_id: str) -> tuple[str | None, str | None, bool]:
        """A node's SQL, or why there is none; and whether the warehouse was asked."""
        self._requests += 1
        params = {"path": None, "uniqueId": unique_id, "sql": None, "version": 0, "allowWarehouse": True}
        send_json(self._socket, {"type": "request", "id": self._requests, "method": "compile", "params": params})
        answer = self._wait("response", id=self._requests)
        if answer["error"] is not None:
            return None, str(answer["error"]["message"]), False
        result = answer["result"]
        error = result["error"]
        return result["sql"], None if error is None else str(error["message"]), bool(result["introspective"])

    def close(self) -> None:
        """Ends it."""
        self._socket.close()
