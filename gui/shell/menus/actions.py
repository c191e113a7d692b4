"""The actions of the window and its menus, as `resources/actions.toml` has them: names, keys, icons, help."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from engine.core.machine.resources import read_toml
from gui.look.icons import icon
from gui.look.named import named

NATIVE = QKeySequence.SequenceFormat.NativeText

TABS = "view.tabs"
"""The submenu of the tabs, which name themselves; it is the first of its menu."""

ONE_OR_NONE = ("full screen", "presenter")
"""Groups of an action that is on or off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One action, as the head of `resources/actions.toml` explains its fields."""

    name: str
    menu: str
    text: str
    help: str
    standard: str = ""
    keys: tuple[str, ...] = ()
    icon: str = ""
    choice: str = ""
    line_before: bool = False
    sheet: str = ""
    sheet_keys: str = ""

    @property
    def shortcuts(self) -> list[QKeySequence]:
        """Its keys on this system, each once; not every system has all standard keys."""
        keys = [QKeySequence(key) for key in self.keys]
        if self.standard:
            keys = QKeySequence.keyBindings(QKeySequence.StandardKey[self.standard])[:1] + keys
        return [key for place, key in enumerate(keys) if not key.isEmpty() and key not in keys[:place]]


class Table(NamedTuple):
    """What `resources/actions.toml` says."""

    menus: Mapping[str, str]
    """The titles of menus and submenus by name; a submenu's begins with that of its menu: `view.theme`."""
    rows: Mapping[str, Row]
    """The actions by name, in the order of the menus."""


@functools.cache
def table() -> Table:
    """Return the menus and actions."""
    read = read_toml("actions.toml")
    return Table(read["menus"], {name: Row(name=name, **row) for name, row in read["actions"].items()})


class Actions:
    """The actions of one window, by name."""

    def __init__(self, window: QWidget, slots: Mapping[str, Callable[[], object]]) -> None:
        """Make them; `slots` says for each name what it does."""
        self._window = window
        self._groups: dict[str, QActionGroup] = {}
        self._made = {name: self._make(row, slots[name]) for name, row in table().rows.items()}
        self._menus: dict[str, QMenu] = {}

    def __getitem__(self, name: str) -> QAction:
        return self._made[name]

    def fill(self, bar: QMenuBar) -> None:
        """Put all of them into menus."""
        for name, row in table().rows.items():
            menu = self._menu(bar, row.menu)
            if row.line_before:
                menu.addSeparator()
            menu.addAction(self._made[name])

    def add_tab(self, title: str, key: str, show: Callable[[], object]) -> None:
        """Add the action that shows the tab of that title to the View menu; an empty key is none."""
        menu = self._menus[TABS] if TABS in self._menus else self._tabs_menu()
        name = f"view.tab.{title.lower().replace(' ', '_')}"
        there = menu.actions()
        *others, text = with_mnemonics([*(plain(action.text()) for action in there), title])
        for action, other in zip(there, others, strict=True):
            action.setText(other)
        row = Row(name=name, menu=TABS, text=text, keys=(key,) if key else (), help=f"Show the tab {title}.")
        self._made[name] = self._make(row, show)
        menu.addAction(self._made[name])

    def texts(self) -> list[tuple[str, str, str]]:
        """Return title, keys and help of each action that has keys, for the sheet of shortcuts."""
        rows = [(name, action) for name, action in self._made.items() if action.shortcuts()]
        texts = []
        for name, action in rows:
            row = table().rows.get(name)  # none of a tab's
            title, further = (row.sheet, row.sheet_keys) if row else ("", "")
            keys = ", ".join(key.toString(NATIVE) for key in action.shortcuts())
            texts.append((title or plain(action.text()), keys + further, action.statusTip()))
        return texts

    def _make(self, row: Row, slot: Callable[[], object]) -> QAction:
        action = named(QAction(row.text, self._window), f"action.{row.name}")
        action.setStatusTip(row.help)
        action.setShortcuts(row.shortcuts)
        action.setToolTip(with_keys(row.help, action))
        if row.icon:
            action.setIcon(icon(row.icon))
            action.setProperty("icon name", row.icon)
        if row.choice:
            action.setCheckable(True)
            self._group(row.choice).addAction(action)
        action.triggered.connect(lambda: slot())
        # An action also works while its menu is not shown, or where the menu bar belongs to the desktop.
        self._window.addAction(action)
        return action

    def _group(self, name: str) -> QActionGroup:
        if name not in self._groups:
            group = QActionGroup(self._window)
            if name in ONE_OR_NONE:
                group.setExclusionPolicy(QActionGroup.ExclusionPolicy.ExclusiveOptional)
            self._groups[name] = group
        return self._groups[name]

    def _menu(self, bar: QMenuBar, name: str) -> QMenu:
        if name not in self._menus:
            above = name.rpartition(".")[0]
            menu = (self._menu(bar, above) if above else bar).addMenu(table().menus[name])
            self._menus[name] = self._named(menu, name)
        return self._menus[name]

    def _tabs_menu(self) -> QMenu:
        view = self._menus["view"]
        menu = QMenu(table().menus[TABS], view)
        view.insertMenu(view.actions()[0], menu)
        self._menus[TABS] = self._named(menu, TABS)
        return menu

    @staticmethod
    def _named(menu: QMenu, name: str) -> QMenu:
        menu.setObjectName(f"menu.{name}")
        menu.setToolTipsVisible(True)
        return menu


def with_keys(help_text: str, action: QAction) -> str:
    """Return the help with the action's key behind it."""
    key = action.shortcut().toString(NATIVE)
    return f"{help_text} ({key})" if key else help_text


def plain(text: str) -> str:
    """Return a menu's text without the mark of its mnemonic."""
    return text.replace("&", "")


def with_mnemonics(titles: Sequence[str]) -> list[str]:
    """Return the titles with the marks of mnemonics, each before a letter that no other has marked: its first, if free.

    Where none of a title's letters is free, one before it takes another one, as in finding a matching of a graph.
    """
    owners: dict[str, int] = {}

    def find(number: int, tried: set[str]) -> bool:
        letters = list(dict.fromkeys(letter.lower() for letter in titles[number] if letter.isalpha()))
        for letter in (each for each in letters if each not in owners):
            owners[letter] = number
            return True
        for letter in (each for each in letters if each not in tried):
            tried.add(letter)
            if find(owners[letter], tried):
                owners[letter] = number
                return True
        return False

    for number in range(len(titles)):
        find(number, set())
    marks = {number: letter for letter, number in owners.items()}
    texts = []
    for number, title in enumerate(titles):
        place = title.lower().index(marks[number]) if number in marks else 0
        texts.append(f"{title[:place]}&{title[place:]}")
    return texts
