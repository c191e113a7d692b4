"""The whole graph, small, in a corner: shown while only a part of it is seen."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from engine.graph.messages import Drawing
from gui.look.theme import theme
from gui.tabs.graph.painting import color_of, rect_of

WIDEST, HIGHEST, MARGIN, EDGE = 210.0, 110.0, 10, 6.0


class GraphMinimap(QWidget):
    """Clicking or dragging in it moves the view there."""

    centred = Signal(QPointF)
    """A point of the drawing."""

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self.setObjectName("graph.minimap")
        self.setAccessibleName("Overview of the graph")
        self.setToolTip("The whole graph; click to go there")
        self._drawing = Drawing((), (), (), (), 0, 0)
        self._seen = QRectF()
        self._scale = 1.0
        self._picture = QPixmap()
        """All spots, painted once: the frame around what is seen moves with the hand."""
        theme().changed.connect(self._forget_picture)
        self.hide()

    def show_drawing(self, drawing: Drawing) -> None:
        """Show another drawing."""
        self._drawing, self._picture = drawing, QPixmap()
        room_x, room_y = WIDEST - 2 * EDGE, HIGHEST - 2 * EDGE
        self._scale = min(room_x / max(drawing.width, 1), room_y / max(drawing.height, 1))
        self.resize(
            round(drawing.width * self._scale + 2 * EDGE),
            round(max(drawing.height * self._scale, 12) + 2 * EDGE),
        )
        self.place()
        self.follow(self._seen)

    def follow(self, seen: QRectF) -> None:
        """Take in which part of the drawing is seen; where that is all, hide."""
        self._seen = seen
        whole = QRectF(0, 0, self._drawing.width, self._drawing.height)
        self.setVisible(bool(self._drawing.items) and not seen.adjusted(-1, -1, 1, 1).contains(whole))
        self.update()

    def place(self) -> None:
        """Stand in the lower right corner."""
        view = self.parentWidget()
        assert view is not None
        self.move(view.width() - self.width() - MARGIN, view.height() - self.height() - MARGIN)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go there."""
        self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on there."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event.position())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw blocks and nodes as spots, and a frame around what is seen."""
        painter, colors = QPainter(self), theme().current
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colors.color("line"), 1))
        painter.setBrush(colors.color("raised", 0.95))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        if self._picture.isNull():
            self._picture = self._painted()
        painter.drawPixmap(0, 0, self._picture)
        painter.translate(EDGE, EDGE)
        painter.scale(self._scale, self._scale)
        painter.setPen(QPen(colors.color("accent"), 1.5 / self._scale))
        painter.setBrush(colors.color("accent", 0.1))
        whole = QRectF(0, 0, self._drawing.width, self._drawing.height)
        painter.drawRect(self._seen.intersected(whole))

    def _painted(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(EDGE, EDGE)
        painter.scale(self._scale, self._scale)
        for item in self._drawing.items:
            painter.fillRect(rect_of(item), color_of(item.kind, 0.18 if item.is_open else 0.75))
        painter.end()
        return picture

    def _forget_picture(self) -> None:
        self._picture = QPixmap()
        self.update()

    def _go(self, point: QPointF) -> None:
        self.centred.emit((point - QPointF(EDGE, EDGE)) / self._scale)
