"""The track in the transport bar: how much of the run is done, with a tick at every epoch."""

from __future__ import annotations

import itertools

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.theme import theme

THICKNESS = 4.0
LEAST_TICK_GAP = 4.0
TICK_SPACINGS = (1, 5, 10, 50, 100, 500, 1000, 5000)


class ProgressTrack(QWidget):
    """Passive: shows the fraction that is set, and ticks for so many epochs; every tenth tick is longer."""

    def __init__(self) -> None:
        super().__init__()
        self._fraction = 0.0
        self._epochs = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return a size that fits the bar."""
        return QSize(320, 30)

    def set_progress(self, fraction: float, epochs: int) -> None:
        """Show that `fraction` (0 to 1) of `epochs` epochs is done."""
        if (fraction, epochs) != (self._fraction, self._epochs):
            self._fraction, self._epochs = fraction, epochs
            self.setAccessibleName(f"Run: {100 * fraction:.0f} % done")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw track, ticks and what is done."""
        colors = theme().current
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle = self.height() / 2 - 3
        track = QRectF(0, middle - THICKNESS / 2, self.width(), THICKNESS)
        painter.setBrush(colors.color("line"))
        painter.drawRoundedRect(track, THICKNESS / 2, THICKNESS / 2)
        if self._fraction > 0:
            done = QRectF(track)
            done.setWidth(max(THICKNESS, track.width() * self._fraction))
            painter.setBrush(colors.color("accent"))
            painter.drawRoundedRect(done, THICKNESS / 2, THICKNESS / 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        for place, long in self._ticks():
            painter.fillRect(
                QRectF(place, middle + 7, 1, 7 if long else 4), colors.color("faint" if long else "line")
            )
        painter.end()

    def _ticks(self) -> list[tuple[float, bool]]:
        """Return place and length of each tick; the widest spacing that keeps them apart."""
        if not self._epochs:
            return []
        per_epoch = (self.width() - 1) / self._epochs
        spacing = next((each for each in TICK_SPACINGS if each * per_epoch >= LEAST_TICK_GAP), self._epochs)
        epochs = itertools.chain(range(0, self._epochs, spacing), (self._epochs,))
        return [(epoch * per_epoch, epoch % (10 * spacing) == 0 or epoch == self._epochs) for epoch in epochs]
