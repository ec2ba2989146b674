"""What keeps a comparison from being made."""

from __future__ import annotations


class VerifyFailure(Exception):
    """A message for the person who ran the command."""
