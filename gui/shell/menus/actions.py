"""The actions of the window and its menus, as `resources/actions.toml` lists them: names, keys, icons, help.

What the action `file.save_as` does is the method `save_as` of `file_actions.py`, and so for each menu.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from engine.core.frozen import Frozen
from engine.core.language import per_language, tr
from engine.core.machine.words import read_words
from gui.look.icons import icon
from gui.look.words import enable, named, native, with_keys

# On macOS these have a place in the menu of the program. Without a role, Qt would move there what is called like them.
ROLES = {
    "file.quit": QAction.MenuRole.QuitRole,
    "edit.preferences": QAction.MenuRole.PreferencesRole,
    "help.about": QAction.MenuRole.AboutRole,
}


class Row(Frozen):
    """One action, as the head of `resources/actions.toml` explains its fields."""

    name: str
    text: str
    help: str
    menu: str = ""
    standard: str = ""
    keys: tuple[str, ...] = ()
    icon: str = ""
    choice: str = ""
    line_before: bool = False
    sheet: str = ""
    sheet_keys: str = ""

    @property
    def shortcuts(self) -> list[QKeySequence]:
        """The keys on this system, each once; not every system has all standard keys."""
        keys = [QKeySequence(key) for key in self.keys]
        if self.standard:
            keys = QKeySequence.keyBindings(QKeySequence.StandardKey[self.standard])[:1] + keys
        return [key for place, key in enumerate(keys) if not key.isEmpty() and key not in keys[:place]]


class Table(NamedTuple):
    """The content of `resources/actions.toml`."""

    # Titles of menus and submenus by name; a submenu's name begins with that of its menu: `file.recent`.
    menus: Mapping[str, str]
    rows: Mapping[str, Row]  # actions by name, in the order of the menus


@per_language
def table() -> Table:
    """Return the menus and actions."""
    read = read_words("actions.toml")
    return Table(read["menus"], {name: Row(name=name, **row) for name, row in read["actions"].items()})


class Actions:
    """The actions of one window, by name."""

    def __init__(self, window: QWidget, menus: Mapping[str, object]) -> None:
        """Create them from the table.

        An action calls what its name says: `file.save_as` calls `menus["file"].save_as()`. A third part is the
        argument: `view.text.larger` calls `menus["view"].text("larger")`.
        """
        self._window = window
        self._groups: dict[str, QActionGroup] = {}
        self._actions: dict[str, QAction] = {}
        self._menus: dict[str, QMenu] = {}
        for name, row in table().rows.items():
            menu, method, *argument = name.split(".")
            self._add(row, partial(getattr(menus[menu], method), *argument))

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def menu(self, name: str) -> QMenu:
        return self._menus[name]

    def fill(self, bar: QMenuBar) -> None:
        for name, row in table().rows.items():
            if row.menu:
                menu = self._filled(row.menu, bar)
                if row.line_before:
                    menu.addSeparator()
                menu.addAction(self._actions[name])

    def add_tab(self, title: str, key: str, show: Callable[[], object]) -> None:
        name = f"view.tab.{title.lower().replace(' ', '_')}"
        row = Row(name=name, text=tr(title), keys=(key,) if key else (), help=tr("Show the tab {tab}.", tab=tr(title)))
        self._add(row, show)

    def texts(self) -> list[tuple[str, str, str]]:
        """Return title, keys and help of each action that has keys, for the sheet of shortcuts."""
        texts = []
        for name, action in self._actions.items():
            if action.shortcuts():
                row = table().rows.get(name)  # `None` for those of the tabs
                title, further = (row.sheet, row.sheet_keys) if row else ("", "")
                keys = ", ".join(map(native, action.shortcuts()))
                texts.append((title or plain(action.text()), keys + with_keys(further), action.statusTip()))
        return texts

    def _add(self, row: Row, slot: Callable[[], object]) -> QAction:
        action = named(QAction(row.text, self._window), f"action.{row.name}")
        action.setStatusTip(row.help)
        action.setMenuRole(ROLES.get(row.name, QAction.MenuRole.NoRole))
        action.setShortcuts(row.shortcuts)
        enable_entry(action)
        if row.icon:
            action.setIcon(icon(row.icon))
            action.setProperty("icon name", row.icon)
        if row.choice:
            action.setCheckable(True)
            if row.choice not in self._groups:
                self._groups[row.choice] = QActionGroup(self._window)
            self._groups[row.choice].addAction(action)
        action.triggered.connect(lambda: slot())  # without the argument `checked`
        # So an action also works while its menu is hidden, or where the menu bar belongs to the desktop.
        self._window.addAction(action)
        self._actions[row.name] = action
        return action

    def _filled(self, name: str, bar: QMenuBar) -> QMenu:
        """Return a menu of the bar, or a submenu, which is added when its first action is."""
        if name not in self._menus:
            above = name.rpartition(".")[0]
            menu = (self._filled(above, bar) if above else bar).addMenu(table().menus[name])
            self._menus[name] = named(menu, f"menu.{name}")
            menu.setToolTipsVisible(True)
        return self._menus[name]


def enable_entry(action: QAction, why_not: str = "", tip: str = "") -> None:
    """Enable an action, with `tip` or its help, and its key, as tooltip; or disable it, with the reason as tooltip."""
    tip, key = tip or action.statusTip(), native(action.shortcut())
    enable(action, not why_not, f"{tip} ({key})" if key else tip, why_not)


def plain(text: str) -> str:
    """Return a menu's text without the `&` of its mnemonic."""
    return text.replace("&", "")
