"""What the outlines and colours of a graph mean."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.graph.messages import KINDS
from gui.look.fonts import font
from gui.look.theme import theme
from gui.tabs.graph.painting import NODE_FILL, color_of, draw_outline

SWATCH, HEIGHT, GAP, AFTER = 22, 12, 6, 14


class GraphLegend(QWidget):
    """A row of all kinds."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("graph.legend")
        self.setAccessibleName("Legend: " + ", ".join(KINDS.values()))
        self.setToolTip("\n".join(KINDS.values()) + "\nDotted: waits for it; nothing flows")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """As wide as all of it."""
        measure = QFontMetricsF(font("caption")).horizontalAdvance
        width = sum(SWATCH + GAP + measure(_short(words)) + AFTER for words in KINDS.values())
        return QSize(round(width), 18)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw each kind's outline and name."""
        painter, colors, x = QPainter(self), theme().current, 0.0
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font("caption"))
        measure = QFontMetricsF(font("caption")).horizontalAdvance
        for kind, words in KINDS.items():
            painter.setPen(QPen(color_of(kind), 1.5))
            painter.setBrush(color_of(kind, NODE_FILL))
            draw_outline(painter, kind, QRectF(x + 1, (self.height() - HEIGHT) / 2, SWATCH - 2, HEIGHT))
            painter.setPen(colors.color("muted"))
            place = QRectF(x + SWATCH + GAP, 0, measure(_short(words)) + 4, self.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, _short(words))
            x += SWATCH + GAP + measure(_short(words)) + AFTER


def _short(words: str) -> str:
    return words.partition(":")[0]
