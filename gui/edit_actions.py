"""The actions of the Edit menu say what they would take back or do again, and can be used when there is something."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QTextEdit

from gui.actions import Actions, with_keys
from gui.history import History
from gui.main_window import MainWindow
from gui.tab import Tab


def edit_slots(history: History, window: MainWindow) -> dict[str, Callable[[], object]]:
    """Return what the actions of the Edit menu do, by their names."""
    clipboard = {f"edit.{what}": partial(_use_clipboard, window, what) for what in ("cut", "copy", "paste")}
    return {"edit.undo": history.undo, "edit.redo": history.redo, **clipboard}


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


class EditActions:
    """Keeps the Edit menu true to the history."""

    def __init__(self, actions: Actions, history: History) -> None:
        self._actions, self._stack = actions, history.stack
        self._stack.indexChanged.connect(lambda _: self.follow())
        self.follow()

    def follow(self) -> None:
        """Bring names and usability up to date."""
        self._show("edit.undo", "&Undo", self._stack.undoText(), "Nothing was changed that could be undone.")
        self._show(
            "edit.redo", "&Redo", self._stack.redoText(), "Nothing was undone that could be done again."
        )

    def _show(self, name: str, word: str, what: str, reason: str) -> None:
        action = self._actions[name]
        action.setText(f"{word} {what}".strip())
        action.setEnabled(bool(what))
        action.setToolTip(with_keys(action.statusTip(), action) if what else reason)
