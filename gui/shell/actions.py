"""The actions of a window, made from their table, and the menus that hold them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from gui.look.icons import icon
from gui.shell.action_table import ACTIONS, TABS, VIEW, Key, Row

NATIVE = QKeySequence.SequenceFormat.NativeText


class Actions:
    """The actions of one window, by name."""

    def __init__(self, window: QWidget, slots: Mapping[str, Callable[[], object]]) -> None:
        """Make them; `slots` says for each name what it does."""
        self._window = window
        self._groups: dict[str, QActionGroup] = {}
        self._made = {row.name: self._make(row, slots[row.name]) for row in ACTIONS}
        self._menus: dict[str, QMenu] = {}

    def __getitem__(self, name: str) -> QAction:
        return self._made[name]

    def fill(self, bar: QMenuBar) -> None:
        """Put all of them into menus."""
        for row in ACTIONS:
            menu = self._menu(bar, row.menu)
            if row.line_before:
                menu.addSeparator()
            menu.addAction(self._made[row.name])

    def add_tab(self, title: str, key: str, show: Callable[[], object]) -> None:
        """Add the action that shows the tab of that title to the View menu; an empty key is none."""
        menu = self._menus[VIEW + TABS] if VIEW + TABS in self._menus else self._tabs_menu()
        name = f"view.tab.{title.lower().replace(' ', '_')}"
        text = with_mnemonic(title, [action.text() for action in menu.actions()])
        row = Row(name=name, menu=(), text=text, keys=(key,) if key else (), help=f"Show the tab {title}.")
        self._made[name] = self._make(row, show)
        menu.addAction(self._made[name])

    def texts(self) -> list[tuple[str, str, str]]:
        """Return title, keys and help of each action that has keys, for the sheet of shortcuts."""
        rows = [(name, action) for name, action in self._made.items() if action.shortcuts()]
        sheet = {row.name: row.sheet for row in ACTIONS}
        texts = []
        for name, action in rows:
            title, further = sheet.get(name, ("", ""))
            keys = ", ".join(key.toString(NATIVE) for key in action.shortcuts())
            texts.append((title or plain(action.text()), keys + further, action.statusTip()))
        return texts

    def _make(self, row: Row, slot: Callable[[], object]) -> QAction:
        action = QAction(row.text, self._window)
        action.setObjectName(f"action.{row.name}")
        action.setStatusTip(row.help)
        action.setShortcuts(key_sequences(row.keys))
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
            if name == "full screen":
                group.setExclusionPolicy(QActionGroup.ExclusionPolicy.ExclusiveOptional)
            self._groups[name] = group
        return self._groups[name]

    def _menu(self, bar: QMenuBar, path: tuple[str, ...]) -> QMenu:
        key = "".join(path)
        if key not in self._menus:
            parent = self._menu(bar, path[:-1]) if len(path) > 1 else bar
            menu = parent.addMenu(path[-1])
            menu.setObjectName("menu." + ".".join(plain(part).lower().replace(" ", "_") for part in path))
            menu.setToolTipsVisible(True)
            self._menus[key] = menu
        return self._menus[key]

    def _tabs_menu(self) -> QMenu:
        view = self._menus[VIEW]
        menu = QMenu(TABS, view)
        menu.setObjectName("menu.view.tabs")
        menu.setToolTipsVisible(True)
        view.insertMenu(view.actions()[0], menu)
        self._menus[VIEW + TABS] = menu
        return menu


def key_sequences(keys: tuple[Key, ...]) -> list[QKeySequence]:
    """Return what these keys are on this system, each once: not every system has all standard keys."""
    found: list[QKeySequence] = []
    for key in keys:
        sequences = [QKeySequence(key)] if isinstance(key, str) else QKeySequence.keyBindings(key)
        found += [each for each in sequences[:1] if not each.isEmpty() and each not in found]
    return found


def with_keys(help_text: str, action: QAction) -> str:
    """Return the help with the action's key behind it."""
    key = action.shortcut().toString(NATIVE)
    return f"{help_text} ({key})" if key else help_text


def plain(text: str) -> str:
    """Return a menu's text without the mark of its mnemonic."""
    return text.replace("&", "")


def with_mnemonic(title: str, others: Iterable[str]) -> str:
    """Return the title with the mark of a mnemonic before the first letter that none of the `others` has marked."""
    taken = {text[text.index("&") + 1].lower() for text in others if "&" in text}
    free = (place for place, letter in enumerate(title) if letter.isalpha() and letter.lower() not in taken)
    place = next(free, 0)
    return f"{title[:place]}&{title[place:]}"
