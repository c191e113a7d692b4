"""A throttle: runs the latest of many requests at most once per period."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from gui.state.link.clock import CLOCK, Clock

# For a handle that all tabs follow. A mouse reports its place twice as often, and beside a training each frame that
# nobody sees costs steps.
DRAG_PERIOD_MS = 40


class Throttle(QObject):
    """Calls `act` at once for a request, and once at the end of `period_ms` for all requests within it."""

    def __init__(self, act: Callable[[], object], period_ms: int, parent: QObject, *, clock: Clock = CLOCK) -> None:
        super().__init__(parent)
        self._act, self._period_ms = act, period_ms
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
            self._timer.start(self._period_ms)
            self._act()
