"""What is marked in a plot of curves: changes of settings, as groups where they are close, and one point in words."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pyqtgraph as pg
from PySide6.QtCore import QPointF

from gui.look.fonts import font
from gui.look.theme import theme, thick
from gui.look.words import escaped

APART = 8.0  # marks that are closer, in pixels, are grouped: a drag of a slider makes dozens
REACH = 6.0  # maximum distance of the mouse from a mark, in pixels


class Mark(NamedTuple):
    """A change of a setting at a position of the horizontal axis."""

    x: float
    what: str
    before: str
    after: str


class Group(NamedTuple):
    """Marks that are drawn as one, at the position of the last, with what changed in total."""

    x: float
    marks: tuple[Mark, ...]


def grouped(marks: Sequence[Mark], apart: float) -> list[Group]:
    """Return marks, with ascending x, as groups that are at least `apart` from each other.

    A group has one mark for each setting, from before its first change to after its last. Settings that are back at
    their value are left out, and so are groups without any other.
    """
    return [group for near in _runs(marks, apart) if (group := _joined(near)).marks]


def _runs(marks: Sequence[Mark], apart: float) -> Iterator[list[Mark]]:
    """Yield sequences of marks that are closer than `apart` to the one before."""
    near: list[Mark] = []
    for mark in marks:
        if near and mark.x - near[-1].x >= apart:
            yield near
            near = []
        near.append(mark)
    if near:
        yield near


def _joined(near: Sequence[Mark]) -> Group:
    changed: dict[str, Mark] = {}
    for mark in near:
        first = changed.get(mark.what)
        changed[mark.what] = mark._replace(before=first.before) if first else mark
    return Group(near[-1].x, tuple(mark for mark in changed.values() if mark.before != mark.after))


DOT, GAP = 7, 6  # diameter of the dot, and distance from its centre to the text, in pixels


class Spot(NamedTuple):
    """A point in the plot's coordinates, and the text beside it."""

    x: float
    y: float
    words: str


class SpotMark:
    """Draws a spot by items that the plot adds. The text is above the dot, at the top of the plot below it."""

    def __init__(self) -> None:
        self.spot: Spot | None = None  # the spot, if any
        self._dot = pg.ScatterPlotItem(size=DOT, pen=None)
        self._text = pg.TextItem()
        for item in (self._dot, self._text):
            item.setZValue(1)
            item.setVisible(False)
        self.items = (self._dot, self._text)

    @property
    def is_seen(self) -> bool:
        return bool(self._dot.isVisible())

    def show(self, spot: Spot | None) -> None:
        """Set the spot, which is placed when the plot is drawn next; `None` for none."""
        if spot != self.spot:
            self.spot = spot
            self.restyle()

    def restyle(self) -> None:
        colors = theme().current
        self._dot.setSize(thick(DOT))
        self._dot.setBrush(colors.color("curve_2"))
        self._text.setFont(font("axis"))
        text = escaped(self.spot.words) if self.spot else ""
        self._text.setHtml(f"<span style='color: {colors.muted}'>{text}</span>")
        self._text.fill = pg.mkBrush(colors.color("surface"))  # no line strikes the words through

    def place(self, box: Any, log: bool) -> None:
        """Place dot and text in a view box."""
        spot, ((left, right), (low, high)) = self.spot, box.viewRange()
        height = math.nan
        if spot is not None:
            height = (math.log10(spot.y) if spot.y > 0 else math.nan) if log else spot.y
        seen = spot is not None and left <= spot.x <= right and low <= height <= high
        for item in self.items:
            item.setVisible(seen)
        if spot is None or not seen:
            return
        self._dot.setData([spot.x], [height])
        middle, size = box.mapFromView(QPointF(spot.x, height)), self._text.boundingRect()
        edge = min(max(middle.x() - size.width() / 2, 0.0), max(box.width() - size.width(), 0.0))
        above = middle.y() - GAP - size.height()
        top = above if above >= 0 else middle.y() + GAP
        self._text.setPos(box.mapToView(QPointF(edge, top)))
