"""Undo and redo: the Edit menu says what they would act upon, and the line of notices what they did, or why nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QTextEdit

from gui.look.plain import entry
from gui.shell.actions import Actions, with_keys
from gui.shell.main_window import MainWindow
from gui.state.history import Histories
from gui.state.notices import Notices
from gui.widgets.tab import Tab

type Way = Literal["undo", "redo"]

TOPIC = "undo"
UNDONE: dict[Way, str] = {"undo": "Undone", "redo": "Done again"}


def edit_slots(history: Histories, notices: Notices, window: MainWindow) -> dict[str, Callable[[], object]]:
    """Return what the actions of the Edit menu do, by their names."""
    clipboard = {f"edit.{what}": partial(_use_clipboard, window, what) for what in ("cut", "copy", "paste")}
    undo: dict[str, Callable[[], object]] = {
        f"edit.{way}": partial(go, way, history, notices) for way in UNDONE
    }
    return undo | clipboard | {"edit.clear": partial(_clear, window)}


def go(way: Way, history: Histories, notices: Notices) -> None:
    """Undo or redo in the tab that is shown, and say what that was; where there is nothing, say so."""
    stack = history.stack
    if what := stack.undoText() if way == "undo" else stack.redoText():
        reason = history.undo() if way == "undo" else history.redo()
        notices.tell(reason or f"{UNDONE[way]}: {what}.", topic=TOPIC)
    else:
        notices.tell(nothing(way, history), topic=TOPIC)


def nothing(way: Way, history: Histories) -> str:
    """Say that there is nothing to undo or redo in the tab that is shown, and where there is."""
    here = f" in {history.shown}" if history.shown else ""
    if way == "redo":
        return f"Nothing was undone{here} that could be done again."
    elsewhere = history.elsewhere()
    where = f" The latest change was made in {elsewhere[0]}: {elsewhere[1]}." if elsewhere else ""
    return f"Nothing was changed{here} that could be undone.{where}"


def _use_clipboard(window: MainWindow, what: str) -> None:
    """Do it in the field of text that has the focus, or else what the tab does; pasted is into Draw from anywhere."""
    field, tab = window.focusWidget(), window.tabs.currentWidget()
    if isinstance(field, QLineEdit | QPlainTextEdit | QTextEdit):
        getattr(field, what)()
        return
    if what == "paste" and not (isinstance(tab, Tab) and what in tab.clipboard):
        window.show_tab("Draw")
        tab = window.tabs.currentWidget()
    if isinstance(tab, Tab) and what in tab.clipboard:
        tab.clipboard[what]()


def _clear(window: MainWindow) -> None:
    """Clear the canvas, and show the tab in which it lies: nobody must lose a drawing unseen."""
    window.show_tab("Draw")
    tab = window.tabs.currentWidget()
    if isinstance(tab, Tab) and "clear" in tab.clipboard:
        tab.clipboard["clear"]()


class EditActions:
    """Keeps the Edit menu true to the history."""

    def __init__(self, actions: Actions, history: Histories) -> None:
        self._actions, self._history = actions, history
        history.changed.connect(self.follow)
        self.follow()

    def follow(self) -> None:
        """Bring names and usability up to date."""
        stack = self._history.stack
        self._show("undo", "&Undo", stack.undoText())
        self._show("redo", "&Redo", stack.redoText())

    def _show(self, way: Way, word: str, what: str) -> None:
        action = self._actions[f"edit.{way}"]
        action.setText(f"{word} {entry(what)}".strip())
        action.setEnabled(bool(what))
        action.setToolTip(with_keys(action.statusTip(), action) if what else nothing(way, self._history))
