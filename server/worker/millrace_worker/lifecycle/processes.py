"""What the runner asks the kernel of the processes below it, and the signal that ends one."""

from __future__ import annotations

import contextlib
import os
import signal

from millrace_worker.sandbox import egress


def children(pid: int) -> list[int]:
    """Ids of a process's children, those that have ended and wait to be reaped too."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as listed:
        return [int(child) for child in listed.read().split()]


def kill(pid: int) -> None:
    """Ends a process at once; it may be gone already."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def kill_verified(pid: int, parent: int) -> None:
    """A descendant by what its parent told us; its id may have passed to another process since."""
    if egress.parent_of(pid) in (parent, os.getpid()):
        kill(pid)


def address_space(pid: int) -> int:
    """Bytes that a process has mapped; 0 when it is gone."""
    return _statm(pid, 0)


def resident(pid: int) -> int:
    """Bytes of memory that a process holds, shared ones too; 0 when it is gone."""
    return _statm(pid, 1)


def _statm(pid: int, column: int) -> int:
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[column]) * os.sysconf("SC_PAGE_SIZE")
    except (FileNotFoundError, ProcessLookupError):
        return 0
