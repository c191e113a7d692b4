"""How smoothly the window runs: a heartbeat on its thread, and how often it is drawn."""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, QObject, Qt, QTimer

HEARTBEAT_MS = 10


class Pulse(QObject):
    """The heartbeat of the window's thread, and how often the window is drawn."""

    def __init__(self, window: QObject) -> None:
        super().__init__(window)
        self.gaps: list[float] = []  # milliseconds between two beats
        self.pictures, self.seconds = 0, 0.0
        self._beating = False
        self._last = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(HEARTBEAT_MS)
        self._timer.timeout.connect(self._beat)
        window.installEventFilter(self)

    def start(self) -> None:
        """Measure from now on."""
        self._last, self._beating = time.perf_counter(), True
        self._timer.start()

    def stop(self) -> None:
        """Measure no longer."""
        self._timer.stop()
        self._beating = False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Count the pictures: Qt asks the window once for each."""
        self.pictures += self._beating and event.type() == QEvent.Type.UpdateRequest
        return False

    def _beat(self) -> None:
        now = time.perf_counter()
        self.gaps.append(1000 * (now - self._last))
        self.seconds += now - self._last
        self._last = now
