"""Landlock (landlock(7)): which files may be read; no other file, port or process is reached."""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable

from millrace_worker.sandbox.system import syscall

_VERSION = 1
_RULE_PATH_BENEATH, _RULE_NET_PORT = 1, 2
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
# Bits of handled_access_fs by the ABI that brought them.
_FILE_ACCESS = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
_BIND_TCP, _CONNECT_TCP = 1, 2
_SCOPE_ABSTRACT_UNIX, _SCOPE_SIGNAL = 1, 2
_NET_ABI, _SCOPE_ABI = 4, 6


def abi() -> int:
    """Version of the kernel's Landlock; 0 when it has none or has it switched off."""
    try:
        return syscall("landlock_create_ruleset", None, 0, _VERSION)
    except OSError:
        return 0


def restrict(readable: Iterable[str], ports: Iterable[int]) -> None:
    """
    From now on this process and its children read only `readable` (files, or folders with all beneath; missing ones
    stay unreadable), write nothing, connect over TCP to `ports` alone, and signal or meet nobody outside. Stacks: it
    can only narrow. Needs no_new_privs. Raises OSError.
    """
    version = abi()
    handled = 0
    for since, bits in _FILE_ACCESS.items():
        handled |= bits if version >= since else 0
    fields = [handled]
    if version >= _NET_ABI:
        fields.append(_BIND_TCP | _CONNECT_TCP)
    if version >= _SCOPE_ABI:
        fields.append(_SCOPE_ABSTRACT_UNIX | _SCOPE_SIGNAL)
    attributes = struct.pack(f"<{len(fields)}Q", *fields)
    ruleset = syscall("landlock_create_ruleset", ctypes.c_char_p(attributes), len(attributes), 0)
    try:
        for path in dict.fromkeys(readable):
            _allow_path(ruleset, path)
        if version >= _NET_ABI:
            for port in set(ports):
                rule = struct.pack("<QQ", _CONNECT_TCP, port)
                syscall("landlock_add_rule", ruleset, _RULE_NET_PORT, ctypes.c_char_p(rule), 0)
        syscall("landlock_restrict_self", ruleset, 0)
    finally:
        os.close(ruleset)


def _allow_path(ruleset: int, path: str) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return
    try:
        access = _READ_FILE
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            access |= _READ_DIR
        rule = struct.pack("<Qi", access, descriptor)
        syscall("landlock_add_rule", ruleset, _RULE_PATH_BENEATH, ctypes.c_char_p(rule), 0)
    finally:
        os.close(descriptor)
