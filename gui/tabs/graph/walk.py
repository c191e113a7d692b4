"""Moving over a graph: by keys along its wires, or to what lies above and below; by hand never out of sight."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from PySide6.QtCore import QPointF, QSizeF, Qt

from engine.graph.messages import Drawing, Item

type Way = Literal["left", "right", "up", "down"]

KEPT_IN_SIGHT = 60.0
"""So much of the graph stays in sight, however far it is dragged."""

WAYS: dict[Qt.Key, Way] = {
    Qt.Key.Key_Left: "left",
    Qt.Key.Key_Right: "right",
    Qt.Key.Key_Up: "up",
    Qt.Key.Key_Down: "down",
}

ACROSS = 0.3
"""How much a pixel to the side counts beside one up or down, where the nearest is looked for."""


def held(origin: QPointF, scale: float, size: QSizeF, drawing: Drawing) -> QPointF:
    """Return the corner nearest to `origin` from which a view of this size still sees a piece of the graph."""
    kept = min(KEPT_IN_SIGHT, size.width() / 2, size.height() / 2) / scale
    return QPointF(
        min(max(origin.x(), kept - size.width() / scale), drawing.width - kept),
        min(max(origin.y(), kept - size.height() / scale), drawing.height - kept),
    )


def neighbour(drawing: Drawing, items: Mapping[str, Item], here: Item, way: Way) -> str:
    """Return the key of the nearest item that way; empty where there is none. `items` are the drawing's, by key.

    Left and right lie at the other ends of the item's wires, above and below whatever is not beside it altogether.
    """
    if way == "right":
        near = [target for source, target in drawing.links if source == here.key]
    elif way == "left":
        near = [source for source, target in drawing.links if target == here.key]
    else:
        near = [key for key, item in items.items() if _is_beyond(here, item, down=way == "down")]
    found = [items[key] for key in near if key in items]
    return min(found, key=lambda item: _distance(here, item)).key if found else ""


def _is_beyond(here: Item, item: Item, *, down: bool) -> bool:
    overlaps = item.x < here.x + here.width and item.x + item.width > here.x
    return not item.is_open and item.key != here.key and overlaps and (_middle(item) > _middle(here)) == down


def _distance(one: Item, other: Item) -> float:
    across = abs(one.x + one.width / 2 - other.x - other.width / 2)
    return abs(_middle(one) - _middle(other)) + ACROSS * across


def _middle(item: Item) -> float:
    return item.y + item.height / 2
