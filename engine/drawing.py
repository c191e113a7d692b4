"""A drawing as a person made it: strokes of a pen on a square, perhaps over a picture; named, it is kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.lazy import np

if TYPE_CHECKING:
    type Picture = np.ndarray[Any, Any]

SIDE = 28.0
"""Length of the square's sides in the units of points: as many as MNIST's images have pixels."""

MOST_POINTS = 100_000

MOST_PIXELS = 4_000_000
"""Of a picture below the strokes."""


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawing:
    """Strokes in the order in which they were made, over a picture (rows, columns).

    The picture is in uint8, 0 for the ground to 255 for ink, or, where it is what a network received, to the last bit,
    in float32, 0 to 1.
    """

    strokes: tuple[Stroke, ...]
    picture: Picture | None = None
    caption: str = ""
    """What the picture is, in a few words."""

    def __eq__(self, other: object) -> bool:
        """Whether both look the same, to the last pixel."""
        if self is other or not isinstance(other, Drawing):
            return self is other
        if (self.strokes, self.caption) != (other.strokes, other.caption):
            return False
        if self.picture is None or other.picture is None:
            return self.picture is other.picture
        return np.array_equal(self.picture, other.picture)

    def __hash__(self) -> int:
        return hash((self.strokes, self.caption))

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
        """Return the strokes that `as_plain` gave; raise `ValueError`, `TypeError` or `KeyError` for anything else."""
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

    def over(self, picture: Picture, caption: str) -> Drawing:
        """Return the same strokes over a picture; raise `ValueError` when it is none."""
        if (
            picture.dtype not in (np.uint8, np.float32)
            or picture.ndim != 2
            or not 0 < picture.size <= MOST_PIXELS
        ):
            raise ValueError("That is no picture.")
        return replace(self, picture=picture, caption=caption)
