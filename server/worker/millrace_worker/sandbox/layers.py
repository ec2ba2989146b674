"""
The layers, in the order in which they go on. A layer that cannot be applied raises, and the process exits: fail closed.

A template takes all of them; sessions and queries inherit them through fork and narrow further. `without` exists for
the proof alone: it leaves out one layer to see that its own probe then succeeds.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from millrace_worker.protocol import WorkerError
from millrace_worker.sandbox import bpf, filters, landlock, mounts
from millrace_worker.sandbox.host import Host, last_capability
from millrace_worker.sandbox.system import (
    PR_CAP_AMBIENT,
    PR_CAP_AMBIENT_CLEAR_ALL,
    PR_CAPBSET_DROP,
    PR_SET_DUMPABLE,
    PR_SET_NO_NEW_PRIVS,
    PR_SET_PDEATHSIG,
    PR_SET_SECUREBITS,
    prctl,
    syscall,
)

LAYERS = (
    "environment",
    "mounts",
    "descriptors",
    "rlimits",
    "uid",
    "parent-death",
    "dumpable",
    "no-new-privileges",
    "file-size",
    "landlock",
    "seccomp",
)
_SECURE_BITS = 0b1111  # no capabilities by being root, none lost by not being it (access(2) too); locked
_CAPABILITY_VERSION = 0x20080522
_MIB = 1 << 20
_PROCESSES = 4096


def present(host: Host) -> list[str]:
    """The layers that this machine and this runner's rights allow."""
    optional = {"mounts": host.mounts, "uid": host.root}
    return [layer for layer in LAYERS if optional.get(layer, True)]


@dataclass(frozen=True)
class Confinement:
    """What one template and all that fork from it may do."""

    host: Host
    readable: tuple[str, ...]
    """Files and folders beside the engine's."""
    engine: tuple[str, ...]
    ports: tuple[int, ...]
    """TCP ports of the allowed endpoints; empty means that no socket can be made."""
    uid: int | None
    """The unprivileged user, when the runner is root."""
    capability: int | None
    """The one capability that is kept when files are in folders that only their owner may enter. Landlock bounds it."""
    address_space: int
    """Bytes that the template and what forks from it may ever map."""
    without: frozenset[str] = field(default_factory=frozenset)


def _applied(name: str, confinement: Confinement, apply: Callable[[], object]) -> None:
    if name in confinement.without:
        return
    try:
        apply()
    except OSError as error:
        raise WorkerError(
            "SANDBOX_UNAVAILABLE", f"The sandbox layer {name} could not be applied: {error.strerror}."
        ) from error


def close_descriptors(keep: Iterable[int]) -> None:
    """Closes every descriptor but these; 0, 1 and 2 become /dev/null."""
    null = os.open("/dev/null", os.O_RDWR)
    for standard in range(3):
        os.dup2(null, standard)
    close_all_but([0, 1, 2, *keep])


def close_all_but(keep: Iterable[int]) -> None:
    """Closes every descriptor that is not in `keep`."""
    start = 0
    for descriptor in sorted(set(keep)):
        if descriptor > start:
            os.closerange(start, descriptor)
        start = descriptor + 1
    os.closerange(start, max(start, resource.getrlimit(resource.RLIMIT_NOFILE)[0], 4096))


def keep_only(confinement: Confinement, keep: Iterable[int]) -> None:
    """In a fork of a locked-down process: closes what is the parent's. 0, 1 and 2 are /dev/null already."""
    _applied("descriptors", confinement, lambda: close_all_but([0, 1, 2, *keep]))


def _limit(which: int, soft: int, hard: int | None = None) -> None:
    current = resource.getrlimit(which)[1]
    bound = soft if hard is None else hard
    if current != resource.RLIM_INFINITY:
        bound = current if bound == resource.RLIM_INFINITY else min(bound, current)
        soft = bound if soft == resource.RLIM_INFINITY else min(soft, bound)
    resource.setrlimit(which, (soft, bound))


def _limits(confinement: Confinement) -> None:
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_MEMLOCK, 0)
    _limit(resource.RLIMIT_NPROC, _PROCESSES)
    _limit(resource.RLIMIT_NOFILE, 4096)
    _limit(resource.RLIMIT_AS, confinement.address_space)


