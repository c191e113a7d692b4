"""The clock and the timers of the window's models, and what they slow down; tests pass a clock that they advance."""

import time
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, Qt, QTimer, SignalInstance


class Timer(Protocol):
    """Fires once after each start; starting again restarts it."""

    def start(self, ms: int, /) -> None: ...
    def stop(self) -> None: ...
    def isActive(self) -> bool: ...


class Clock:
    """The monotonic clock and Qt's timers."""

    def now(self) -> float:
        """Return the time in seconds since some fixed point."""
        return time.monotonic()

    def timer(self, parent: QObject, then: Callable[[], object]) -> Timer:
        timer = one_shot(parent, then)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        return timer


CLOCK = Clock()


def one_shot(parent: QObject, then: Callable[[], object] | SignalInstance | None = None, *, ms: int = 0) -> QTimer:
    """Return a timer that calls `then` after `ms` milliseconds; starting it again restarts it."""
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(ms)
    if then is not None:
        timer.timeout.connect(then)
    return timer


# For a handle that all tabs follow. A mouse reports its place twice as often, and beside a training each frame that
# nobody sees costs steps.
DRAG_PERIOD_MS = 40


class Throttle(QObject):
    """Calls `act` at once for a request, and once at the end of `period_ms`, if not 0, for all requests within it."""

    def __init__(self, act: Callable[[], object], period_ms: int, parent: QObject, *, clock: Clock = CLOCK) -> None:
        super().__init__(parent)
        self._act, self.period_ms = act, period_ms
        self._is_wanted = False
        self._timer = clock.timer(self, self._go)

    def want(self) -> None:
        self._is_wanted = True
        self._go()

    def forget(self) -> None:
        self._is_wanted = False

    def _go(self) -> None:
        if self._is_wanted and not self._timer.isActive():
            self._is_wanted = False
            if self.period_ms:
                self._timer.start(self.period_ms)
            self._act()
