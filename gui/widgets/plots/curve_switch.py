"""A legend's entry: a switch that shows a curve's line, its title and its newest value, all in place."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from gui.look.fonts import font, keep, scaled
from gui.look.theme import theme
from gui.look.words import plain_tip
from gui.widgets.marks import Bar, Frame, Words, draw
from gui.widgets.plots.curve import Stroke

LINE, GAP, MARGIN = 20.0, 6.0, 6.0
APART = 3.0  # how far two lines of a switch stand from its middle

SOLID, DASHED = 2.5, 1.75  # widths of the line; dashes are as long as it is wide, and a whole set of them must fit in


class CurveSwitch(QAbstractButton):
    """Shows a curve while it is checked. The room for the value is kept free, so that nothing moves."""

    def __init__(self, name: str, title: str, stroke: Stroke, widest: str = "", below: Stroke | None = None) -> None:
        super().__init__()
        self.setObjectName(name)
        self._below = below
        self.restyle(title, stroke)
        self.setCheckable(True)
        self.setChecked(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._widest, self.value = widest, ""
        theme().changed.connect(self.update)
        keep(self, CurveSwitch.updateGeometry)

    def restyle(self, title: str, stroke: Stroke) -> None:
        self._stroke = stroke
        self.setText(title)
        self.setAccessibleName(f"Show {title}")
        self.setToolTip(plain_tip(f"Show or hide {title}"))
        self.updateGeometry()
        self.update()

    @property
    def strokes(self) -> list[Stroke]:
        return [self._stroke, self._below] if self._below else [self._stroke]

    def set_value(self, value: str) -> None:
        """Show the newest value. One that is wider than any before gets its room, and keeps it."""
        if value != self.value:
            self.value = value
            measure = QFontMetricsF(font("small_value", numbers=True)).horizontalAdvance
            if len(value) > len(self._widest) and measure(value) > measure(self._widest):
                self._widest = value
                self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        width = MARGIN + LINE + GAP + self._title_width() + MARGIN
        if self._widest:
            width += GAP + QFontMetricsF(font("small_value", numbers=True)).horizontalAdvance(self._widest)
        return QSize(round(width + 0.5), scaled(24))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, frame = QPainter(self), QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() and self.isEnabled():
            draw(painter, Bar(frame, "raised", radius=6))
        if self.hasFocus():
            draw(painter, Frame(frame, "accent", 2, 6))
        self.draw_figure(painter)

    def draw_figure(self, painter: QPainter) -> None:
        """Draw line, title and value, which a figure has too."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, left, color = self.height() / 2, MARGIN + LINE + GAP, "text" if self.isChecked() else "faint"
        if self._below is None:
            self._draw_stroke(painter, self._stroke, middle)
        else:
            self._draw_stroke(painter, self._stroke, middle - APART)
            self._draw_stroke(painter, self._below, middle + APART)
        room = QRectF(self.rect()).adjusted(left, 0, left, 0)
        draw(painter, Words(room, self.text(), color, "label"))
        if self.value and self.isChecked():
            room.translate(self._title_width() + GAP, 0)
            draw(painter, Words(room, self.value, color, "small_value", numbers=True))

    def _draw_stroke(self, painter: QPainter, stroke: Stroke, middle: float) -> None:
        pen = stroke.pen()
        pen.setWidthF(SOLID if pen.style() == Qt.PenStyle.SolidLine else DASHED)
        pen.setCosmetic(False)  # so that it has its width on every screen, and in a saved picture
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if not self.isChecked():
            pen = QPen(theme().current.color("line"), SOLID)
        painter.setPen(pen)
        painter.drawLine(QPointF(MARGIN, middle), QPointF(MARGIN + LINE, middle))

    def _title_width(self) -> float:
        return QFontMetricsF(font("label")).horizontalAdvance(self.text())
