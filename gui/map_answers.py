"""Small questions beside a map: where the drawing lies on it, and the pictures of the images that were picked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from engine.messages import JobEnded
from engine.probes.map import Placed, place_on_map
from engine.probes.some_images import SomeImages, some_images
from gui.paced import Paced

if TYPE_CHECKING:
    from engine.lens import Lens
    from engine.probes.map import Map
    from gui.bridge import Bridge

type Array = np.ndarray[Any, Any]

PERIOD_MS = 33
"""The dot moves no oftener than that."""


class MapDot(QObject):
    """Where the drawing lies on the finished map that is shown; it follows the pen."""

    moved = Signal(object)
    """Carries the place (2,), or `None`."""

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._job: int | None = None
        self._drawing: Array | None = None
        self._map: Map | None = None
        self._lens: Lens | None = None
        self._paced = Paced(self._ask, PERIOD_MS, self)
        bridge.listen(Placed, self._show_place, job=lambda: self._job)
        bridge.listen(JobEnded, lambda _: self._paced.answered(), job=lambda: self._job)

    def follow(self, drawing: Array | None, lens: Lens | None, map_: Map | None) -> None:
        """Find the place of this drawing (rows, columns) on this map of what the lens shows; `None`: nothing."""
        self._drawing, self._map = drawing, map_
        self._lens = None if lens is None or map_ is None else replace(lens, run=map_.run, moment=map_.step)
        if drawing is None or map_ is None or not map_.is_finished:
            self._job = None
            self._paced.answered()
            self._paced.forget()
            self.moved.emit(None)
        else:
            self._paced.want()

    def _ask(self) -> bool:
        if self._drawing is None or self._map is None or self._lens is None:
            return False
        map_ = self._map
        self._job = self._bridge.ask(place_on_map, self._lens, map_.layer, map_.spec, self._drawing)
        return True

    def _show_place(self, message: Placed) -> None:
        self.moved.emit(message.point)


class ImagesAsked(QObject):
    """Test images by number: a newer question takes the place of an older one."""

    def __init__(self, bridge: Bridge, show: Callable[[SomeImages], None], parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._job: int | None = None
        bridge.listen(SomeImages, show, job=lambda: self._job)

    def ask(self, numbers: Array) -> None:
        """Ask for these."""
        self._job = self._bridge.ask(some_images, numbers)

    def drop(self) -> None:
        """Hear nothing any more."""
        self._job = None
