"""Small controls: round buttons and such with an icon, menus of choices, segmented switches, combo boxes."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import QRect, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QLayout,
    QMenu,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QToolButton,
    QWidget,
)

from engine.core.language import tr
from gui.look.fonts import measured, scaled, sized
from gui.look.icons import icon, set_icon
from gui.look.layout import Fitted, Spring, hbox
from gui.look.words import entry, named, plain_tip, reserve, set_title


def chip(name: str, title: str, tip: str, *, checkable: bool = False, look: str = "chip") -> QPushButton:
    """Return a button, round unless it has another look, which may be checkable."""
    button = QPushButton()
    button.setCheckable(checkable)  # before its words, at which a screen reader learns what it is
    button.setText(title)
    return named(button, name, title=title, tip=tip, look=look)


def icon_button(
    name: str, sign: str, tip: str, *, title: str = "", side: int = 26, inside: int = 16, checkable: bool = False
) -> QToolButton:
    """Return a button of `side` pixels with an icon of `inside` pixels, named by its `title`, else its tooltip."""
    button = QToolButton()
    button.setCheckable(checkable)  # as `chip`
    named(button, name, title=title or tip, tip=tip)
    set_icon(button, sign, "muted", side=inside)
    sized(button.setFixedSize, side, side)
    return button


def toggle(name: str, title: str, tip: str, *, look: str) -> QToolButton:
    """Return a button that stays pressed, with its title as text."""
    button = QToolButton()
    button.setCheckable(True)
    named(button, name, title=title, tip=tip, look=look)
    button.setText(title)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button


def add_entry(
    menu: QMenu, name: str, text: str, do: Callable[[], object], *, tip: str = "", chosen: bool | None = None
) -> QAction:
    """Add an entry with that object name to a menu and return it; it is checkable unless `chosen` is `None`."""
    action = named(menu.addAction(text), name, tip=plain_tip(tip))
    action.setStatusTip(tip)
    action.setMenuRole(QAction.MenuRole.NoRole)  # the words may be a person's
    if chosen is not None:
        action.setCheckable(True)
        action.setChecked(chosen)
    action.triggered.connect(lambda _=False: do())
    return action


def opposite(direction: Qt.LayoutDirection) -> Qt.LayoutDirection:
    """Return the other direction of words."""
    sides = Qt.LayoutDirection
    return sides.RightToLeft if direction == sides.LeftToRight else sides.LeftToRight


class MenuChip(QPushButton):
    """A button with an arrow, which opens its menu by a click or Space."""

    def __init__(self, name: str, title: str = "", look: str = "chip", tone: str = "muted") -> None:
        super().__init__(title)
        named(self, name, look=look)
        set_icon(self, "chevron-down", tone)
        menu, direction = named(QMenu(self), f"{name}.menu"), self.layoutDirection()
        menu.setLayoutDirection(direction)
        self.setLayoutDirection(opposite(direction))  # puts the arrow behind the text
        self.setMenu(menu)


class ChoiceChip(MenuChip):
    """One of several choices, by key, as `Segments`, in the room of one button.

    `title` is the accessible name of the choice, each of which has a title and a tooltip.
    """

    chosen = Signal(str)

    def __init__(
        self, name: str, title: str, choices: Mapping[str, tuple[str, str]], tip: str, *, look: str = "chip"
    ) -> None:
        super().__init__(name, look=look)
        self._title, self.key = title, next(iter(choices))
        self._choices = {key: tr(words) for key, (words, _) in choices.items()}
        menu, group = self.menu(), QActionGroup(self)
        menu.setToolTipsVisible(True)
        self._actions = {
            key: add_entry(
                menu, f"{name}.{key}", entry(tr(words)), partial(self.choose, key), tip=tr(tip), chosen=False
            )
            for key, (words, tip) in choices.items()
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


class Segments(Fitted, QWidget):
    """One of several choices, by key, each with a title and a tooltip: one of the whole widget would never be shown.

    Where the titles have no room beside each other, a button with a menu of them fills their place.
    """

    chosen = Signal(str)

    def __init__(
        self, name: str, choices: Mapping[str, tuple[str, str]], *, narrow: bool = False, least: int = 0
    ) -> None:
        """With a `least` width, in pixels of letters of 100 %, only longer titles have no room."""
        super().__init__()
        self._least = least
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._group, self._is_fitting = QButtonGroup(self), False
        self._room = "narrow" if narrow else ""
        self._folded = MenuChip(f"{name}.folded", look="segment", tone="accent")
        self._folded.hide()
        self._folded.menu().setToolTipsVisible(True)
        self._folded.menu().aboutToShow.connect(self._fill_menu)
        self._buttons = {key: self._make(key, *map(tr, texts)) for key, texts in choices.items()}
        self._row = hbox(*self._buttons.values(), (self._folded, 1), Spring(0), gap=0, on=self)
        self._row.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        first, last = next(iter(self._buttons.values())), list(self._buttons.values())[-1]
        first.setProperty("place", "first")
        last.setProperty("place", "last")
        first.setChecked(True)
        self._group.buttonToggled.connect(self._say)
        self._say()

    def choose(self, key: str) -> None:
        self._buttons[key].setChecked(True)

    @property
    def key(self) -> str:
        return next(key for key, button in self._buttons.items() if button.isChecked())

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(self._buttons)

    def is_possible(self, key: str) -> bool:
        return key in self._buttons and self._buttons[key].isEnabledTo(self)

    def set_possible(self, key: str, possible: bool, tip: str) -> None:
        """Enable or disable a choice, with a tooltip that explains it or the reason."""
        if (button := self._buttons[key]).toolTip() != tip:
            button.setToolTip(tip)
        button.setEnabled(possible)

    def set_title(self, key: str, title: str, name: str = "") -> None:
        """Set the title of a choice; `name` is the accessible name of a short one."""
        set_title(self._buttons[key], title, name)
        self._say()

    def set_tip(self, key: str, tip: str) -> None:
        self._buttons[key].setToolTip(tip)

    def reserve(self, key: str, title: str) -> None:
        """Make a button at least as wide as with another title, so that the change moves nothing."""
        reserve(self._buttons[key], title)

    def focus(self) -> None:
        if self._folded.isVisibleTo(self):
            self._folded.setFocus()
        elif button := self._group.checkedButton():
            button.setFocus()

    def sizeHint(self) -> QSize:
        sizes = [button.sizeHint().expandedTo(button.minimumSize()) for button in self._buttons.values()]
        return QSize(sum(size.width() for size in sizes), max(size.height() for size in sizes))

    def minimumSizeHint(self) -> QSize:
        """Return the size of the button with the menu and the widest title, or the least width, if that is more."""
        self._folded.ensurePolished()
        measure = self._folded.fontMetrics().horizontalAdvance
        around = self._folded.sizeHint().width() - measure(self._folded.text())
        widest = max(measure(entry(button.text())) for button in self._buttons.values())
        wide = max(around + widest, scaled(self._least))
        return QSize(wide, self.sizeHint().height()).boundedTo(self.sizeHint())

    def _say(self, *_: object) -> None:
        button = self._buttons[self.key]
        set_title(self._folded, entry(button.text()), button.accessibleName(), button.toolTip())

    def _fit(self) -> None:
        while not self._is_fitting and (is_folded := self._lacks_room()) != self._folded.isVisibleTo(self):
            self._is_fitting = True  # Qt lays out all around what is shown, and there may be other room then
            had_focus = any(button.hasFocus() for button in (*self._buttons.values(), self._folded))
            for button in self._buttons.values():
                button.setHidden(is_folded)
            self._folded.setVisible(is_folded)
            if had_focus:
                self.focus()
            self._row.activate()
            self._is_fitting = False

    def _lacks_room(self) -> bool:
        return self.width() < self.sizeHint().width()

    def _fill_menu(self) -> None:
        (menu := self._folded.menu()).clear()
        for button in self._buttons.values():
            action = add_entry(
                menu,
                f"{button.objectName()}.folded",
                entry(button.accessibleName()),
                button.click,
                tip=button.toolTip(),
                chosen=button.isChecked(),
            )
            action.setEnabled(button.isEnabledTo(self))

    def _make(self, key: str, title: str, tip: str) -> QToolButton:
        button = toggle(f"{self.objectName()}.{key}", title, tip, look="segment")
        button.setProperty("room", self._room)
        button.toggled.connect(lambda on: self.chosen.emit(key) if on else None)
        self._group.addButton(button)
        return button


class Choice(QComboBox):
    """A combo box with our own arrow, which the wheel changes only if it has the focus."""

    def __init__(self, letters: int = 0) -> None:
        """With a number of `letters` it may be as narrow as that, whatever it offers."""
        super().__init__()
        if letters:
            self.setMinimumContentsLength(letters)
            self.setSizeAdjustPolicy(self.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def offer(self, choices: Mapping[Any, str], chosen: object = None) -> None:
        """Offer choices by value in place of others, without a signal; without `chosen` among them the first."""
        with QSignalBlocker(self):
            if [*choices.items()] != [(self.itemData(place), self.itemText(place)) for place in range(self.count())]:
                self.clear()
                for value, title in choices.items():
                    self.addItem(title, value)
            self.setCurrentIndex([*choices].index(chosen) if chosen in choices else 0)

    def initStyleOption(self, option: QStyleOptionComboBox) -> None:
        """Elide what has no room."""
        super().initStyleOption(option)
        field = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, self).width()
        option.currentText = self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideRight, room)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        side = scaled(12)
        place = QRect(self.width() - side - 5, (self.height() - side) // 2, side, side)
        place = QStyle.visualRect(self.layoutDirection(), self.rect(), place)
        icon("chevron-down", "muted" if self.isEnabled() else "faint").paint(painter, place)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Without the focus leave the event to the page, which scrolls."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
