"""What the menus do with the plot, map or picture in the tab: zoom, copy, save. The one with the focus is meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Protocol, runtime_checkable

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from gui.shell.main_window import MainWindow
from gui.state.notices import Notices

TOPIC = "zoom"


@runtime_checkable
class Zoomable(Protocol):
    """A widget that shows a part of something."""

    def zoom_by(self, steps: int) -> None:
        """Go that many steps closer to the middle, or away from it."""

    def fit(self) -> None:
        """Show everything."""


@runtime_checkable
class Pictured(Protocol):
    """Copies what the widget `pictured` shows. Some also save it, with `choose_file`, or `copy_numbers`."""

    pictured: QWidget

    def copy(self) -> None:
        """Put the picture on the clipboard."""


def view_slots(window: MainWindow, notices: Notices) -> dict[str, Callable[[], object]]:
    """Return what the actions that zoom do, by their names."""
    steps = {"in": 1, "out": -1, "reset": 0}
    return {f"view.zoom_{way}": partial(_zoom, window, notices, by) for way, by in steps.items()}


def picture_slots(
    window: MainWindow, notices: Notices, save_tab: Callable[[], object]
) -> dict[str, Callable[[], object]]:
    """Return what the actions that copy and save one picture do, by name; `save_tab` is for a tab without one."""
    return {
        "edit.copy_plot": partial(_copy, window),
        "edit.copy_numbers": partial(_copy_numbers, window, notices),
        "file.plot": partial(_save, window, save_tab),
    }


def _zoom(window: MainWindow, notices: Notices, steps: int) -> None:
    tab = window.tabs.currentWidget()
    views = [view for view in tab.findChildren(QWidget) if isinstance(view, Zoomable)] if tab else []
    view = _meant(window, views)
    if not isinstance(view, Zoomable):
        notices.tell("This tab shows no plot, map or graph that can be zoomed.", topic=TOPIC)
    elif steps:
        view.zoom_by(steps)
    else:
        view.fit()


def _copy(window: MainWindow) -> None:
    tab, pictures = window.tabs.currentWidget(), _pictures(window)
    if shown := _meant(window, pictures):
        pictures[shown].copy()
    elif tab:
        QGuiApplication.clipboard().setPixmap(tab.grab())


def _copy_numbers(window: MainWindow, notices: Notices) -> None:
    tables = {shown: each for shown, each in _pictures(window).items() if hasattr(each, "copy_numbers")}
    if shown := _meant(window, tables):
        tables[shown].copy_numbers()
    else:
        notices.tell("This tab shows no plot whose numbers can be copied.", topic=TOPIC)


def _save(window: MainWindow, save_tab: Callable[[], object]) -> None:
    files = {shown: each for shown, each in _pictures(window).items() if hasattr(each, "choose_file")}
    if shown := _meant(window, files):
        files[shown].choose_file()
    else:
        save_tab()


def _pictures(window: MainWindow) -> dict[QWidget, Any]:
    """Return what can be copied by itself in the tab that is shown, by its widget."""
    tab = window.tabs.currentWidget()
    found = tab.findChildren(QObject) if tab else []
    return {each.pictured: each for each in found if isinstance(each, Pictured)}


def _meant(window: MainWindow, widgets: Iterable[QWidget]) -> QWidget | None:
    """Return the one that has the focus, else the largest that is seen; `None` where none is."""
    focus: QWidget | None = window.focusWidget()
    seen = [each for each in widgets if each.isVisible()]
    with_focus = (each for each in seen if focus and (each is focus or each.isAncestorOf(focus)))
    return next(with_focus, None) or max(seen, key=lambda each: each.width() * each.height(), default=None)
