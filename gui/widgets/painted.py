"""What all widgets share that paint themselves: name, size, theme, tooltips, the words that ask to wait."""

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.look.fonts import font, keep, scaled
from gui.look.theme import theme
from gui.look.words import named, show_tip

WAITING = "Computing…"


class Painted(QWidget):
    """A widget that takes the room there is, and is painted again with each theme and text size."""

    def __init__(
        self,
        name: str,
        title: str,
        *,
        tip: str = "",
        size: tuple[int, int] = (-1, -1),
        least: tuple[int, int] | None = None,
        opaque: bool = False,
        follows_mouse: bool = False,
        takes_keys: bool = False,
    ) -> None:
        """`name` is the object name, `title` the accessible name, `tip` the tooltip where `tip_at` returns none.

        `size` and `least` are the size hint and the minimum one (width, height), in pixels of letters of 100 %.
        With `opaque` it covers its whole ground: else Qt paints all panels below with each change.
        """
        super().__init__()
        named(self, name, title=title, tip=tip)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(follows_mouse)
        if takes_keys:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent, opaque)
        self.is_waiting, self._is_opaque = False, opaque
        self._size_hint, self._least_size = size, least
        theme().changed.connect(self.update)
        keep(self, QWidget.updateGeometry)

    def set_waiting(self, waiting: bool) -> None:
        """Set whether the widget asks to wait while it shows nothing."""
        if waiting != self.is_waiting:
            self.is_waiting = waiting
            self.update()

    def tip_at(self, place: QPointF) -> str | None:
        """Return the tooltip of a place; `None` for that of the widget."""
        return None

    def painter(self, event: QPaintEvent) -> QPainter:
        """Return a painter on the widget; under an opaque one lies the colour of its panel."""
        painter = QPainter(self)
        if self._is_opaque:
            painter.fillRect(event.rect(), theme().current.color("surface"))
        return painter

    def sizeHint(self) -> QSize:
        return QSize(*map(scaled, self._size_hint))

    def minimumSizeHint(self) -> QSize:
        return QSize(*map(scaled, self._least_size)) if self._least_size else super().minimumSizeHint()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            tip = self.tip_at(QPointF(event.pos()))
            if tip is not None:
                show_tip(event.globalPos(), tip, self)
                return True
        return super().event(event)


def draw_waiting(painter: QPainter, place: QRectF) -> None:
    """Ask to wait, in the middle of an empty picture."""
    painter.setPen(theme().current.color("faint"))
    painter.setFont(font("caption"))
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, WAITING)


def hatch(painter: QPainter, color: QColor, lines: Qt.BrushStyle = Qt.BrushStyle.BDiagPattern) -> None:
    """Set a brush of lines, slanting ones unless `lines` says otherwise, of the same width on screens of any scale."""
    painter.setRenderHint(QPainter.RenderHint.NonCosmeticBrushPatterns)
    painter.setBrush(QBrush(color, lines))
