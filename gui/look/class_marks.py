"""What a class looks like in plots besides its colour, of which there are ten: a shape for its points, lines in areas.

The first ten classes are plain dots and areas; the next ten have the same colours with another shape, and so on: a
hundred classes, which is more than data may have, are told apart.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPolygonF

COLORS = 10  # the number of colours
REACH = 1.6  # how far a shape reaches from its middle at most, in radii of a dot


def _turned(places: Iterable[tuple[float, float]], *degrees: float) -> list[QPointF]:
    """Return these places around (0, 0), turned by each of the angles one after the other."""
    turns = [(math.sin(angle), math.cos(angle)) for angle in map(math.radians, degrees)]
    return [
        QPointF(cosine * x - sine * y, sine * x + cosine * y) for sine, cosine in turns for x, y in places
    ]


_TRIANGLE = (0.0, -REACH), (1.35, 0.85), (-1.35, 0.85)
_CORNER, _ARM, _BAR = (
    ((0.0, -1.5),),
    ((-0.4, -REACH), (0.4, -REACH), (0.4, -0.4)),
    ((1.6, -0.6), (1.6, 0.6)),
)
_QUARTERS = 0, 90, 180, 270

# Dot, triangle, cross, square ...: for a dot of radius 1, around (0, 0). `None` is the dot itself.
SHAPES = (
    None,
    _turned(_TRIANGLE, 0),
    _turned(_ARM, *(angle + 45 for angle in _QUARTERS)),
    _turned(_CORNER, *(angle + 45 for angle in _QUARTERS)),
    _turned(_TRIANGLE, 180),
    _turned(_ARM, *_QUARTERS),
    _turned(_CORNER, *_QUARTERS),
    _turned(_BAR, 0, 180),
    _turned(_TRIANGLE, 90),
    _turned(_BAR, 90, 270),
)

_STYLE = Qt.BrushStyle

# What lies over an area, in the same order.
LINES = (
    _STYLE.NoBrush,
    _STYLE.BDiagPattern,
    _STYLE.DiagCrossPattern,
    _STYLE.HorPattern,
    _STYLE.FDiagPattern,
    _STYLE.CrossPattern,
    _STYLE.VerPattern,
    _STYLE.Dense7Pattern,
    _STYLE.Dense6Pattern,
    _STYLE.Dense5Pattern,
)


def lines_of(number: int) -> Qt.BrushStyle:
    """Return the lines that lie over an area of a class; none for the first ten."""
    return LINES[number // COLORS % len(LINES)]


def draw_mark(painter: QPainter, middle: QPointF, radius: float, number: int) -> None:
    """Draw a point of a class, about as large as a dot of that radius, with the painter's pen and brush."""
    shape = SHAPES[number // COLORS % len(SHAPES)]
    if shape is None:
        painter.drawEllipse(middle, radius, radius)
    else:
        painter.drawPolygon(QPolygonF([middle + each * radius for each in shape]))
