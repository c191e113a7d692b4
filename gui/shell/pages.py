"""The row of tabs with their pages; a page that wants more height than there is can be scrolled, so nothing is cut."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QTabWidget, QWidget

from gui.widgets.tab import Tab


class Pages(QTabWidget):
    """A tab widget in which each `Tab` lies in a scroll area, which its users need not know of."""

    def addTab(self, page: QWidget, title: str) -> int:  # type: ignore[override]  # of Qt's two forms, the one in use
        """Add a page and return its place."""
        if not isinstance(page, Tab):
            return super().addTab(page, title)
        held = _Page(page)
        place = super().addTab(held, title)
        held.take_in()  # at its place already: Qt goes through all that lies in a widget whenever it moves
        return place

    def widget(self, index: int) -> QWidget | None:
        """Return the page at a place."""
        return _page(super().widget(index))

    def currentWidget(self) -> QWidget | None:  # type: ignore[override]  # there is none without tabs
        """Return the page that is shown."""
        return _page(super().currentWidget())

    def setCurrentWidget(self, widget: QWidget) -> None:
        """Show a page."""
        self.setCurrentIndex(self.indexOf(widget))

    def indexOf(self, widget: QWidget) -> int:
        """Return the place of a page; -1 where it is none."""
        return next((place for place in range(self.count()) if self.widget(place) is widget), -1)


class _Page(QScrollArea):
    """As large as there is room, and as high at least as the tab must be."""

    def __init__(self, tab: Tab) -> None:
        super().__init__()
        self.tab = tab
        self.setObjectName(f"{tab.objectName()}.page")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the tab's widgets have it; they are brought into view
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def take_in(self) -> None:
        """Lay the tab into the page."""
        self.setWidget(self.tab)
        for each in (self, self.viewport(), self.tab):
            each.setAutoFillBackground(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room out anew."""
        super().resizeEvent(event)
        # Not by the tab's size hints: they change with what it shows, and a scroll bar would come and go.
        room = self.viewport().size()
        self.tab.resize(room.width(), max(room.height(), self.tab.LEAST_HEIGHT))


def _page(held: QWidget | None) -> QWidget | None:
    return held.tab if isinstance(held, _Page) else held
