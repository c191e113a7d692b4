"""Small buttons: round ones with a text, a menu or a menu of choices, square ones with an icon."""

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QPushButton, QToolButton

from gui.look.fonts import measured, sized
from gui.look.icons import icon
from gui.look.words import entry, named, plain_tip, set_title


def chip(name: str, title: str, tip: str, *, checkable: bool = False) -> QPushButton:
    """Return a round button, which may be checkable."""
    button = named(QPushButton(title), name, title=title, tip=tip, look="chip")
    button.setCheckable(checkable)
    return button


def icon_button(name: str, sign: str, tip: str, *, title: str = "", side: int = 26, inside: int = 16) -> QToolButton:
    """Return a button of `side` pixels with an icon of `inside` pixels.

    The accessible name is its `title`, or without one the tooltip.
    """
    button = named(QToolButton(), name, title=title or tip, tip=tip)
    button.setIcon(icon(sign, "muted"))
    sized(button.setIconSize, QSize(inside, inside))
    sized(button.setFixedSize, side, side)
    return button


def add_entry(
    menu: QMenu, name: str, text: str, do: Callable[[], object], *, tip: str = "", chosen: bool | None = None
) -> QAction:
    """Add an entry with that object name to a menu and return it; it is checkable unless `chosen` is `None`."""
    action = named(menu.addAction(text), name, tip=plain_tip(tip))
    action.setStatusTip(tip)
    if chosen is not None:
        action.setCheckable(True)
        action.setChecked(chosen)
    action.triggered.connect(lambda _=False: do())
    return action


class MenuChip(QPushButton):
    """A button with an arrow, which opens its menu by a click or Space."""

    def __init__(self, name: str, title: str = "", look: str = "chip", tone: str = "muted") -> None:
        super().__init__(title)
        named(self, name, look=look)
        self.setIcon(icon("chevron-down", tone))
        sized(self.setIconSize, QSize(16, 16))
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # puts the arrow behind the text
        menu = QMenu(self)
        menu.setObjectName(f"{name}.menu")
        menu.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setMenu(menu)


class ChoiceChip(MenuChip):
    """One of several choices, by key, as `Segments`, in the room of one button.

    `title` is the accessible name of the choice; `tips` explain each one.
    """

    chosen = Signal(str)

    def __init__(
        self,
        name: str,
        title: str,
        choices: Mapping[str, str],
        tips: Mapping[str, str],
        tip: str,
        *,
        look: str = "chip",
    ) -> None:
        super().__init__(name, look=look)
        self._title, self._choices, self.key = title, dict(choices), next(iter(choices))
        menu, group = self.menu(), QActionGroup(self)
        menu.setToolTipsVisible(True)
        self._actions = {
            key: add_entry(menu, f"{name}.{key}", entry(words), partial(self.choose, key), tip=tips[key], chosen=False)
            for key, words in choices.items()
        }
        for action in self._actions.values():
            group.addAction(action)
        self.setToolTip(tip)
        self._say()
        measured(self, ChoiceChip._make_room)

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(self._choices)

    def choose(self, key: str) -> None:
        if key != self.key:
            self.key = key
            self._say()
            self.chosen.emit(key)

    def set_enabled(self, key: str, enabled: bool) -> None:
        self._actions[key].setEnabled(enabled)

    def is_enabled(self, key: str) -> bool:
        return self._actions[key].isEnabled()

    def _say(self) -> None:
        words = self._choices[self.key]
        self._actions[self.key].setChecked(True)
        set_title(self, entry(words), f"{self._title}: {words}")

    def _make_room(self) -> None:
        """Be as wide as the widest choice, so that nothing moves."""
        self.ensurePolished()
        widths = []
        for words in self._choices.values():
            self.setText(entry(words))
            widths.append(self.sizeHint().width())
        self.setText(entry(self._choices[self.key]))
        self.setFixedWidth(max(widths))
