"""A mount namespace in which all is read-only and reading leaves no access times, where the runner may make one."""

from __future__ import annotations

import ctypes
import os
import struct

from millrace_worker.sandbox.system import syscall

_CLONE_NEWNS = 0x00020000
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_READ_ONLY, _NO_SETUID, _NO_ACCESS_TIME, _ACCESS_TIME_MASK = 0x1, 0x2, 0x10, 0x70
_PRIVATE = 1 << 18


def make_read_only() -> None:
    """Moves this process into a namespace of its own, changed recursively by one mount_setattr(2). Raises OSError."""
    syscall("unshare", _CLONE_NEWNS)
    attributes = struct.pack("<4Q", _READ_ONLY | _NO_SETUID | _NO_ACCESS_TIME, _ACCESS_TIME_MASK, _PRIVATE, 0)
    root = ctypes.c_char_p(b"/")
    syscall("mount_setattr", _AT_FDCWD, root, _AT_RECURSIVE, ctypes.c_char_p(attributes), len(attributes))


def available() -> bool:
    """Whether this process may do so: tried in a fork. A container without CAP_SYS_ADMIN may not."""
    pid = os.fork()
    if pid == 0:
        try:
            make_read_only()
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
