"""A wish that is repeated faster than it can be granted: it is granted at a steady pace, and the last one always."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer


class Paced(QObject):
    """Calls `ask` for wishes, at most once in `period_ms` and never before the question before is answered.

    `ask` says whether an answer will come. Nobody who drags a slider then waits for answers to places passed long ago.
    """

    def __init__(self, ask: Callable[[], bool], period_ms: int, parent: QObject) -> None:
        super().__init__(parent)
        self.period_ms = period_ms
        self._ask = ask
        self._wanted = self._unanswered = False
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._go)

    @property
    def is_pending(self) -> bool:
        """Whether something is wanted, or asked and not answered yet."""
        return self._wanted or self._unanswered

    def want(self) -> None:
        """Ask now, or as soon as it is time."""
        self._wanted = True
        self._go()

    def answered(self) -> None:
        """Take in that the question is answered, or will never be."""
        self._unanswered = False
        self._go()

    def forget(self) -> None:
        """Ask no more for what was wanted so far."""
        self._wanted = False

    def _go(self) -> None:
        if self._wanted and not self._unanswered and not self._timer.isActive():
            self._wanted = False
            self._unanswered = self._ask()
            self._timer.start(self.period_ms)
