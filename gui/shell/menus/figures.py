"""Figures from the menu bar: of the panel that is meant, or of any that the tab shows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from gui.look.fonts import metrics
from gui.look.plain import entry
from gui.shell.main_window import MainWindow
from gui.state.notices import Notices
from gui.widgets.figures.enlarged import is_seen
from gui.widgets.figures.figure import title_of
from gui.widgets.figures.figure_menu import copy_numbers, copy_picture, menu_of, save_figure
from gui.widgets.forms.menu_chip import add_entry
from gui.widgets.panel import Panel
from gui.widgets.tab import Tab

TOPIC = "figure"

NO_PANEL = "This tab shows no panel now."

NO_NUMBERS = "There are no numbers behind what is shown there."


def panel_around(widget: QWidget | None) -> Panel | None:
    """Return the panel in which a widget lies, or which it is."""
    while widget is not None and not isinstance(widget, Panel):
        widget = widget.parentWidget()
    return widget


def panels_in(tab: QWidget | None) -> list[Panel]:
    """Return the panels of a tab that are seen: from top to bottom, on one line from left to right."""

    def place(panel: Panel) -> tuple[int, int]:
        corner = panel.mapTo(panel.window(), QPoint())
        return corner.y() // metrics()["height"]["tabs"], corner.x()

    return sorted((each for each in tab.findChildren(Panel) if is_seen(each)), key=place) if tab else []


def meant_panel(window: MainWindow) -> Panel | None:
    """Return the panel that has the focus, or is under the mouse, else the largest; `None` where none is seen."""
    panels = panels_in(window.tabs.currentWidget())
    for each in (window.focusWidget(), QApplication.widgetAt(QCursor.pos())):
        if (panel := panel_around(each)) in panels:
            return panel
    return max(panels, key=lambda each: each.width() * each.height(), default=None)


def figure_slots(window: MainWindow, notices: Notices) -> dict[str, Callable[[], object]]:
    """Return what the actions that copy and save a figure do, by name."""
    return {
        "edit.copy_figure": partial(_copy, window, notices),
        "edit.copy_numbers": partial(_copy_numbers, window, notices),
        "file.figure": partial(_save, window, notices),
    }


def _copy(window: MainWindow, notices: Notices) -> None:
    if panel := _told(window, notices):
        copy_picture(panel)
        notices.tell(f"Copied: {title_of(panel)}.", topic=TOPIC)


def _copy_numbers(window: MainWindow, notices: Notices) -> None:
    if panel := _told(window, notices):
        has_some = copy_numbers(panel)
        notices.tell(f"Copied the numbers: {title_of(panel)}." if has_some else NO_NUMBERS, topic=TOPIC)


def _save(window: MainWindow, notices: Notices) -> None:
    if panel := _told(window, notices):
        save_figure(panel)


def _told(window: MainWindow, notices: Notices) -> Panel | None:
    """Return the panel that is meant, and say so where there is none."""
    panel = meant_panel(window)
    if panel is None:
        notices.tell(NO_PANEL, topic=TOPIC)
    return panel


class FigureList(QMenu):
    """All panels that the tab shows: so each is reached by keys, also where nothing in it takes the focus."""

    def __init__(self, parent: QWidget, window: MainWindow) -> None:
        super().__init__("&Figures of this tab", parent)
        self.setObjectName("menu.file.figures")
        self.setToolTipsVisible(True)
        self.menuAction().setToolTip("Copy or save any panel of the tab that is shown.")
        self._window = window
        self.aboutToShow.connect(self.fill)
        self.fill()

    def fill(self) -> None:
        """List the panels."""
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
