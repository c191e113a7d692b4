"""The panels of the current tab: which one a menu entry means, and a menu that lists all of them."""

from functools import partial

from PySide6.QtCore import QPoint
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from gui.look.fonts import metrics
from gui.look.words import entry
from gui.shell.main_window import MainWindow
from gui.state.notices import Notices
from gui.widgets.figures.enlarged import is_seen
from gui.widgets.figures.figure import title_of
from gui.widgets.figures.figure_menu import menu_of
from gui.widgets.forms.controls import add_entry
from gui.widgets.panel import Panel
from gui.widgets.tab import Tab

TOPIC = "figure"


def panel_around(widget: QWidget | None) -> Panel | None:
    """Return the panel that a widget lies in or is."""
    while widget is not None and not isinstance(widget, Panel):
        widget = widget.parentWidget()
    return widget


def panels_in(tab: QWidget | None) -> list[Panel]:
    """Return the visible panels of a tab, from top to bottom, on one line from left to right."""
    return sorted(filter(is_seen, tab.findChildren(Panel)), key=reading_order) if tab else []


def reading_order(widget: QWidget) -> tuple[int, int]:
    """Return a sort key by the panel around a widget: from top to bottom, on one line from left to right."""
    corner = (panel_around(widget) or widget).mapTo(widget.window(), QPoint())
    return corner.y() // metrics()["height"]["tabs"], corner.x()


def meant_panel(window: MainWindow) -> Panel | None:
    """Return the panel that has the focus, or is under the mouse, else the largest; `None` if none is visible."""
    panels = panels_in(window.tabs.currentWidget())
    for widget in (window.focusWidget(), QApplication.widgetAt(QCursor.pos())):
        if (panel := panel_around(widget)) in panels:
            return panel
    return max(panels, key=lambda panel: panel.width() * panel.height(), default=None)


def meant_panel_or_notice(window: MainWindow, notices: Notices) -> Panel | None:
    """Return `meant_panel`, and tell a person if there is none."""
    panel = meant_panel(window)
    if panel is None:
        notices.tell("This tab shows no panel now.", topic=TOPIC)
    return panel


class FigureList(QMenu):
    """All panels of the current tab, so that keys reach those too in which nothing takes the focus."""

    def __init__(self, parent: QWidget, window: MainWindow) -> None:
        super().__init__("&Figures of this tab", parent)
        self.setObjectName("menu.file.figures")
        self.setToolTipsVisible(True)
        self.menuAction().setToolTip("Copy or save any panel of the tab that is shown.")
        self._window = window
        self.aboutToShow.connect(self.fill)
        self.fill()

    def fill(self) -> None:
        self.clear()
        tab = self._window.tabs.currentWidget()
        panels = panels_in(tab) if isinstance(tab, Tab) else []
        for number, panel in enumerate(panels, 1):
            mark = f"&{number}  " if number < 10 else ""
            add_entry(
                self,
                f"action.file.figures.{number}",
                f"{mark}{entry(title_of(panel))}",
                partial(_open_menu, panel),
                tip="Copy or save this panel as a picture, a drawing, or its numbers.",
            )
        if not panels:
            self.addAction("&None is shown").setEnabled(False)


def _open_menu(panel: Panel) -> None:
    menu_of(panel).popup(panel.mapToGlobal(panel.head_line.geometry().bottomLeft()))
