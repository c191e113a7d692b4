"""The panels of the current tab: all of them in their order, and the one that a person means."""

from PySide6.QtCore import QPoint
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication, QWidget

from engine.core.language import mark
from gui.look.fonts import metrics
from gui.look.layout import closest
from gui.shell.main_window import MainWindow
from gui.widgets.figures.enlarged import is_seen
from gui.widgets.panel import Panel

NO_PANEL = mark("This tab shows no panel now.")


def panels_in(tab: QWidget | None) -> list[Panel]:
    """Return the visible panels of a tab, from top to bottom, on one line from left to right."""
    return sorted(filter(is_seen, tab.findChildren(Panel)), key=reading_order) if tab else []


def reading_order(widget: QWidget) -> tuple[int, int]:
    """Return a sort key by the panel around a widget: from top to bottom, on one line from left to right."""
    corner = (closest(widget, Panel) or widget).mapTo(widget.window(), QPoint())
    return corner.y() // metrics()["height"]["tabs"], corner.x()


def meant_panel(window: MainWindow) -> Panel | None:
    """Return the panel that has the focus, or is under the mouse, else the largest; `None` if none is visible."""
    panels = panels_in(window.tabs.currentWidget())
    for widget in (window.focusWidget(), QApplication.widgetAt(QCursor.pos())):
        if (panel := closest(widget, Panel)) in panels:
            return panel
    return max(panels, key=lambda panel: panel.width() * panel.height(), default=None)
