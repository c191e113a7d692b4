"""Which part of a map is looked at: from places on the map to pixels and back, zoom, pan and fit."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF

type Array = np.ndarray[Any, Any]

MARGIN = 22.0
"""Pixels around a map that fits."""

CLOSEST, FARTHEST = 400.0, 0.4
"""Limits of the zoom relative to what fits."""


class MapFrame:
    """A scale, the same along both axes, and what place is in the middle."""

    def __init__(self) -> None:
        self.scale, self.middle = 1.0, np.zeros(2)
        self._fitting = 1.0

    def fit(self, points: Array, room: QRectF) -> None:
        """Look at all of the points (n, 2)."""
        if not len(points):
            return
        low, high = points.min(axis=0), points.max(axis=0)
        extent = np.maximum(high - low, 1e-6)
        across, down = room.width() - 2 * MARGIN, room.height() - 2 * MARGIN
        self.scale = self._fitting = max(1e-9, min(across / float(extent[0]), down / float(extent[1])))
        self.middle = (low + high) / 2.0

    def zoom(self, factor: float, place: QPointF, room: QRectF) -> None:
        """Come nearer by a factor; what is at `place` stays there."""
        there = self.on_map(place, room)
        self.scale = min(max(self.scale * factor, FARTHEST * self._fitting), CLOSEST * self._fitting)
        away = (place.x() - room.center().x(), -(place.y() - room.center().y()))
        self.middle = there - np.array(away) / self.scale

    def move(self, across: float, down: float) -> None:
        """Shift the map, in pixels."""
        self.middle = self.middle - np.array((across, -down)) / self.scale

    def on_screen(self, points: Array, room: QRectF) -> Array:
        """Return where points (n, 2) of the map are in pixels."""
        middle = np.array((room.center().x(), room.center().y()))
        return middle + (np.asarray(points, np.float64) - self.middle) * (self.scale, -self.scale)

    def on_map(self, place: QPointF, room: QRectF) -> Array:
        """Return which place on the map a pixel shows (2,)."""
        away = (place.x() - room.center().x(), -(place.y() - room.center().y()))
        return self.middle + np.array(away) / self.scale


def inside(points: Array, outline: Array) -> Array:
    """Return which of the points (n, 2) lie inside a closed outline (k, 2): an odd number of edges is crossed."""
    within = np.zeros(len(points), bool)
    x, y = points[:, 0], points[:, 1]
    for (x1, y1), (x2, y2) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        if y1 != y2:
            crossed = (y1 > y) != (y2 > y)
            within ^= crossed & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return within
