"""Rings around the widgets that a page speaks of; they go where these go."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from gui.look.focus_ring import MOVES, Ring, raise_ring, up_to_window
from gui.look.theme import theme
from gui.state.link.one_shot import one_shot
from gui.widgets.forms.fold import reveal


class Mark(Ring):
    """Dashed, thicker and of a colour of its own: nobody takes it for what has the focus, nor the other way round."""

    WIDTH, GAP = 3, 2
    DASH, SPACE = 3.0, 1.6
    """Of the line's dashes, in widths of the line."""

    def pen(self) -> QPen:
        """Return what the line is drawn with."""
        pen = QPen(theme().current.color("mark"), self.WIDTH)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setDashPattern([self.DASH, self.SPACE])
        return pen


class Marks(QObject):
    """Rings in one window, below its `card`; a widget that is not shown has none until it is."""

    def __init__(self, window: QWidget, card: QWidget) -> None:
        super().__init__(window)
        self._window, self._card = window, card
        self._rings: list[tuple[QWidget, Mark]] = []
        self._watched: list[QWidget] = []
        self._late = one_shot(self, self._bring)

    def show(self, names: Sequence[str]) -> None:
        """Mark the widgets with these object names, and no others."""
        self.clear()
        for name in names:
            widget = self._window.findChild(QWidget, name)
            if isinstance(widget, QWidget):
                self._rings.append((widget, Mark(self._window, "lesson.mark")))
                self._watched += [each for each in up_to_window(widget) if each not in self._watched]
        for each in self._watched:
            each.installEventFilter(self)
        self._bring()
        self._place()

    def clear(self) -> None:
        """Mark nothing."""
        for each in filter(isValid, self._watched):
            each.removeEventFilter(self)
        for _, ring in self._rings:
            ring.hide()
            ring.deleteLater()
        self._rings, self._watched = [], []

    @property
    def places(self) -> list[QRect]:
        """Where in the window the marked widgets that are shown lie."""
        shown = [widget for widget, _ in self._rings if isValid(widget) and widget.isVisible()]
        return [QRect(each.mapTo(self._window, each.rect().topLeft()), each.size()) for each in shown]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Go where the widgets go; in a window of another size bring them into sight again."""
        if event.type() in MOVES:
            self._place()
        if event.type() == QEvent.Type.Resize and watched is self._window:
            self._late.start()  # once all have their places
        return False

    def _bring(self) -> None:
        for widget, _ in reversed(self._rings):  # the first one is seen at any rate
            if isValid(widget):
                reveal(widget)

    def _place(self) -> None:
        for widget, ring in self._rings:
            if isValid(widget) and isValid(ring):
                ring.surround(widget)
        self._card.raise_()  # where there is no room beside what is marked
        raise_ring(self._window)
