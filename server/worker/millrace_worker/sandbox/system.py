"""The system calls that Python has no function for."""

from __future__ import annotations

import ctypes
import os
import platform
from typing import Any

from millrace_worker.protocol import WorkerError
from millrace_worker.sandbox.numbers import AARCH64, X86_64

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
_libc.prctl.argtypes = (ctypes.c_int, *[ctypes.c_ulong] * 4)  # a third of the time of converting them in Python

MACHINE = platform.machine()
_TABLES = {"x86_64": X86_64, "aarch64": AARCH64}

PR_SET_PDEATHSIG, PR_GET_PDEATHSIG = 1, 2
PR_GET_DUMPABLE, PR_SET_DUMPABLE = 3, 4
PR_SET_NAME = 15
PR_CAPBSET_DROP = 24
PR_SET_SECUREBITS = 28
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS = 38, 39
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4


def numbers() -> dict[str, int]:
    """System call numbers of this machine. Raises SANDBOX_UNAVAILABLE on one the filter was not written for."""
    table = _TABLES.get(MACHINE)
    if table is None:
        raise WorkerError(
            "SANDBOX_UNAVAILABLE",
            f"The sandbox does not know the processor type {MACHINE}.",
            hint="Millrace runs on x86_64 and aarch64 Linux.",
        )
    return table


def _argument(value: Any) -> Any:
    return ctypes.c_long(value) if isinstance(value, int) else value


def syscall(name: str, *arguments: Any) -> int:
    """Calls the kernel by number. Raises OSError."""
    ctypes.set_errno(0)
    result = int(_libc.syscall(ctypes.c_long(numbers()[name]), *(_argument(value) for value in arguments)))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def prctl(option: int, *arguments: int) -> int:
    """prctl(2). Raises OSError."""
    result = int(_libc.prctl(option, *arguments, *[0] * (4 - len(arguments))))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl {option}: {os.strerror(number)}")
    return result


def set_name(name: str) -> None:
    """The process's name as ps and top show it (15 bytes)."""
    text = ctypes.create_string_buffer(name.encode()[:15])
    prctl(PR_SET_NAME, ctypes.addressof(text))
