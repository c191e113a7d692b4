"""A field that chooses one of a run's moments to compare with, or none."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal

from gui.widgets.choice_field import Choice


class MomentChoice(Choice):
    """A combo box of moments by step, in their order, behind a first entry that means none."""

    momentChosen = Signal(object)
    """The step, or `None`."""

    def __init__(self, name: str, title: str, none: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.addItem(none, None)
        self._shown: dict[int, str] = {}
        self.activated.connect(lambda _: self.momentChosen.emit(self.moment))

    @property
    def moment(self) -> int | None:
        """The step that is chosen."""
        step = self.currentData()
        return None if step is None else int(step)

    def show_moments(self, moments: Mapping[int, str]) -> None:
        """Offer these moments, by step, with what they are called; what is chosen stays, if it is still there."""
        known = list(self._shown.items())
        wanted = list(moments.items())
        if wanted[: len(known)] == known:  # a run that goes on only adds some
            fresh = wanted[len(known) :]
        else:
            fresh = wanted
            before = self.moment
            while self.count() > 1:
                self.removeItem(self.count() - 1)
            self._add(fresh)
            fresh = []
            self.setCurrentIndex(max(0, self.findData(before)) if before is not None else 0)
        self._add(fresh)
        self._shown = dict(moments)

    def choose(self, step: int | None) -> None:
        """Choose a moment without telling of it; none where it is not offered."""
        self.setCurrentIndex(max(0, self.findData(step)) if step is not None else 0)

    def _add(self, moments: list[tuple[int, str]]) -> None:
        for step, title in moments:
            self.addItem(title, step)
