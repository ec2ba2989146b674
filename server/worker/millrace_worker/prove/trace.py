"""
What strace(1) sees of a template, its session and their queries: no system call that could write succeeds once they are
locked down, whatever the battery says about its own attempts.
"""

from __future__ import annotations

import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

_WRITING = (
    "creat rename renameat renameat2 link linkat symlink symlinkat unlink unlinkat mkdir mkdirat rmdir mknod mknodat"
    " truncate ftruncate fallocate chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes utimensat"
    " futimesat setxattr lsetxattr fsetxattr removexattr memfd_create io_uring_setup mount move_mount fsopen open_tree"
    " sendfile copy_file_range splice tee vmsplice pwrite64 pwritev pwritev2 execve execveat bind listen connect ptrace"
    " process_vm_writev kill tkill pidfd_open open_by_handle_at userfaultfd bpf add_key shmget msgget mq_open setns"
    " unshare"
).split()
_OPENING = ["open", "openat", "openat2"]
_FLAGS = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND|O_TMPFILE")
_LINE = re.compile(r"^(\d+) +(?:<\.\.\. )?(\w+)(?: resumed>)?(.*) = (-?\d+|0x[0-9a-f]+)(?: .*)?$")
_BEGUN = re.compile(r"^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$")
_SECONDS = 60.0


def program() -> str | None:
    """Path of strace, or null."""
    return shutil.which("strace")


def command(strace: str, output: Path) -> list[str]:
    """What stands before the runner's own command. `-DD`: the runner stays our child and hears our signals."""
    calls = ",".join(f"?{name}" for name in [*_WRITING, *_OPENING, "seccomp"])
    return [strace, "-DD", "-f", "-qq", "-o", str(output), "-e", f"trace={calls}", "-e", "signal=none"]


@dataclass
class Seen:
    """What a trace shows."""

    locked: int
    """Calls of locked-down processes that were looked at."""
    processes: int
    writes: list[str]
    """Calls of locked-down processes that could have written, and succeeded."""
    before: int
    """Such calls before the lock-down: that there are some shows that the reading works."""


def read(output: Path, runner: int) -> Seen:
    """Reads a trace with one template. Everything that is not the runner is locked from the first filter on."""
    locked = 0
    before = 0
    processes: set[str] = set()
    writes = []
    filtered = False
    begun: dict[str, str] = {}
    for line in output.read_text(errors="replace").splitlines():
        if (start := _BEGUN.match(line)) is not None:
            begun[start[1]] = start[3]
            continue
        found = _LINE.match(line)
        if found is None:
            continue
        process, name, arguments, result = found.groups()
        arguments = begun.pop(process, "") + arguments
        if int(process) == runner:
            continue
        success = not result.startswith("-")
        if name == "seccomp":
            filtered = filtered or (success and "SECCOMP_SET_MODE_FILTER" in arguments)
            continue
        writing = success and (name in _WRITING or bool(_FLAGS.search(arguments)))
        if not filtered:
            before += writing
            continue
        locked += 1
        processes.add(process)
        if writing:
            writes.append(line)
    return Seen(locked, len(processes), writes, before)


def until_complete(output: Path) -> None:
    """Waits until the tracer, which outlives the runner for a moment, has written all of it."""
    deadline = time.monotonic() + _SECONDS
    size = -1
    while (now := output.stat().st_size) != size:
        if time.monotonic() > deadline:
            raise RuntimeError("strace did not finish")
        size = now
        time.sleep(0.5)
