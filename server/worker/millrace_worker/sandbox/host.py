"""What this machine offers the sandbox, and which of its paths an engine needs to read."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from millrace_worker.protocol import WorkerError
from millrace_worker.sandbox import landlock, mounts
from millrace_worker.sandbox.system import numbers, syscall

_SYSTEM = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/share/zoneinfo",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
    "/etc/ld.so.cache",
    "/etc/localtime",
    # Certificates, and not the private keys beside them.
    "/etc/ssl/certs",
    "/etc/ssl/cert.pem",
    "/etc/ssl/openssl.cnf",
    "/etc/pki/ca-trust/extracted",
    "/etc/pki/tls/certs",
    "/etc/pki/tls/cert.pem",
    "/etc/pki/tls/openssl.cnf",
    "/sys/fs/cgroup",  # DuckDB's memory probe aborts without it
    "/sys/devices/system/cpu",
    "/dev/null",
    "/dev/urandom",
)
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 1, 2
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "PYTHONHASHSEED")


def engine_paths() -> list[str]:
    """Folders that Python code of this engine is loaded from, and the system's libraries, links resolved."""
    own = Path(__file__).resolve().parents[1]
    schemes = sysconfig.get_paths()
    library = [Path(schemes[name]) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    # an environment laid over another one loads packages from that one's folder too
    library += [Path(path) for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    paths = [own, Path(sys.prefix), Path(sys.base_prefix) / "lib", *library, *(Path(path) for path in _SYSTEM)]
    resolved = [str(path.resolve()) for path in paths if path.exists()]
    return list(dict.fromkeys([*resolved, *(path for path in _SYSTEM if Path(path).is_symlink())]))


def kept_environment() -> dict[str, str]:
    """Jinja's env_var reads every variable, so the runner keeps a handful that holds no secret."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    import_path = str(Path(__file__).resolve().parents[2])
    return {
        **kept,
        "HOME": "/nonexistent",
        "PYTHONPATH": import_path,
        "PYTHONDONTWRITEBYTECODE": "1",
        "ARROW_DEFAULT_MEMORY_POOL": "system",  # its other allocators start a thread, and forks follow
    }


@dataclass(frozen=True)
class Host:
    """Facts that decide which layers there are."""

    root: bool
    mounts: bool
    """A read-only mount namespace can be made (CAP_SYS_ADMIN)."""
    landlock_abi: int
    missing: tuple[str, ...]

    def refusal(self) -> WorkerError | None:
        """Why no session may start on this machine, or null."""
        if not self.missing:
            return None
        return WorkerError(
            "SANDBOX_UNAVAILABLE",
            "This machine lacks what keeps rows in memory: " + "; ".join(self.missing) + ".",
            hint="See docs/security.md for what the kernel must offer.",
            details={"missing": list(self.missing)},
        )


def _has_seccomp() -> bool:
    try:
        syscall("seccomp", 2, 0, b"\x00\x00\x05\x00")  # SECCOMP_GET_ACTION_AVAIL of ERRNO
    except OSError:
        return False
    return True


def _swap_is_on() -> bool:
    try:
        return len(Path("/proc/swaps").read_text().splitlines()) > 1
    except FileNotFoundError:  # a kernel built without swap
        return False


def probe(*, allow_swap: bool, landlock_abi: int | None = None) -> Host:
    """Looks at the kernel. `landlock_abi` overrides what the kernel says, for tests."""
    missing = []
    version = landlock.abi() if landlock_abi is None else landlock_abi
    numbers()
    last_capability()
    if version < 1:
        missing.append("Landlock (Linux 5.13 or newer with landlock in the lsm= list)")
    if not _has_seccomp():
        missing.append("seccomp filters (CONFIG_SECCOMP_FILTER)")
    if _swap_is_on() and not allow_swap:
        missing.append("swap switched off, since it writes memory to disk (swapoff -a, or MILLRACE_ALLOW_SWAP=1)")
    return Host(root=os.geteuid() == 0, mounts=mounts.available(), landlock_abi=version, missing=tuple(missing))


@cache
def last_capability() -> int:
    """Number of the kernel's last capability; read once, by the runner, and known to whatever forks from it."""
    return int(Path("/proc/sys/kernel/cap_last_cap").read_text())


def search_capability() -> int | None:
    """What lets an unprivileged user read below folders that are closed to it; null when this runner has none."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapPrm:"):
            held = int(line.split()[1], 16)
            return next((one for one in (_CAP_DAC_READ_SEARCH, _CAP_DAC_OVERRIDE) if held >> one & 1), None)
    return None


def readable_by_others(paths: Iterable[str]) -> bool:
    """Whether a user who owns none of them can reach and read every path."""
    for path in paths:
        resolved = Path(path).resolve()
        if not resolved.exists():
            continue
        if not all(parent.stat().st_mode & 0o001 for parent in resolved.parents):
            return False
        mode = resolved.stat().st_mode
        if not mode & 0o004 or (resolved.is_dir() and not mode & 0o001):
            return False
    return True
