"""Rows of words, each with a bar and a figure behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.look.fonts import font, metrics
from gui.look.plain import show_tip
from gui.look.theme import theme

ROW, BAR = 22, 6


class Row(NamedTuple):
    """What it is, how long its bar is (0 to 1), the figure behind, and more words for the mouse."""

    name: str
    share: float
    figure: str
    tip: str = ""
    stands_out: bool = True


class WordBars(QWidget):
    """As high as its rows; the bars all begin at the same place, behind the longest name."""

    def __init__(self, name: str, title: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._rows: Sequence[Row] = ()
        theme().changed.connect(self.update)

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is shown."""
        return tuple(self._rows)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows and no others."""
        self._rows = rows
        self.setAccessibleDescription(", ".join(f"{row.name}: {row.figure}" for row in rows))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Room for the rows."""
        return QSize(160, ROW * len(self._rows))

    def event(self, event: QEvent) -> bool:
        """Tell more of the row under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = event.pos().y() // ROW
            tip = self._rows[place].tip if 0 <= place < len(self._rows) else ""
            show_tip(event.globalPos(), tip or self.toolTip(), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors, gap, middle = theme().current, metrics()["space"]["small"], Qt.AlignmentFlag.AlignVCenter
        painter.setFont(font("small_value", numbers=True))
        right = max((painter.fontMetrics().horizontalAdvance(row.figure) for row in self._rows), default=0)
        painter.setFont(font("label"))
        left = max((painter.fontMetrics().horizontalAdvance(row.name) for row in self._rows), default=0)
        left = min(left, self.width() // 2)
        for number, row in enumerate(self._rows):
            line = QRectF(0, number * ROW, self.width(), ROW)
            painter.setFont(font("label"))
            painter.setPen(colors.color("muted"))
            name = painter.fontMetrics().elidedText(row.name, Qt.TextElideMode.ElideRight, left + 1)
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft | middle, name)
            painter.setFont(font("small_value", numbers=True))
            painter.setPen(colors.color("text"))
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | middle, row.figure)
            track = QRectF(left + gap, round(line.center().y() - BAR / 2), 0, BAR)
            track.setRight(self.width() - right - gap)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.color("line"))
            painter.drawRoundedRect(track, BAR / 2, BAR / 2)
            track.setWidth(max(0.0, min(1.0, row.share)) * track.width())
            painter.setBrush(colors.color("accent" if row.stands_out else "faint"))
            if track.width() >= 1:
                radius = min(BAR, track.width()) / 2
                painter.drawRoundedRect(track, radius, radius)
