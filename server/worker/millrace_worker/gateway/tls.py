"""Who may connect: TLS 1.3 with a client certificate of the given authority that holds the given name."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Files:
    """PEM files: the authority of both sides, and this gateway's certificate (with intermediates) and key."""

    authority: str
    certificate: str
    key: str

    def stamp(self) -> tuple[float, ...]:
        """Changes when a file was replaced."""
        return tuple(os.stat(path).st_mtime for path in (self.authority, self.certificate, self.key))

    def folders(self) -> list[str]:
        """Where they are, links resolved too: renewed ones are read from there (Kubernetes swaps a link)."""
        paths = (self.authority, self.certificate, self.key)
        return sorted(
            {os.path.dirname(path) for each in paths for path in (os.path.abspath(each), os.path.realpath(each))}
        )


def context(files: Files) -> ssl.SSLContext:
    """Raises OSError (ssl.SSLError is one) when a file is missing or wrong."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.verify_mode = ssl.CERT_REQUIRED
    made.load_verify_locations(files.authority)
    made.load_cert_chain(files.certificate, files.key)
    # Every connection shows its certificate: none is let in on the strength of an earlier one.
    made.num_tickets = 0
    return made


class Contexts:
    """The current context, made again when a file has changed. A broken renewal leaves the last good one in use."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._stamp = files.stamp()
        self._context = context(files)
        self.failure: str | None = None
        """Why the newest files are not in use."""

    def current(self) -> ssl.SSLContext:
        """The context for a new connection."""
        try:
            stamp = self._files.stamp()
            if stamp != self._stamp:
                self._context = context(self._files)
                self._stamp = stamp
            self.failure = None
        except OSError as error:
            self.failure = f"{type(error).__name__}: {error.strerror or error}"
        return self._context


def names(certificate: Any) -> set[str]:
    """Names in the subject's alternative names (DNS and URI); the common name when there is none."""
    alternative = {value for kind, value in certificate.get("subjectAltName", ()) if kind in ("DNS", "URI")}
    if alternative:
        return alternative
    subject = [pair for relative in certificate.get("subject", ()) for pair in relative]
    return {value for field, value in subject if field == "commonName"}