def _become(confinement: Confinement) -> None:
    if confinement.uid is None:
        if confinement.host.root:
            raise OSError(1, "no unprivileged user was given")
        return
    for capability in range(last_capability() + 1):
        prctl(PR_CAPBSET_DROP, capability)
    prctl(PR_SET_SECUREBITS, _SECURE_BITS)
    os.setgroups([])
    os.setresgid(confinement.uid, confinement.uid, confinement.uid)
    os.setresuid(confinement.uid, confinement.uid, confinement.uid)
    kept = 0 if confinement.capability is None else 1 << confinement.capability
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    header = struct.pack("<Ii", _CAPABILITY_VERSION, 0)
    data = struct.pack("<6I", kept, kept, 0, 0, 0, 0)
    syscall("capset", ctypes.c_char_p(header), ctypes.c_char_p(data))


def die_with_parent(parent: int) -> None:
    """The kernel kills this process when its parent's thread ends. Exits at once if that has happened already."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _no_file_growth() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    _limit(resource.RLIMIT_FSIZE, 0)


def lock_down_template(confinement: Confinement, *, parent: int, keep: Iterable[int]) -> int:
    """
    Applies every layer to a freshly forked template. Returns the descriptor of the seccomp listener for the runner when
    there are ports, else 0. Raises WorkerError SANDBOX_UNAVAILABLE.
    """
    refusal = confinement.host.refusal()
    if refusal is not None:
        raise refusal
    listener = 0

    def apply_filter() -> None:
        nonlocal listener
        listener = bpf.install(filters.project_filter(bool(confinement.ports)), listener=bool(confinement.ports))

    if confinement.host.mounts:
        _applied("mounts", confinement, mounts.make_read_only)
    _applied("descriptors", confinement, lambda: close_descriptors(keep))
    _applied("rlimits", confinement, lambda: _limits(confinement))
    _applied("uid", confinement, lambda: _become(confinement))
    # After the change of user, which clears both.
    _applied("parent-death", confinement, lambda: die_with_parent(parent))
    _applied("dumpable", confinement, lambda: prctl(PR_SET_DUMPABLE, 1 if _needs_dumpable(confinement) else 0))
    _applied("no-new-privileges", confinement, lambda: prctl(PR_SET_NO_NEW_PRIVS, 1))
    _applied("file-size", confinement, _no_file_growth)
    _applied(
        "landlock", confinement, lambda: landlock.restrict(confinement.engine + confinement.readable, confinement.ports)
    )
    _applied("seccomp", confinement, apply_filter)
    return listener


def _needs_dumpable(confinement: Confinement) -> bool:
    """A runner that is not root can only supervise connect() of a dumpable process; siblings still cannot trace it."""
    return bool(confinement.ports) and not confinement.host.root


def lock_down_session(
    confinement: Confinement,
    *,
    parent: int,
    readable: Iterable[str],
    memory: int,
    ceiling: int,
    cpu_seconds: int,
    query_cpu_seconds: int,
) -> None:
    """
    Narrows a fork of the template to one workspace. `memory` and `ceiling` are bytes of address space in all. Queries
    that fork from it may have more processor time than the session itself: the hard limit leaves room for it.
    """

    def limits() -> None:
        _limit(resource.RLIMIT_AS, memory, ceiling)
        _limit(resource.RLIMIT_CPU, cpu_seconds, max(cpu_seconds, query_cpu_seconds) + 2)

    _applied("parent-death", confinement, lambda: die_with_parent(parent))
    _applied("rlimits", confinement, limits)
    _applied("landlock", confinement, lambda: landlock.restrict((*confinement.engine, *readable), confinement.ports))


def lock_down_query(confinement: Confinement, *, parent: int, memory: int, cpu_seconds: int) -> None:
    """Narrows a fork of the session to one query: its own memory and time, no further process."""

    def limits() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        _limit(resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 2)

    _applied("parent-death", confinement, lambda: die_with_parent(parent))
    _applied("rlimits", confinement, limits)
    _applied("seccomp", confinement, lambda: bpf.install(filters.query_filter()))
