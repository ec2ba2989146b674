"""
Keeps DuckDB from looking for its control group.

DuckDB asks whether /proc/self/cgroup exists, which Landlock does not hide, then reads it, which Landlock refuses, and
aborts the process on the refusal. To let everyone read /proc is too high a price for a memory hint that a query gets
anyway, so the path among the library's constants is changed, in this process's own copy of the page, to one that
does not exist.
"""

from __future__ import annotations

import ctypes
import mmap

_PATH = b"/proc/self/cgroup\0"
_ABSENT = b"/proc/self/hidden\0"


def hide() -> int:
    """Changes every copy of the path in the loaded DuckDB library; returns how many. Call it before the first fork."""
    changed = 0
    library = ctypes.CDLL(None, use_errno=True)
    for start, end, permissions in _mappings("_duckdb"):
        if not permissions.startswith("r"):
            continue
        data = (ctypes.c_char * (end - start)).from_address(start).raw
        offset = data.find(_PATH)
        while offset >= 0:
            page = (start + offset) & ~(mmap.PAGESIZE - 1)
            length = start + offset + len(_PATH) - page
            _protect(library, page, length, mmap.PROT_READ | mmap.PROT_WRITE)
            ctypes.memmove(start + offset, _ABSENT, len(_ABSENT))
            _protect(library, page, length, _protection(permissions))
            changed += 1
            offset = data.find(_PATH, offset + 1)
    return changed


def _mappings(name: str) -> list[tuple[int, int, str]]:
    found = []
    with open("/proc/self/maps", encoding="utf-8", errors="replace") as maps:
        for line in maps:
            fields = line.split(maxsplit=5)
            if len(fields) == 6 and name in fields[5]:
                start, _, end = fields[0].partition("-")
                found.append((int(start, 16), int(end, 16), fields[1]))
    return found


def _protection(permissions: str) -> int:
    bits = zip(permissions, (mmap.PROT_READ, mmap.PROT_WRITE, mmap.PROT_EXEC), strict=False)
    return sum(bit for letter, bit in bits if letter != "-")


def _protect(library: ctypes.CDLL, page: int, length: int, protection: int) -> None:
    if library.mprotect(ctypes.c_void_p(page), ctypes.c_size_t(length), ctypes.c_int(protection)) != 0:
        raise OSError(ctypes.get_errno(), "mprotect of DuckDB's constants")
