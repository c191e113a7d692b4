"""Charts as numbers and words: the window draws them, reads them out, exports them, and turns them into tables."""

from typing import Literal

from engine.core.frozen import Frozen
from engine.core.lazy import Array


class Curve(Frozen):
    """Points of a plot, in their order; read-only arrays (points,)."""

    label: str
    x: Array
    y: Array
    style: Literal["line", "dashes", "points"] = "line"


class Level(Frozen):
    """A straight line across a plot, at a height or, if `upright`, at a place on the x axis."""

    label: str
    at: float
    upright: bool = False


class Picture(Frozen):
    """The content of one plot."""

    x_label: str
    y_label: str
    curves: tuple[Curve, ...] = ()
    levels: tuple[Level, ...] = ()
    log_x: bool = False
    percent_y: bool = False


class Plot(Frozen):
    """Curves and points over two axes."""

    title: str
    picture: Picture


class Bars(Frozen):
    """A number for each name, as bars from zero; shares of 1 are written in percent if `percent`."""

    title: str
    values: Array  # (bars,)
    names: tuple[str, ...]
    percent: bool = False


class Cells(Frozen):
    """A matrix as colours: from nothing on, or if a number is negative, from blue over the ground to orange."""

    title: str
    values: Array  # (rows, columns)
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    row_label: str = ""
    column_label: str = ""


class Images(Frozen):
    """Pictures with a caption each."""

    title: str
    pictures: Array  # (images, rows, columns), uint8
    captions: tuple[str, ...]


class Sentences(Frozen):
    """A text."""

    title: str
    text: str


type Chart = Plot | Bars | Cells | Images | Sentences
