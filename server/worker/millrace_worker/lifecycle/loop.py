"""One event loop over descriptors and timers. One thread: forks follow."""

from __future__ import annotations

import select
import time
from collections.abc import Callable

_TICK_SECONDS = 1.0


class Loop:
    """Calls a handler when its descriptor is ready, and an action when its time has come."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._handlers: dict[int, Callable[[int], None]] = {}
        self._timers: list[tuple[float, Callable[[], None]]] = []

    def on(self, descriptor: int, handler: Callable[[int], None], events: int = select.EPOLLIN) -> None:
        """Calls `handler` with the events each time there are some, until `off`."""
        self._handlers[descriptor] = handler
        self._epoll.register(descriptor, events)

    def off(self, descriptor: int) -> None:
        """No more of this descriptor. Call it before the descriptor is closed."""
        if self._handlers.pop(descriptor, None) is not None:
            self._epoll.unregister(descriptor)

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Calls `action` once, when that time has passed."""
        self._timers.append((time.monotonic() + seconds, action))

    def turn(self) -> None:
        """Waits for something to happen, at most a tick, and sees to it."""
        for descriptor, events in self._epoll.poll(self._timeout()):
            handler = self._handlers.get(descriptor)
            if handler is not None:
                handler(events)
        now = time.monotonic()
        due = [action for at, action in self._timers if at <= now]
        self._timers = [timer for timer in self._timers if timer[0] > now]
        for action in due:
            action()

    def _timeout(self) -> float:
        now = time.monotonic()
        due = min((at for at, _ in self._timers), default=now + _TICK_SECONDS)
        return max(0.0, min(due - now, _TICK_SECONDS))
