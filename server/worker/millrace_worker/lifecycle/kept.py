"""
Parses that outlive their templates, on the runner's disk. Metadata only.

A template may not write and must not hold the key, so both halves run in short forks that never run a project's code:
one, before the lock-down, checks a kept parse and hands its bytes over in sealed memory; the other waits for the bytes
of a new parse, signs them and puts them away. The key is read in those forks alone: whatever the runner holds in
memory, its templates could read.

A commit's parse is looked for first, then those of the commits that it is based on, nearest first. Only those: what
someone has put on another branch must not run for people who never took it over.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import importlib.metadata
import json
import mmap
import os
import platform
import secrets
import stat
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from millrace_worker.lifecycle import control
from millrace_worker.lifecycle.log import log
from millrace_worker.protocol.types import SessionHello
from millrace_worker.sandbox import layers
from millrace_worker.sandbox.system import set_name

_FORMAT = b"millrace parse 1"
_KEY_BYTES = 32
_MAC_BYTES = 32
_LENGTH = struct.Struct("<Q")
_LARGEST = 256 << 20
_NONE = 255
"""Exit code of a look-up that found nothing."""
_MOST_ANCESTORS = 100
_LEFT_OVER_SECONDS = 3600
_PIECE = 1 << 20


@dataclass(frozen=True)
class Shelf:
    """Where parses are kept and how many."""

    folder: str
    most_bytes: int = 2 << 30
    most_days: float = 30.0
    """Since a parse was last used."""

    @property
    def key_path(self) -> str:
        """Beside the folder: who may write parses only cannot sign them."""
        return f"{self.folder}.key"

    def make(self) -> None:
        """Makes folder and key where there are none."""
        Path(self.folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            descriptor = os.open(self.key_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(_KEY_BYTES))

    def key(self) -> bytes:
        """The signing key. Raises PermissionError when others might know it."""
        with open(self.key_path, "rb") as file:
            status = os.fstat(file.fileno())
            if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077:
                raise PermissionError(f"{self.key_path} is not this user's alone")
            key = file.read()
        if len(key) != _KEY_BYTES:
            raise PermissionError(f"{self.key_path} holds no key")
        return key

    def evict(self) -> None:
        """Removes what nobody has used for long, then the least recently used until the rest fits."""
        now = time.time()
        kept: list[tuple[float, int, Path]] = []
        for path in Path(self.folder).glob("*/*"):
            with contextlib.suppress(FileNotFoundError):  # another writer removes too
                status = path.stat()
                age = now - status.st_mtime
                too_old = age > (self.most_days * 86400 if path.suffix == ".parse" else _LEFT_OVER_SECONDS)
                if too_old:
                    path.unlink()
                elif path.suffix == ".parse":
                    kept.append((status.st_mtime, status.st_size, path))
        total = sum(size for _, size, _ in kept)
        for _, size, path in sorted(kept):
            if total <= self.most_bytes:
                return
            path.unlink(missing_ok=True)
            total -= size


class KeptParse:
    """What a template looks for before its lock-down, and where its own parse goes."""

    def __init__(self, shelf: Shelf, hello: SessionHello, engine: str) -> None:
        self._shelf = shelf
        self._commit = hello["commit"]
        self._ancestors = hello.get("ancestors", [])[:_MOST_ANCESTORS]
        self._scope = scope(hello, engine)
        self.found: mmap.mmap | None = None
        self.writer = -1

    def prepare(self) -> None:
        """Looks, and starts the process that will put the new parse away when this commit's is not there."""
        if self._commit is None:
            return
        exact = self._look()
        if not exact:
            self.writer = self._start_keeper()

    def names(self) -> Iterator[Path]:
        """This commit's file, then those of the commits before it."""
        folder = Path(self._shelf.folder) / self._scope
        for commit in [self._commit or "", *self._ancestors]:
            yield folder / f"{hashlib.sha256(commit.encode()).hexdigest()}.parse"

    def _look(self) -> bool:
        """Maps the nearest parse that is there and genuine; whether it is this commit's own."""
        if not any(path.exists() for path in self.names()):
            return False
        memory = os.memfd_create("parse", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            child = os.fork()
            if child == 0:
                self._check(memory)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            if not 0 <= code < _NONE:
                return False
            self.found = mmap.mmap(memory, 0, prot=mmap.PROT_READ)
            return code == 0
        finally:
            os.close(memory)

    def _check(self, memory: int) -> NoReturn:
        code = _NONE
        try:
            control.forget_signals()
            set_name("millrace-check")
            key = self._shelf.key()
            for number, path in enumerate(self.names()):
                payload = self._genuine(key, path)
                if payload is None:
                    continue
                _write_all(memory, payload)
                seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
                fcntl.fcntl(memory, fcntl.F_ADD_SEALS, seals)
                os.utime(path)
                code = number
                break
        except OSError as error:
            log("kept-parse-unreadable", reason=error.strerror)
        finally:
            os._exit(code)

    def _genuine(self, key: bytes, path: Path) -> memoryview | None:
        try:
            size = path.stat().st_size
            data = path.read_bytes() if _MAC_BYTES < size <= _LARGEST else b""
        except FileNotFoundError:
            return None
        payload = memoryview(data)[_MAC_BYTES:]
        if not data or not hmac.compare_digest(data[:_MAC_BYTES], self._mac(key, path, payload)):
            log("kept-parse-refused", file=path.name)
            path.unlink(missing_ok=True)
            return None
        return payload

    def _mac(self, key: bytes, path: Path, payload: memoryview | bytes) -> bytes:
        signer = hmac.new(key, b"\0".join([_FORMAT, self._scope.encode(), path.name.encode(), b""]), "sha256")
        signer.update(payload)
        return signer.digest()

    # -- putting away -----------------------------------------------------------------------------------------------

    def _start_keeper(self) -> int:
        reader, writer = os.pipe2(os.O_CLOEXEC)
        child = os.fork()
        if child == 0:
            self._keep(reader)
        os.close(reader)
        return writer

    def _keep(self, reader: int) -> NoReturn:
        try:
            control.forget_signals()
            layers.close_all_but([0, 1, 2, reader])
            set_name("millrace-keeper")
            received = _read_to_end(reader)
            if received:
                self._put(received)
        except OSError as error:
            log("parse-not-kept", reason=error.strerror)
        finally:
            os._exit(0)

    def _put(self, received: bytearray) -> None:
        size = _LENGTH.unpack_from(received)[0] if len(received) >= _LENGTH.size else -1
        payload = memoryview(received)[_LENGTH.size :]
        if size != len(payload):
            log("parse-not-kept", reason="it is incomplete, or too large")
            return
        path = next(self.names())
        path.parent.mkdir(mode=0o700, exist_ok=True)
        making = path.with_suffix(f".{os.getpid()}.tmp")
        descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            _write_all(descriptor, self._mac(self._shelf.key(), path, payload))
            _write_all(descriptor, payload)
        finally:
            os.close(descriptor)
        making.rename(path)
        self._shelf.evict()
        log("parse-kept", bytes=size)


def send_parse(writer: int, data: bytes) -> None:
    """In a fork of the template: hands a parse to the process that keeps it."""
    _write_all(writer, _LENGTH.pack(len(data)))
    _write_all(writer, data)


def scope(hello: SessionHello, engine: str) -> str:
    """What decides a parse beside the commit: no schema, credentials or environment variables of a person."""
    environment = hello["environment"]
    parts = [
        hello["organisation"],
        hello["project"],
        os.path.relpath(hello["projectRoot"], hello["workspaceRoot"]),
        environment["adapter"],
        environment["target"],
        environment["threads"],
        environment["settings"],
        hello["vars"],
        engine,
        platform.python_version(),
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def engine_version(adapter: str) -> str:
    """dbt's and the adapter's versions, in one word."""
    found: list[Any] = []
    for name in ("dbt-core", f"dbt-{adapter}"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found.append(f"{name}=={importlib.metadata.version(name)}")
    return " ".join(found)


def _read_to_end(reader: int) -> bytearray:
    received = bytearray()
    while part := os.read(reader, _PIECE):
        if len(received) + len(part) > _LARGEST:
            return bytearray(b"\0")
        received += part
    return received


def _write_all(descriptor: int, data: bytes | memoryview) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view[:_PIECE]) :]


__all__ = ["KeptParse", "Shelf", "engine_version", "send_parse"]
