"""Every action of the window in one table: what it is called, which keys and icon it has, what it is good for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from gui.icons import icon

type Key = QKeySequence.StandardKey | str

FILE, RUN, VIEW, HELP = "&File", "&Run", "&View", "&Help"
SLOW, THEME, TABS = "Slow &motion", "&Theme", "Ta&bs"
Standard = QKeySequence.StandardKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One action. `menu` is the path to it; `choice` names the group of which one is chosen."""

    name: str
    menu: tuple[str, ...]
    text: str
    help: str
    keys: tuple[Key, ...] = ()
    icon: str = ""
    choice: str = ""
    line_before: bool = False


ACTIONS = (
    Row(
        name="file.open",
        menu=(FILE,),
        text="&Open data…",
        keys=(Standard.Open, "Ctrl+O"),
        icon="open",
        help="Open a data set: a file of images and labels. You can also drop it onto the window.",
    ),
    Row(
        name="file.picture",
        menu=(FILE,),
        text="Save &picture of the tab…",
        keys=("Ctrl+Shift+P",),
        icon="save-image",
        help="Save what the current tab shows as a PNG file.",
    ),
    Row(
        name="file.quit",
        menu=(FILE,),
        text="&Quit",
        keys=(Standard.Quit, "Ctrl+Q"),
        icon="quit",
        line_before=True,
        help="End Layerlight.",
    ),
    Row(
        name="run.start",
        menu=(RUN,),
        text="&Start",
        keys=("F5",),
        icon="start",
        help="Start training, let it rest, or let it go on. The space bar does the same.",
    ),
    Row(
        name="run.step",
        menu=(RUN,),
        text="S&tep",
        keys=("F6",),
        icon="step",
        help="Take one single step of training, then rest.",
    ),
    Row(
        name="run.epoch",
        menu=(RUN,),
        text="Step an &epoch",
        keys=("F7",),
        icon="step-epoch",
        help="Train to the end of the epoch, then rest.",
    ),
    Row(
        name="run.stop",
        menu=(RUN,),
        text="Sto&p",
        keys=("F8",),
        icon="stop",
        help="End the run. What it learned stays.",
    ),
    Row(
        name="run.pace.full",
        menu=(RUN, SLOW),
        text="&Full speed",
        choice="pace",
        help="Train as fast as this computer can.",
    ),
    Row(
        name="run.pace.16",
        menu=(RUN, SLOW),
        text="&16 steps a second",
        choice="pace",
        help="Train slowly enough to watch: 16 steps a second.",
    ),
    Row(
        name="run.pace.4",
        menu=(RUN, SLOW),
        text="&4 steps a second",
        choice="pace",
        help="Train slowly enough to follow: 4 steps a second.",
    ),
    Row(
        name="run.pace.1",
        menu=(RUN, SLOW),
        text="&One step a second",
        choice="pace",
        help="Train slowly enough to explain: one step a second.",
    ),
    Row(
        name="view.theme.system",
        menu=(VIEW, THEME),
        text="Like the &system",
        choice="theme",
        help="Light or dark, as the system is set.",
    ),
    Row(
        name="view.theme.light",
        menu=(VIEW, THEME),
        text="&Light",
        choice="theme",
        icon="sun",
        help="Dark on light, for bright rooms and projectors.",
    ),
    Row(
        name="view.theme.dark",
        menu=(VIEW, THEME),
        text="&Dark",
        choice="theme",
        icon="moon",
        help="Light on dark.",
    ),
    Row(
        name="view.full_screen",
        menu=(VIEW,),
        text="&Full screen",
        keys=("F11",),
        choice="full screen",
        help="Fill the whole screen, and back.",
    ),
    Row(
        name="help.shortcuts",
        menu=(HELP,),
        text="&Keys and tabs",
        keys=(Standard.HelpContents, "F1", "?"),
        icon="help",
        help="What each key does, and what each tab is good for.",
    ),
    Row(
        name="help.notices",
        menu=(HELP,),
        text="&Notices",
        icon="info",
        help="Read again what was told in the bottom line.",
    ),
    Row(
        name="help.log",
        menu=(HELP,),
        text="Open &log folder",
        help="Show the folder of the log files, for a report of a problem.",
    ),
    Row(
        name="help.about",
        menu=(HELP,),
        text="&About Layerlight",
        line_before=True,
        help="Versions, device and licences.",
    ),
)


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

    def add_tab(self, number: int, title: str, show: Callable[[], object]) -> None:
        """Add the action that shows tab number `number`, from 1, to the View menu."""
        menu = self._menus[VIEW + TABS] if VIEW + TABS in self._menus else self._tabs_menu()
        name = f"view.tab.{title.lower().replace(' ', '_')}"
        key = (f"Ctrl+{number}",) if number <= 9 else ()
        row = Row(name=name, menu=(), text=f"&{title}", keys=key, help=f"Show the tab {title}.")
        self._made[name] = self._make(row, show)
        menu.addAction(self._made[name])

    def texts(self) -> list[tuple[str, str, str]]:
        """Return title, keys and help of each action that has keys, for the sheet of shortcuts."""
        with_keys = (action for action in self._made.values() if action.shortcuts())
        return [
            (
                plain(action.text()),
                ", ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts()),
                action.statusTip(),
            )
            for action in with_keys
        ]

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
    key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    return f"{help_text} ({key})" if key else help_text


def plain(text: str) -> str:
    """Return a menu's text without the mark of its mnemonic."""
    return text.replace("&", "")
