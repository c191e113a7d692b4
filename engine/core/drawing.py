"""A drawing as a person made it: strokes of a pen on a square, optionally over a picture.

Named drawings belong to the session. The unnamed one on the canvas is part of the window's state: `CanvasState`.
"""

import base64
import zlib
from dataclasses import replace
from typing import Any, NamedTuple, Self

from engine.core.frozen import Frozen
from engine.core.lazy import Array, np

SIDE = 28.0  # length of the square's sides in the units of points: the pixels of an MNIST image

MOST_POINTS = 100_000

MOST_PIXELS = 4_000_000  # of the picture below the strokes
FARTHEST = 1_000.0  # upper limit for coordinates and widths that are read from a file, in the units of points


class Point(NamedTuple):
    """The position of the pen, from the upper left corner, and its pressure (0 to 1)."""

    x: float
    y: float
    pressure: float = 1.0


class Stroke(Frozen):
    """The path of the pen from touching the paper to leaving it. `width` is in the units of points."""

    points: tuple[Point, ...]
    width: float
    erases: bool = False


class Drawing(Frozen, eq=False):
    """Strokes in their order over a picture (rows, columns): uint8, 255 for ink, or float32 as a network got it."""

    strokes: tuple[Stroke, ...]
    picture: Array | None = None
    caption: str = ""  # what the picture is, in a few words

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
        """Return the strokes as values for JSON."""
        return [
            {"points": [list(point) for point in stroke.points], "width": stroke.width, "erases": stroke.erases}
            for stroke in self.strokes
        ]

    @classmethod
    def from_plain(cls, strokes: Any) -> Self:
        """Return the drawing from the values of `as_plain`; raise `ValueError`, `TypeError` or `KeyError` otherwise."""
        drawn = tuple(
            Stroke(
                points=tuple(Point(*(float(number) for number in point)) for point in stroke["points"]),
                width=float(stroke["width"]),
                erases=bool(stroke["erases"]),
            )
            for stroke in strokes
        )
        check_strokes(drawn)
        return cls(strokes=drawn)

    def over(self, picture: Array, caption: str) -> Self:
        """Return the same strokes over a picture; raise `ValueError` for an array that cannot be one."""
        if (
            picture.dtype not in (np.uint8, np.float32)
            or picture.ndim != 2
            or not 0 < picture.size <= MOST_PIXELS
            or not np.isfinite(picture).all()
        ):
            raise ValueError("That is no picture.")
        return replace(self, picture=picture, caption=caption)


def check_strokes(strokes: tuple[Stroke, ...]) -> None:
    """Raise `ValueError` for strokes that no pen makes: painting them would fail or take for ever."""
    if sum(len(stroke.points) for stroke in strokes) > MOST_POINTS:
        raise ValueError("A drawing has fewer points than that.")
    for stroke in strokes:
        numbers = np.array(stroke.points, np.float64)
        if not (
            stroke.points
            and 0 < stroke.width <= FARTHEST
            and (np.abs(numbers[:, :2]) <= FARTHEST).all()  # false for NaN as well
            and ((numbers[:, 2] >= 0) & (numbers[:, 2] <= 1)).all()
        ):
            raise ValueError("No pen makes such a stroke.")


class CanvasState(Frozen, eq=False):
    """What is on the canvas and how it is read: all that has to be stored to show the same answer again."""

    drawing: Drawing
    is_raw: bool = False  # whether the network receives it without the preparation that centres it
    change: Array | None = None  # what was added to an earlier picture to make this one, float32 of its shape

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """Return the state from the values of `as_plain`; raise one of `NO_CANVAS` for anything else."""
        if sum(_count(stroke) for stroke in plain["strokes"]) > MOST_POINTS:  # before any is unpacked
            raise ValueError("A drawing has fewer points than that.")
        strokes = tuple(_stroke(stroke) for stroke in plain["strokes"])
        check_strokes(strokes)
        drawing = Drawing(strokes=strokes)
        change = None
        if plain["picture"] is not None:
            drawing = drawing.over(_array(plain["picture"]), str(plain["caption"]))
            if plain["change"] is not None:
                change = _array(plain["change"])
                if change.shape != drawing.picture.shape or not np.isfinite(change).all():  # type: ignore[union-attr]
                    raise ValueError("The change belongs to another picture.")
        elif not strokes:
            raise ValueError("There is nothing on that canvas.")
        return cls(drawing=drawing, is_raw=bool(plain["is_raw"]), change=change)


# The exceptions that `CanvasState.from_plain` raises for malformed values.
NO_CANVAS = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, zlib.error)


def plain_stroke(stroke: Stroke) -> dict[str, Any]:
    """Return a stroke as values for JSON; the points are exact."""
    points = np.array(stroke.points, "<f8")
    return {"points": _packed(points), "count": len(points), "width": stroke.width, "erases": stroke.erases}


def plain_array(array: Array) -> dict[str, Any]:
    """Return an array (rows, columns) of uint8 or float32 as values for JSON; the numbers are exact."""
    return {"type": array.dtype.name, "shape": list(array.shape), "content": _packed(array)}


def _count(plain: Any) -> int:
    count = int(plain["count"])
    if not 0 < count <= MOST_POINTS:
        raise ValueError("A stroke has one point at least, and fewer than that.")
    return count


def _stroke(plain: Any) -> Stroke:
    count = _count(plain)
    numbers = np.frombuffer(_unpacked(plain["points"], 24 * count), "<f8").reshape(count, 3).tolist()
    width = float(plain["width"])
    return Stroke(points=tuple(Point(*point) for point in numbers), width=width, erases=bool(plain["erases"]))


def _array(plain: Any) -> Array:
    kind: np.dtype[Any] = np.dtype({"uint8": "u1", "float32": "<f4"}[plain["type"]])
    rows, columns = (int(side) for side in plain["shape"])
    if not (rows > 0 and columns > 0 and rows * columns <= MOST_PIXELS):
        raise ValueError("That is no picture.")
    return np.frombuffer(_unpacked(plain["content"], rows * columns * kind.itemsize), kind).reshape(rows, columns)


def _packed(array: Array) -> str:
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return base64.b64encode(zlib.compress(little.tobytes(), 1)).decode("ascii")


def _unpacked(text: Any, size: int) -> bytes:
    """Return exactly `size` bytes; raise one of `NO_CANVAS` for more or fewer."""
    # One byte more than expected is enough to refuse a bomb: a few kilobytes of zlib can hold gigabytes.
    content = zlib.decompressobj().decompress(base64.b64decode(text, validate=True), size + 1)
    if len(content) != size:
        raise ValueError("It has not the size that it tells.")
    return content
