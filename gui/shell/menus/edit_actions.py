"""What the entries of the Edit menu do: undo and redo, the clipboard, preferences; and the key that copies a figure."""

from functools import partial
from typing import Literal

from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QTextEdit

from engine.core.language import mark, tr
from gui.look.words import entry
from gui.shell.menus.actions import Actions, enable_entry
from gui.shell.menus.figures import NO_PANEL, meant_panel
from gui.shell.parts import Parts
from gui.state.history import Histories
from gui.state.notices import Notices
from gui.widgets.figures.figure import title_of
from gui.widgets.figures.figure_menu import copy_picture

type Way = Literal["undo", "redo"]

TOPIC, FIGURE_TOPIC = "undo", "figure"
UNDONE: dict[Way, str] = {"undo": mark("Undone: {change}."), "redo": mark("Done again: {change}.")}


class EditActions:
    """One method or attribute for each entry, by the last part of its name: `edit.copy`."""

    def __init__(self, parts: Parts) -> None:
        self._window, self._notices = parts.window, parts.notices
        self._history = parts.selection.history
        self.undo = partial(go, "undo", self._history, self._notices)
        self.redo = partial(go, "redo", self._history, self._notices)
        self.cut, self.copy = partial(self._use_clipboard, "cut"), partial(self._use_clipboard, "copy")
        self.preferences = partial(parts.dialogs.show, "preferences")

    def use(self, actions: Actions) -> None:
        """Keep texts and enabled states in step with the history."""
        self._actions = actions
        self._history.changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        stack = self._history.stack
        undo, redo = entry(stack.undoText()), entry(stack.redoText())
        self._show("undo", tr("&Undo {change}", change=undo) if undo else tr("&Undo"), is_possible=bool(undo))
        self._show("redo", tr("&Redo {change}", change=redo) if redo else tr("&Redo"), is_possible=bool(redo))

    def _show(self, way: Way, text: str, *, is_possible: bool) -> None:
        action = self._actions[f"edit.{way}"]
        action.setText(text)
        enable_entry(action, "" if is_possible else nothing(way, self._history))

    def paste(self) -> None:
        """Paste into the focused text field, else into the current tab; a tab that takes nothing gives way to Draw."""
        tab = self._window.tab
        if not self._focused_field() and not (tab and "paste" in tab.clipboard):
            self._window.show_tab("Draw")  # no text
        self._use_clipboard("paste")

    def copy_figure(self) -> None:
        """Copy the panel that has the focus, or is under the mouse, as a picture."""
        panel = meant_panel(self._window)
        if panel is not None:
            copy_picture(panel)
        words = tr("Copied: {panel}.", panel=title_of(panel)) if panel else tr(NO_PANEL)
        self._notices.tell(words, topic=FIGURE_TOPIC)

    def _focused_field(self) -> QLineEdit | QPlainTextEdit | QTextEdit | None:
        field = self._window.focusWidget()
        return field if isinstance(field, QLineEdit | QPlainTextEdit | QTextEdit) else None

    def _use_clipboard(self, what: Literal["cut", "copy", "paste"]) -> None:
        if field := self._focused_field():
            getattr(field, what)()
        elif (tab := self._window.tab) and what in tab.clipboard:
            tab.clipboard[what]()


def go(way: Way, history: Histories, notices: Notices) -> None:
    """Undo or redo in the tab that is shown, and say what was; where there is nothing, say so."""
    stack = history.stack
    if text := stack.undoText() if way == "undo" else stack.redoText():
        reason = history.undo() if way == "undo" else history.redo()
        notices.tell(reason or tr(UNDONE[way], change=text), topic=TOPIC)
    else:
        notices.tell(nothing(way, history), topic=TOPIC)


def nothing(way: Way, history: Histories) -> str:
    """Say that there is nothing to undo or redo in the tab that is shown, and in which tab there is."""
    tab = tr(history.shown)
    if way == "redo":
        if not tab:
            return tr("Nothing was undone that could be done again.")
        return tr("Nothing was undone in {tab} that could be done again.", tab=tab)
    words = tr("Nothing was changed that could be undone.")
    if tab:
        words = tr("Nothing was changed in {tab} that could be undone.", tab=tab)
    if elsewhere := history.elsewhere():
        place, change = elsewhere
        words += " " + tr("The latest change was made in {tab}: {change}.", tab=tr(place), change=change)
    return words
