"""Looking for an answer that is due, more often than the window's own timer does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer

if TYPE_CHECKING:
    from gui.state.bridge import Bridge

LOOK_MS, MOST_LOOKS = 2, 40
"""How often, and how many times, it is looked whether the answer has come."""


class AnswerLook(QObject):
    """Takes the mail in at once: or the pen would wait a whole picture of the screen for its answer."""

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge, self._looks = bridge, 0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)

    def start(self) -> None:
        """Look from now on; after many times in vain the window's own timer is enough."""
        self._looks = 0
        self._timer.start()

    def stop(self) -> None:
        """Look no more: it has come, or none will."""
        self._timer.stop()

    def _look(self) -> None:
        self._looks += 1
        if self._looks >= MOST_LOOKS:
            self._timer.stop()
        self._bridge.deliver()
