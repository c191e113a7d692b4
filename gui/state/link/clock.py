"""The clock and the timers of the window's models; tests pass a clock that they advance."""

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
        timer = QTimer(parent)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.setSingleShot(True)
        timer.timeout.connect(then)
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
