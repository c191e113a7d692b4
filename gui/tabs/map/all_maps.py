"""The maps of all moments of a run, made one after another while a person looks at something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.probes.map import MapsMade, make_all_maps
from gui.state.questions import Questions

if TYPE_CHECKING:
    from engine.base.lens import Lens
    from engine.mapping.settings import MapSpec
    from gui.state.bridge import Bridge


class AllMaps(QObject):
    """One such job at a time."""

    told = Signal(int, int)
    """So many maps are made, of so many."""
    ended = Signal()

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._questions = Questions(bridge, self)
        self._questions.listen(MapsMade, lambda message: self.told.emit(message.done, message.total))
        self._questions.ended.connect(self.ended)

    @property
    def goes_on(self) -> bool:
        """Whether maps are being made."""
        return self._questions.is_asking

    def make(self, lens: Lens, layer: int | None, spec: MapSpec) -> None:
        """Make them, in place of what was begun before."""
        self.stop()
        self._questions.ask(make_all_maps, lens, layer, spec)

    def stop(self) -> None:
        """Make no more; those that are made stay."""
        if self.goes_on:
            self._questions.drop()
            self.ended.emit()
