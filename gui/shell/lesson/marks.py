"""Rings around the widgets that a page of a lesson mentions; they follow them."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from gui.look.focus_ring import MOVES, Ring, raise_ring, up_to_window
from gui.look.theme import theme
from gui.state.link.clock import one_shot
from gui.widgets.forms.fold import reveal


class Mark(Ring):
    """Dashed, thicker and of another colour, so that nobody takes it for the ring of the focus."""

    WIDTH, GAP = 3, 2
    DASH, SPACE = 3.0, 1.6  # lengths of dashes and gaps, in widths of the line

    def pen(self) -> QPen:
        pen = QPen(theme().current.color("mark"), self.WIDTH)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setDashPattern([self.DASH, self.SPACE])
        return pen


class Marks(QObject):
    """Rings in one window, below its `card`; those of hidden widgets appear with them."""

    def __init__(self, window: QWidget, card: QWidget) -> None:
        super().__init__(window)
        self._window, self._card = window, card
        self._rings: list[tuple[QWidget, Mark]] = []
        self._watched: list[QWidget] = []
        self._late = one_shot(self, self._bring)

    def show(self, names: Sequence[str]) -> None:
        """Mark exactly the widgets with these object names."""
        self.clear()
        for name in names:
            widget = self._window.findChild(QWidget, name)
            if isinstance(widget, QWidget):
                self._rings.append((widget, Mark(self._window, "lesson.mark")))
                self._watched += [part for part in up_to_window(widget) if part not in self._watched]
        for widget in self._watched:
            widget.installEventFilter(self)
        self._bring()
        self._place()

    def clear(self) -> None:
        for widget in filter(isValid, self._watched):
            widget.removeEventFilter(self)
        for _, ring in self._rings:
            ring.hide()
            ring.deleteLater()
        self._rings, self._watched = [], []

    @property
    def places(self) -> list[QRect]:
        shown = [widget for widget, _ in self._rings if isValid(widget) and widget.isVisible()]
        return [QRect(widget.mapTo(self._window, widget.rect().topLeft()), widget.size()) for widget in shown]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in MOVES:
            self._place()
        if event.type() == QEvent.Type.Resize and watched is self._window:
            self._late.start()  # after the layout
        return False

    def _bring(self) -> None:
        for widget, _ in reversed(self._rings):  # the first one last, so that it is visible in any case
            if isValid(widget):
                reveal(widget)

    def _place(self) -> None:
        for widget, ring in self._rings:
            if isValid(widget) and isValid(ring):
                ring.surround(widget)
        self._card.raise_()  # above the rings, if it has no room beside what is marked
        raise_ring(self._window)
