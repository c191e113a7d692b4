"""Replay: the strokes of a drawing are made once more, in the time of a breath."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from gui.tabs.draw.sheet import Sheet

PERIOD_MS, MOST_TURNS = 33, 75
"""A replay takes two and a half seconds at most."""


class Replay(QObject):
    """Shows more and more of a sheet, turn by turn."""

    ended = Signal()

    def __init__(self, show: Callable[[Sheet], object], parent: QObject) -> None:
        super().__init__(parent)
        self.part = 0.0
        """How much of the strokes is shown, 0 to 1."""
        self._show = show
        self._sheet = Sheet()
        self._turn = self._turns = 0
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self._go_on)

    @property
    def is_going_on(self) -> bool:
        """Whether there are turns to come."""
        return self._timer.isActive()

    def begin(self, sheet: Sheet) -> None:
        """Replay the strokes of `sheet`; a picture below them is there from the beginning."""
        self._sheet, self._turn = sheet, 0
        self._turns = min(MOST_TURNS, sum(len(stroke.points) for stroke in sheet.strokes))
        if self._turns:
            self._timer.start()
            self._go_on()

    def stop(self) -> None:
        """End it where it is."""
        if self.is_going_on:
            self._timer.stop()
            self.ended.emit()

    def _go_on(self) -> None:
        if self._turn >= self._turns:
            self.stop()
            return
        self._turn += 1
        self.part = self._turn / self._turns
        self._show(first_part(self._sheet, self.part))


def first_part(sheet: Sheet, part: float) -> Sheet:
    """Return what was drawn after `part` of all points, 0 to 1; at least one point, where there is one."""
    left = max(1, round(part * sum(len(stroke.points) for stroke in sheet.strokes)))
    strokes = []
    for stroke in sheet.strokes:
        if left <= 0:
            break
        strokes.append(replace(stroke, points=stroke.points[:left]))
        left -= len(stroke.points)
    return replace(sheet, strokes=tuple(strokes))
