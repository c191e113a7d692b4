"""The settings of the next run, for all views; the form in Train edits them."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal

from engine.core.knobs import Value
from engine.core.specs import PRESETS, TrainSpec


class Planned(QObject):
    """The latest valid settings of the next run."""

    changed = Signal()
    edited = Signal(object)  # carries settings by name that another view has changed, for the form to show

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.spec: TrainSpec = PRESETS["blog"].spec
        # A sentence on what is wrong in another view than the form; no run can be started then.
        self.error = ""

    def take(self, spec: TrainSpec | None) -> None:
        """Set the settings of the form; `None`, which it has while they are invalid, changes nothing."""
        if spec is not None and spec != self.spec:
            self.spec = spec
            self.changed.emit()

    def edit(self, values: Mapping[str, Value]) -> None:
        """Change some settings, by name."""
        self.edited.emit(dict(values))
        self.take(self.spec.but(**values))
