"""Work that a process does while nobody asks anything of it, in slices so short that a request never waits for long."""

from __future__ import annotations

import time
from collections.abc import Callable

from millrace_worker.lifecycle.engine import Project

_QUIET_SECONDS = 0.12
"""After a request another one is likely: somebody types."""
_SLICE_SECONDS = 0.01


class IdleWork:
    """`project.work` from time to time; `caught_up` is called when all of it is done."""

    def __init__(self, project: Project, caught_up: Callable[[], None]) -> None:
        self._project = project
        self._caught_up = caught_up
        self._touched = time.monotonic()

    def touch(self) -> None:
        """Something was asked."""
        self._touched = time.monotonic()

    def seconds_left(self) -> float:
        """Until there is something to do; without end when there is nothing."""
        if not self._project.behind:
            return float("inf")
        return max(0.0, self._touched + _QUIET_SECONDS - time.monotonic())

    def slice(self) -> None:
        """Does a little of what is due."""
        if self.seconds_left() > 0:
            return
        self._project.work(_SLICE_SECONDS)
        if not self._project.behind:
            self._caught_up()
