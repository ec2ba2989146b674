"""Host names in a process that may ask no name server: the runner's answers are the only ones."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping
from typing import Any


def answer_from(addresses: Mapping[str, list[str]]) -> None:
    """From here on Python's `getaddrinfo` knows these hosts and written-out addresses, and nothing else."""
    known = {host.lower().rstrip("."): list(found) for host, found in addresses.items()}

    def getaddrinfo(
        host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
    ) -> list[tuple[Any, ...]]:
        name = (host.decode() if isinstance(host, bytes) else str(host or "")).lower().rstrip(".")
        number = int(port or 0)
        found = [_entry(address, number) for address in known.get(name, [name] if _is_address(name) else [])]
        wanted = [entry for entry in found if family in (0, entry[0])]
        if not wanted:
            raise socket.gaierror(socket.EAI_NONAME, f"Name or service not known: {name}")
        return wanted

    def gethostbyname(host: str) -> str:
        return str(getaddrinfo(host, 0, socket.AF_INET)[0][4][0])

    socket.getaddrinfo = getaddrinfo
    socket.gethostbyname = gethostbyname


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _entry(address: str, port: int) -> tuple[Any, ...]:
    if ":" in address:
        return socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port, 0, 0)
    return socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port)
