"""Every attempt, and those that make sense in a session."""

from __future__ import annotations

import millrace_worker.prove.attempts
import millrace_worker.prove.attempts_on_kernel  # noqa: F401
from millrace_worker.prove.registry import ATTEMPTS

__all__ = ["ATTEMPTS", "SESSION_ATTEMPTS"]

SESSION_ATTEMPTS = [name for name in ATTEMPTS if name not in ("outlive-parent", "clone3", "replace-program")]
"""In a session each runs in a fork, which clears the parent-death signal."""
