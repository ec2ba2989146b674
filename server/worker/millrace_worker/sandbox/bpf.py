"""A small assembler for seccomp filters: which system calls, under which conditions, with which answer."""

from __future__ import annotations

import ctypes
import errno
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from millrace_worker.sandbox.system import MACHINE, numbers, syscall

_LOAD, _JUMP_EQUAL, _AND, _RETURN = 0x20, 0x15, 0x54, 0x06
_JUMP, _JUMP_GREATER_EQUAL = 0x05, 0x35
_OFFSET_NUMBER, _OFFSET_ARCH, _OFFSET_ARGUMENTS = 0, 4, 16
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT = 0x40000000
_SECCOMP_SET_MODE_FILTER, _FLAG_NEW_LISTENER = 1, 1 << 3

ALLOW, NOTIFY, KILL = 0x7FFF0000, 0x7FC00000, 0x80000000


def refuse(number: int = errno.EPERM) -> int:
    """The action that answers with an errno."""
    return 0x00050000 | number


Instruction = tuple[int, int, int, int]


@dataclass(frozen=True)
class Masked:
    """Argument `index`, as the kernel's 32-bit integer, `& mask` must equal one of `values`."""

    index: int
    mask: int
    values: tuple[int, ...]

    def code(self) -> list[Instruction]:
        """Falls through when it holds, else skips one instruction after its own end."""
        body: list[Instruction] = [(_LOAD, 0, 0, _OFFSET_ARGUMENTS + 8 * self.index), (_AND, 0, 0, self.mask)]
        for position, value in enumerate(self.values):
            left = len(self.values) - position - 1
            body.append((_JUMP_EQUAL, left, 0 if left else 1, value))
        return body


@dataclass(frozen=True)
class Null:
    """Argument `index`, a pointer, must be null."""

    index: int

    def code(self) -> list[Instruction]:
        """As `Masked.code`."""
        offset = _OFFSET_ARGUMENTS + 8 * self.index
        return [(_LOAD, 0, 0, offset), (_JUMP_EQUAL, 0, 3, 0), (_LOAD, 0, 0, offset + 4), (_JUMP_EQUAL, 0, 1, 0)]


Conditions = tuple[Masked | Null, ...]


@dataclass(frozen=True)
class Rule:
    """`action` for the call when every condition of one of `either` holds, else `otherwise`."""

    name: str
    either: tuple[Conditions, ...] = ((),)
    action: int = ALLOW
    otherwise: int = refuse(errno.EPERM)

    def code(self) -> list[Instruction]:
        """Ends in a return on every path."""
        body: list[Instruction] = []
        for conditions in self.either:
            part: list[Instruction] = [(_RETURN, 0, 0, self.action)]
            for condition in reversed(conditions):
                # When it holds, over the next jump; when not, that jump leads behind this alternative.
                part = [*condition.code(), (_JUMP, 0, 0, 1), (_JUMP, 0, 0, len(part)), *part]
            body += part
        return [*body, (_RETURN, 0, 0, self.otherwise)]


def assemble(rules: Sequence[Rule], default: int) -> bytes:
    """A filter program. Calls of another architecture kill; rules for calls that this machine lacks are left out."""
    table = numbers()
    code: list[Instruction] = [
        (_LOAD, 0, 0, _OFFSET_ARCH),
        (_JUMP_EQUAL, 1, 0, _AUDIT_ARCH[MACHINE]),
        (_RETURN, 0, 0, KILL),
        (_LOAD, 0, 0, _OFFSET_NUMBER),
    ]
    if MACHINE == "x86_64":
        code += [(_JUMP_GREATER_EQUAL, 0, 1, _X32_BIT), (_RETURN, 0, 0, KILL)]
    for rule in rules:
        if rule.name not in table:
            continue
        body = rule.code()
        code += [(_JUMP_EQUAL, 0, len(body), table[rule.name]), *body]
    code.append((_RETURN, 0, 0, default))
    if len(code) > 4096:
        raise ValueError("the seccomp program is longer than the kernel takes")
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in code)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def install(program: bytes, *, listener: bool = False) -> int:
    """
    Applies a filter to this thread and what it forks, for good. Needs no_new_privs. With `listener`, returns the
    descriptor on which NOTIFY calls arrive (seccomp_unotify(2)), else 0. Raises OSError.
    """
    buffer = ctypes.create_string_buffer(program, len(program))
    header = _Program(len(program) // 8, ctypes.cast(buffer, ctypes.c_void_p).value)
    return syscall("seccomp", _SECCOMP_SET_MODE_FILTER, _FLAG_NEW_LISTENER if listener else 0, ctypes.byref(header))
