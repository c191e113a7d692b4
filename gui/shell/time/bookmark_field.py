"""The small field in which a moment gets its name, above the time slider."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QWidget

from gui.widgets.name_field import NameField


class BookmarkField(NameField):
    """Asks for the name of a moment; an empty one takes it away."""

    given = Signal(int, str)
    """The moment's step and its name."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(
            window,
            "time.bookmark",
            "Name of the moment",
            "Enter gives the moment this name, Esc leaves it as it is. An empty name takes it away.",
            "Take the name away; the moment stays.",
        )
        self._step = 0
        self.deleted.connect(lambda: self.given.emit(self._step, ""))
        self.named.connect(lambda name: self.given.emit(self._step, name))

    def open_at(self, point: QPoint, step: int, name: str, moment: str) -> None:
        """Ask for the name of the moment at `step`, called `moment` in words, above `point` of the window."""
        self._step = step
        self.label.setText(f"Name of the moment at {moment}")
        self.ask_above(point, name, f"Name for {moment}", deletable=bool(name))
