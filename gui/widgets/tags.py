"""Where the short names of curves stand: at the curves' ends, and where that is taken, further left on the curve."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF

from gui.widgets.curve import Curve

GAP = 4.0
TRIES = 6


def place_tags(
    curves: Iterable[Curve], box: pg.ViewBox, height: Callable[[Curve, float], float | None]
) -> None:
    """Move the tags of the drawn curves apart, later curves' first; one that finds no room is not shown.

    `height` tells where on the vertical axis a curve is at an epoch; `None` where it is not.
    """
    taken: list[QRectF] = []
    for curve in reversed([curve for curve in curves if curve.end is not None]):
        place = _free_place(curve, taken, box, height)
        curve.text.setVisible(place is not None)
        if place is not None:
            curve.text.setPos(*place)
            taken.append(_area(curve, box, *place))


def _free_place(
    curve: Curve, taken: list[QRectF], box: pg.ViewBox, height: Callable[[Curve, float], float | None]
) -> tuple[float, float] | None:
    x, y = curve.end or (0.0, 0.0)
    for _ in range(TRIES):
        area = _area(curve, box, x, y)
        if area.left() < 0:  # so young a curve has its name behind its end, not on the axis
            area.moveLeft(area.right() + GAP)
            x = float(box.mapToView(QPointF(area.right(), 0)).x())
        if area.top() < 0:  # so high a curve has its name below it
            area.moveTop(area.bottom() + GAP)
            y = float(box.mapToView(QPointF(0, area.bottom())).y())
        in_the_way = next((other for other in taken if other.intersects(area)), None)
        if in_the_way is None:
            return x, y
        x = float(box.mapToView(QPointF(in_the_way.left() - GAP, 0)).x())
        there = height(curve, x)
        if there is None:
            return None
        y = there
    return None


def _area(curve: Curve, box: Any, x: float, y: float) -> QRectF:
    """Return what the tag covers in pixels of the box when its lower right corner is at (x, y)."""
    corner, size = box.mapFromView(QPointF(x, y)), curve.text.boundingRect()
    return QRectF(corner.x() - size.width(), corner.y() - size.height(), size.width(), size.height())
