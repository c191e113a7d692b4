"""Marks of classes in plots besides their ten colours: shapes of points, and line patterns over areas.

The first ten classes are plain dots and areas; the next ten have the same colours with another shape, and so on, so
that a hundred classes differ, which is more than data may have.
"""

import math
from collections.abc import Iterable

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPolygonF

COLORS = 10  # number of colours
REACH = 1.6  # maximum distance of a corner from the centre, in radii of a dot


def _rotated(points: Iterable[tuple[float, float]], *degrees: float) -> list[QPointF]:
    """Return the points rotated about (0, 0) by each of the angles in turn."""
    turns = [(math.sin(angle), math.cos(angle)) for angle in map(math.radians, degrees)]
    return [QPointF(cosine * x - sine * y, sine * x + cosine * y) for sine, cosine in turns for x, y in points]


_TRIANGLE = (0.0, -REACH), (1.35, 0.85), (-1.35, 0.85)
_CORNER, _ARM, _BAR = (((0.0, -1.5),), ((-0.4, -REACH), (0.4, -REACH), (0.4, -0.4)), ((1.6, -0.6), (1.6, 0.6)))
_QUARTERS = 0, 90, 180, 270

# Dot (`None`), triangle, cross, square ..., around (0, 0), in the size of a dot of radius 1.
SHAPES = (
    None,
    _rotated(_TRIANGLE, 0),
    _rotated(_ARM, *(angle + 45 for angle in _QUARTERS)),
    _rotated(_CORNER, *(angle + 45 for angle in _QUARTERS)),
    _rotated(_TRIANGLE, 180),
    _rotated(_ARM, *_QUARTERS),
    _rotated(_CORNER, *_QUARTERS),
    _rotated(_BAR, 0, 180),
    _rotated(_TRIANGLE, 90),
    _rotated(_BAR, 90, 270),
)

_STYLE = Qt.BrushStyle

# Line patterns over an area, in the same order.
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
    """Return the line pattern over an area of a class; none for the first ten."""
    return LINES[number // COLORS % len(LINES)]


def draw_mark(painter: QPainter, middle: QPointF, radius: float, number: int) -> None:
    """Draw a point of a class, about as large as a dot of that radius, with the current pen and brush."""
    shape = SHAPES[number // COLORS % len(SHAPES)]
    if shape is None:
        painter.drawEllipse(middle, radius, radius)
    else:
        painter.drawPolygon(QPolygonF([middle + corner * radius for corner in shape]))
