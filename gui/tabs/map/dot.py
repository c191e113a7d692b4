"""Where the drawing lies on a map, while it is drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from engine.probes.map import Placed, place_on_map
from gui.state.questions import PacedQuestions, Question

if TYPE_CHECKING:
    from engine.base.lens import Lens
    from engine.probes.map import Map
    from gui.state.bridge import Bridge

type Array = np.ndarray[Any, Any]

PERIOD_MS = 33
"""The dot moves no oftener than that."""


class MapDot(QObject):
    """Where the drawing lies on the finished map that is shown; it follows the pen."""

    moved = Signal(object)
    """Carries the place (2,), or `None`."""

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._drawing: Array | None = None
        self._map: Map | None = None
        self._lens: Lens | None = None
        self._questions = PacedQuestions(bridge, self._question, PERIOD_MS, self)
        self._questions.listen(Placed, self._show_place)

    def follow(self, drawing: Array | None, lens: Lens | None, map_: Map | None) -> None:
        """Find the place of this drawing (rows, columns) on this map of what the lens shows; `None`: nothing."""
        self._drawing, self._map = drawing, map_
        self._lens = None if lens is None or map_ is None else replace(lens, run=map_.run, moment=map_.step)
        if drawing is None or map_ is None or not map_.is_finished:
            self._questions.drop()
            self.moved.emit(None)
        else:
            self._questions.want()

    def _question(self) -> Question | None:
        map_ = self._map
        if self._drawing is None or map_ is None or self._lens is None:
            return None
        return place_on_map, (self._lens, map_.layer, map_.spec, self._drawing)

    def _show_place(self, message: Placed) -> None:
        self.moved.emit(message.point)
