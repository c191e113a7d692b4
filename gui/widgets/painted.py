"""What widgets that are painted by hand share, charts and pictures say: name, room, theme, tips, the sign to wait."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QHelpEvent, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.look.fonts import font
from gui.look.named import named
from gui.look.plain import show_tip
from gui.look.text_size import keep, scaled
from gui.look.theme import theme

WAITING = "Computing…"


class Painted(QWidget):
    """As large as there is room, `size` (width, height) at best; painted anew with each theme and size of letters."""

    def __init__(
        self,
        name: str,
        title: str,
        *,
        size: tuple[int, int] = (-1, -1),
        follows_mouse: bool = False,
        takes_keys: bool = False,
    ) -> None:
        """`name` is the object's name, `title` what screen readers say."""
        super().__init__()
        named(self, name, title=title)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(follows_mouse)
        if takes_keys:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.is_waiting = False
        self._size = size
        theme().changed.connect(self.update)
        keep(self, QWidget.updateGeometry)

    def set_waiting(self, waiting: bool) -> None:
        """Say, as long as nothing is shown, that something will come."""
        if waiting != self.is_waiting:
            self.is_waiting = waiting
            self.update()

    def tip_at(self, place: QPointF) -> str | None:
        """Return what there is to say of a place; `None` for the widget's own tip."""
        return None

    def sizeHint(self) -> QSize:
        return QSize(*map(scaled, self._size))

    def event(self, event: QEvent) -> bool:
        """Describe what is under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            tip = self.tip_at(QPointF(event.pos()))
            if tip is not None:
                show_tip(event.globalPos(), tip, self)
                return True
        return super().event(event)


def draw_waiting(painter: QPainter, place: QRectF) -> None:
    """Say in the middle of an empty picture that something will come there."""
    painter.setPen(theme().current.color("faint"))
    painter.setFont(font("caption"))
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, WAITING)


def hatch(painter: QPainter, color: QColor, lines: Qt.BrushStyle = Qt.BrushStyle.BDiagPattern) -> None:
    """Fill what is drawn next with lines, slanting ones by itself, as far apart and thick on a screen of any scale."""
    painter.setRenderHint(QPainter.RenderHint.NonCosmeticBrushPatterns)
    painter.setBrush(QBrush(color, lines))
