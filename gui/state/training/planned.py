"""The settings of the next run, as all views see them; the form in Train is where they are written."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal

from engine.core.knobs import Value
from engine.core.specs import PRESETS, TrainSpec


class Planned(QObject):
    """The latest settings of the next run that were valid. A view that changes some asks the form to take them in."""

    changed = Signal()
    edited = Signal(object)
    """Carries settings by name that another view than the form has changed: the form is to show them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.spec: TrainSpec = PRESETS["blog"].spec
        self.error = ""
        """What is wrong with what another view than the form says, in a sentence: no run begins then."""

    def take(self, spec: TrainSpec | None) -> None:
        """Take in what the form says; `None`, while it says nothing valid, changes nothing."""
        if spec is not None and spec != self.spec:
            self.spec = spec
            self.changed.emit()

    def edit(self, values: Mapping[str, Value]) -> None:
        """Change some settings, by name."""
        self.edited.emit(dict(values))
        self.take(self.spec.but(**values))
