"""The maps of all moments of a run, made one after another while a person looks at something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.messages import JobEnded
from engine.probes.map import MapsMade, make_all_maps

if TYPE_CHECKING:
    from engine.lens import Lens
    from engine.mapping.settings import MapSpec
    from gui.bridge import Bridge


class AllMaps(QObject):
    """One such job at a time."""

    told = Signal(int, int)
    """So many maps are made, of so many."""
    ended = Signal()

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._job: int | None = None
        bridge.listen(MapsMade, self._show_count, job=lambda: self._job)
        bridge.listen(JobEnded, lambda _: self._show_end(), job=lambda: self._job)

    @property
    def goes_on(self) -> bool:
        """Whether maps are being made."""
        return self._job is not None

    def make(self, lens: Lens, layer: int | None, spec: MapSpec) -> None:
        """Make them, in place of what was begun before."""
        self.stop()
        self._job = self._bridge.ask(make_all_maps, lens, layer, spec)

    def stop(self) -> None:
        """Make no more; those that are made stay."""
        if self._job is not None:
            self._bridge.runner.stop(self._job)
            self._job = None
            self.ended.emit()

    def _show_count(self, message: MapsMade) -> None:
        self.told.emit(message.done, message.total)

    def _show_end(self) -> None:
        self._job = None
        self.ended.emit()
