"""A segmented switch: a few buttons side by side, one of which is checked."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QSizePolicy, QToolButton, QWidget

from gui.look.layout import hbox
from gui.look.words import named, reserve, set_look


class Segments(QWidget):
    """One of several choices, by key. `tips` explain each one; a tooltip of the whole widget would never be shown."""

    chosen = Signal(str)

    def __init__(
        self, name: str, choices: Mapping[str, str], tips: Mapping[str, str] | None = None, *, narrow: bool = False
    ) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._group = QButtonGroup(self)
        self._room = "narrow" if narrow else ""
        self._buttons = {key: self._make(key, title) for key, title in choices.items()}
        hbox(*self._buttons.values(), gap=0, on=self)
        first, last = next(iter(self._buttons.values())), list(self._buttons.values())[-1]
        first.setProperty("place", "first")
        last.setProperty("place", "last")
        first.setChecked(True)
        for key, tip in (tips or {}).items():
            self.set_tip(key, tip)

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
        self._buttons[key].setText(title)
        self._buttons[key].setAccessibleName(name or title)

    def set_tip(self, key: str, tip: str) -> None:
        self._buttons[key].setToolTip(tip)

    def set_enabled(self, key: str, enabled: bool) -> None:
        self._buttons[key].setEnabled(enabled)

    def reserve(self, key: str, title: str) -> None:
        """Make a button at least as wide as with another title, so that the change moves nothing."""
        reserve(self._buttons[key], title)

    def set_narrow(self, narrow: bool) -> None:
        self._room = "narrow" if narrow else ""
        for button in self._buttons.values():
            set_look(button, "room", self._room)

    def focus(self) -> None:
        if button := self._group.checkedButton():
            button.setFocus()

    def _make(self, key: str, title: str) -> QToolButton:
        button = named(QToolButton(), f"{self.objectName()}.{key}", title=title, look="segment")
        button.setProperty("room", self._room)
        button.setText(title)
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.toggled.connect(lambda on: self.chosen.emit(key) if on else None)
        self._group.addButton(button)
        return button
