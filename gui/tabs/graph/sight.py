"""From where a graph is seen: as a whole, from its beginning, or around one node, at a size that can be read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from PySide6.QtCore import QEasingCurve, QObject, QPointF, QRectF, QSizeF, QVariantAnimation, Signal

from engine.graph.letters import LABEL_SIZE
from engine.graph.messages import Drawing, Item
from gui.look import motion
from gui.tabs.graph.painting import LEAST_READ, rect_of

READABLE = LEAST_READ / LABEL_SIZE
"""From this scale on the smallest words can be read from the back of a room."""

SMALLEST_FIT, LARGEST_FIT, MARGIN = 0.03, 1.4, 16.0
GLIDE_MS = 220

RING = 8.0
"""So much room the ring around what is looked at takes."""


class Sight(NamedTuple):
    """Pixels of the screen for one of the drawing, and what lies in the upper left corner."""

    scale: float
    origin: QPointF


def whole(drawing: Drawing, room: QSizeF) -> Sight:
    """Return from where all of it is seen, as large as there is room."""
    width, height = drawing.width + 2 * MARGIN, drawing.height + 2 * MARGIN
    scale = max(min(room.width() / width, room.height() / height, LARGEST_FIT), SMALLEST_FIT)
    return Sight(scale, _origin(drawing, QRectF(0, 0, drawing.width, drawing.height), scale, room))


def fitted(
    drawing: Drawing, items: Mapping[str, Item], item: Item | None, room: QSizeF, *, is_whole: bool
) -> Sight:
    """Return from where all is seen, where that can be read or `is_whole`; else its beginning, or around an item."""
    sight = whole(drawing, room)
    if sight.scale >= READABLE or is_whole:
        return sight
    return around(drawing, items, item, READABLE, room) if item else beginning(drawing, items, room)


def beginning(drawing: Drawing, items: Mapping[str, Item], room: QSizeF) -> Sight:
    """Return from where what data flow through first is seen, at a readable size."""
    first = next((items[key] for key in drawing.order if key in items), None)
    place = rect_of(first) if first else QRectF()
    middle = place.center().y()
    return Sight(READABLE, _origin(drawing, QRectF(0, middle, 0, 0), READABLE, room))


def around(drawing: Drawing, items: Mapping[str, Item], item: Item, scale: float, room: QSizeF) -> Sight:
    """Return from where an item is seen with its neighbours: as many as there is room for, the nearest first."""
    place = rect_of(item)
    keys = {
        *(to for come, to in drawing.links if come == item.key),
        *(come for come, to in drawing.links if to == item.key),
    }
    middle, seen = place.center(), place
    beside = [rect_of(items[key]) for key in sorted(keys & items.keys())]
    for each in sorted(beside, key=lambda other: (other.center() - middle).manhattanLength()):
        both = seen.united(each)
        if _fits(both, scale, room):
            seen = both
    return Sight(scale, _origin(drawing, seen, scale, room))


def uncovered(sight: Sight, item: Item, cover: QRectF) -> Sight:
    """Return a sight that is so much lower that an item lies above what covers a piece of the screen."""
    place, scale = rect_of(item), sight.scale
    on_screen = QRectF((place.topLeft() - sight.origin) * scale, place.size() * scale).adjusted(
        -RING, -RING, RING, RING
    )
    if not on_screen.intersects(cover):
        return sight
    return Sight(scale, sight.origin + QPointF(0, (on_screen.bottom() - cover.top()) / scale))


def _fits(place: QRectF, scale: float, room: QSizeF) -> bool:
    wide, high = room.width() / scale - 2 * MARGIN, room.height() / scale - 2 * MARGIN
    return place.width() <= wide and place.height() <= high


def _origin(drawing: Drawing, place: QRectF, scale: float, room: QSizeF) -> QPointF:
    """Return the corner from which `place` is in the middle, but no more of what is beside the drawing than must be."""
    middle = place.center()
    return QPointF(
        _along(middle.x(), drawing.width, room.width() / scale),
        _along(middle.y(), drawing.height, room.height() / scale),
    )


def _along(middle: float, length: float, room: float) -> float:
    if room >= length + 2 * MARGIN:
        return (length - room) / 2
    return min(max(middle - room / 2, -MARGIN), length + MARGIN - room)


class Glide(QObject):
    """A short smooth move from one sight to another."""

    seen = Signal(object)
    """A `Sight` on the way; the last one is that which was wanted."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._begin = self._end = Sight(1.0, QPointF())
        self._run = QVariantAnimation(self)
        self._run.setDuration(GLIDE_MS)
        self._run.setStartValue(0.0)
        self._run.setEndValue(1.0)
        self._run.setEasingCurve(QEasingCurve.Type.InOutCubic)
        self._run.valueChanged.connect(lambda share: self.seen.emit(self._between(share)))

    def start(self, begin: Sight, end: Sight) -> None:
        """Go from here to there, at once for who wants less motion; what was on its way is forgotten."""
        self._run.stop()
        self._begin, self._end = begin, end
        if motion.is_reduced():
            self.seen.emit(end)
        else:
            self._run.start()

    def stop(self) -> None:
        """Stay where it is now."""
        self._run.stop()

    @property
    def is_moving(self) -> bool:
        """Whether it is on its way."""
        return self._run.state() == QVariantAnimation.State.Running

    def _between(self, share: float) -> Sight:
        """Return the sight after a share of the way: as if one fixed point were zoomed around, or plainly moved."""
        begin, end = self._begin, self._end
        if share >= 1:
            return end
        scale = begin.scale * math.exp(share * math.log(end.scale / begin.scale))
        way = (
            share
            if begin.scale == end.scale
            else (1 / begin.scale - 1 / scale) / (1 / begin.scale - 1 / end.scale)
        )
        return Sight(scale, begin.origin + (end.origin - begin.origin) * way)
