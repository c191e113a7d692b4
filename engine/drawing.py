"""A drawing as a person made it: strokes of a pen on a square, not pixels; named, it is kept in the session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

SIDE = 28.0
"""Length of the square's sides in the units of points: as many as MNIST's images have pixels."""

MOST_POINTS = 100_000


class Point(NamedTuple):
    """Where the pen was, from the upper left corner, and how hard it was pressed (0 to 1)."""

    x: float
    y: float
    pressure: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """What the pen did between touching the paper and leaving it. `width` is in the units of points."""

    points: tuple[Point, ...]
    width: float
    erases: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Strokes in the order in which they were made."""

    strokes: tuple[Stroke, ...]

    def as_plain(self) -> list[dict[str, Any]]:
        """Return the strokes as plain values, fit for JSON."""
        return [
            {
                "points": [list(point) for point in stroke.points],
                "width": stroke.width,
                "erases": stroke.erases,
            }
            for stroke in self.strokes
        ]

    @classmethod
    def from_plain(cls, strokes: Any) -> Drawing:
        """Return the drawing that `as_plain` gave; raise `ValueError`, `TypeError` or `KeyError` for anything else."""
        made = tuple(
            Stroke(
                points=tuple(Point(*(float(number) for number in point)) for point in stroke["points"]),
                width=float(stroke["width"]),
                erases=bool(stroke["erases"]),
            )
            for stroke in strokes
        )
        if sum(len(stroke.points) for stroke in made) > MOST_POINTS:
            raise ValueError("A drawing has fewer points than that.")
        return cls(strokes=made)
