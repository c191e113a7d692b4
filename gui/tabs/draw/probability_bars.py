"""A bar for each class, as long as the class is probable, with its number."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.look.fonts import font, metrics
from gui.look.percents import certainty
from gui.look.theme import theme

BAR_HEIGHT = 14
RADIUS = 3
GLYPH_ROOM = 22

FEW = 10
LEAST_ROW, LEAST_COLUMN = 16, 130
"""Rows lower than that would overlap: then there are columns of them, as many as there is room for."""


class ProbabilityBars(QWidget):
    """Rows of fixed places: only the bars move. Of more classes than there is room for, the likeliest have rows."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        # They cover their whole ground themselves, or Qt would paint all panels below with every answer.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Probabilities")
        self.setToolTip("How probable the network takes each class to be (softmax of the logits)")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._classes = 10
        self.probabilities: np.ndarray[Any, Any] | None = None
        """Those that are shown (classes,); `None` for none."""
        self._texts = [""] * self._classes
        theme().changed.connect(self.update)

    @property
    def texts(self) -> list[str]:
        """What stands behind the bars."""
        return self._texts

    def set_classes(self, classes: int) -> None:
        """Set the number of rows."""
        self._classes = classes
        self.set_probabilities(None)

    def set_probabilities(self, probabilities: np.ndarray[Any, Any] | None) -> None:
        """Show probabilities (classes,), or empty rows."""
        before, texts = self.probabilities, self._texts
        self.probabilities = probabilities
        if probabilities is None:
            self._texts = [""] * self._classes
            self.update()
            return
        self._classes = len(probabilities)
        self._texts = [certainty(each) for each in probabilities.tolist()]
        self.setAccessibleDescription(
            ", ".join(f"{number}: {text}" for number, text in enumerate(self._texts))
        )
        if before is None or len(before) != len(probabilities) or self._capacity() < self._classes:
            self.update()
        else:
            self._update_rows(texts, {int(before.argmax()), int(probabilities.argmax())})

    def sizeHint(self) -> QSize:
        """Rows of the least height; wider and higher where there is room."""
        return QSize(280, 10 * (BAR_HEIGHT + 2))

    def _update_rows(self, before: list[str], winners: set[int]) -> None:
        """Have those rows painted that changed: where the figure is the same, the bar is, and a pen changes few."""
        for number, text in enumerate(self._texts):
            if text != before[number] or number in winners:
                self.update(self.row_of(number).toAlignedRect())

    def _columns(self) -> int:
        wanted = math.ceil(self._classes * LEAST_ROW / max(1, self.height()))
        return max(1, min(wanted, self.width() // LEAST_COLUMN))

    def _capacity(self) -> int:
        """Return how many rows there is room for; of ten classes each has one, however low it is."""
        most = self._columns() * max(1, self.height() // LEAST_ROW)
        return min(self._classes, max(most, FEW))

    def shown(self) -> list[int]:
        """Return the classes that have a row, by number."""
        count = self._capacity()
        if count >= self._classes or self.probabilities is None:
            return list(range(count))
        return sorted(np.argsort(-self.probabilities, kind="stable")[:count].tolist())

    def row_of(self, place: int) -> QRectF:
        """Return where the row lies that is shown at that place, from the top."""
        columns = self._columns()
        rows = math.ceil(self._capacity() / columns)
        gap = metrics()["space"]["medium"] if columns > 1 else 0
        width, height = (self.width() - gap * (columns - 1)) // columns, self.height() / rows
        column, row = divmod(place, rows)
        top = round(row * height)
        return QRectF(column * (width + gap), top, width, round((row + 1) * height) - top)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw one row for each class, as far as it has changed."""
        painter, changed = QPainter(self), event.region()
        painter.fillRect(event.rect(), theme().current.color("surface"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        values = self.probabilities
        winner = -1 if values is None else int(values.argmax())
        for place, number in enumerate(self.shown()):
            row, text = self.row_of(place), self._texts[number]
            if changed.intersects(row.toAlignedRect()):
                share = 0.0 if values is None else float(values[number])
                self._draw_row(painter, row, str(number), share, text, wins=number == winner)

    def _draw_row(
        self, painter: QPainter, row: QRectF, glyph: str, share: float, text: str, *, wins: bool
    ) -> None:
        colors, space = theme().current, metrics()["space"]["small"]
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(font("value" if wins else "body", numbers=True))
        painter.setPen(colors.color("text" if wins else "muted"))
        painter.drawText(row, Qt.AlignmentFlag.AlignLeft | middle, glyph)
        painter.drawText(row, Qt.AlignmentFlag.AlignRight | middle, text)
        room = _figure_room() + space
        high = min(BAR_HEIGHT, row.height() - 4)
        track = QRectF(row.left() + GLYPH_ROOM, row.top(), row.width() - GLYPH_ROOM - room, high)
        track.moveTop(round(row.center().y() - high / 2))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.color("raised"))
        painter.drawRoundedRect(track, RADIUS, RADIUS)
        if share * track.width() >= 0.5:
            painter.setBrush(colors.color("accent", 1.0 if wins else 0.45))
            track.setWidth(share * track.width())
            radius = min(RADIUS, track.width() / 2)
            painter.drawRoundedRect(track, radius, radius)


@functools.cache
def _figure_room() -> float:
    return QFontMetricsF(font("value", numbers=True)).horizontalAdvance("> 99.99 %")
