"""A page that is too narrow for its columns: they lie below each other, each as high as the room of the window.

Where a line is still wider than its room, its parts do as well.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QLayout, QWidget

from gui.look.fonts import scaled, size_again
from gui.look.layout import NO_LIMIT

Direction = QBoxLayout.Direction
ACROSS, DOWN, UP = Direction.LeftToRight, Direction.TopToBottom, Direction.BottomToTop

SCREEN = 200  # least height of a part that fills a screen, in letters of 100 %

type Part = QWidget | QLayout


class Turn(NamedTuple):
    """The direction of a box on a narrow page, and how many screens each part fills there; 0: its size hint."""

    box: QBoxLayout
    direction: Direction
    shares: tuple[int, ...]


class Reflow:
    """Turns boxes, of which the first that is shown gives the page its height, and breaks lines.

    `sides` have a fixed width, which is that of a column and does not hold on a narrow page. `head` is the height of
    what stands in that box above its first part, in pixels of letters of 100 %.
    """

    screens: ClassVar[int] = 1  # that a page without such a box fills

    def __init__(self, *turns: Turn, sides: Sequence[QWidget] = (), head: int = 0) -> None:
        self._head, self._sides = head, sides
        self.is_narrow, self.room = False, QSize()  # the window's room
        usual = [Turn(box, box.direction(), tuple(map(box.stretch, range(box.count())))) for box, *_ in turns]
        self._turns = {True: turns, False: usual}
        self._broken: list[QBoxLayout] = []

    def height(self, tab: QWidget) -> int:
        """Return the height of a narrow page on which each part fits into the room, below what stands above all."""
        screen = max(self.room.height(), scaled(SCREEN))
        for box, _, shares in self._turns[True]:
            if sum(shares) and (around := _around(box)).isVisibleTo(tab):
                above = around.mapTo(tab, box.geometry().topLeft()).y() + scaled(self._head)
                below = box.spacing() * (len(shares) - 1)
                for part, share in zip(_parts(box), shares, strict=True):
                    least = part.minimumSize() if isinstance(part, QLayout) else part.minimumSizeHint()
                    below += max(share * (screen - above), (least if share else part.sizeHint()).height())
                return above + below
        return self.screens * screen

    def turn(self, room: QSize, *, narrow: bool) -> None:
        """Arrange the boxes; asked at each new size, and after the sides have got their width in other letters."""
        self.room = room
        while self._broken:
            _turn_line(line := self._broken.pop(), _parts(line), ACROSS)
        is_new, self.is_narrow = narrow != self.is_narrow, narrow
        if is_new:
            for box, direction, shares in self._turns[narrow]:
                box.setDirection(direction)
                for place, share in enumerate(shares):
                    box.setStretch(place, share)
            for side in self._sides:
                size_again(side)
        for side in self._sides if narrow else ():
            side.setMinimumWidth(0)
            side.setMaximumWidth(NO_LIMIT)
        for box, *_ in self._turns[narrow] if is_new else ():
            _renew(_around(box))

    def break_lines(self, layout: QLayout, room: int) -> None:
        """Put the parts of each line that is wider than its room below each other, from the outside in."""
        edges, parts = layout.contentsMargins(), _parts(layout)
        room -= edges.left() + edges.right()
        rooms = [room] * len(parts)
        if isinstance(layout, QGridLayout):
            places: list[Any] = [layout.getItemPosition(layout.indexOf(part)) for part in parts]
            columns = [column for _, column, *_ in places]
            fixed = {column: layout.columnMinimumWidth(column) for column in columns}
            room -= sum(fixed.values()) + layout.horizontalSpacing() * (len(fixed) - 1)
            rooms = [fixed[column] or room // list(fixed.values()).count(0) for column in columns]
        elif isinstance(layout, QBoxLayout) and layout.direction() == ACROSS and len(parts) > 1:
            self._broken.append(layout)
            _turn_line(layout, parts, DOWN)
        for part, room in zip(parts, rooms, strict=True):
            inner = part.layout()
            if inner is not None and inner.minimumSize().width() > room:
                self.break_lines(inner, room)


def _turn_line(line: QBoxLayout, parts: Sequence[Part], direction: Direction) -> None:
    around, is_line = _around(line), direction == ACROSS
    line.setDirection(direction)
    for part in parts:
        if isinstance(part, QWidget) and not line.stretch(line.indexOf(part)):
            line.setAlignment(part, Qt.AlignmentFlag(0) if is_line else Qt.AlignmentFlag.AlignLeft)
    if is_line:
        size_again(around)
    elif around.minimumHeight() == around.maximumHeight():
        around.setMinimumHeight(0)
        around.setMaximumHeight(NO_LIMIT)
    _renew(around)


def _parts(layout: QLayout) -> list[Part]:
    """Return what is in a layout. Its items stay untouched: Qt for Python keeps a wrapper of each beyond its end."""
    inside = (*_around(layout).children(), *layout.children())
    parts = [part for part in inside if isinstance(part, QWidget | QLayout) and layout.indexOf(part) >= 0]
    return sorted(parts, key=layout.indexOf)


def _around(layout: QLayout) -> QWidget:
    widget = layout.parentWidget()
    assert widget is not None
    return widget


def _renew(widget: QWidget | None) -> None:
    """Find the least sizes of a widget and of all around it now: layouts tell each other one event later."""
    while widget is not None and (layout := widget.layout()) is not None:
        layout.activate()
        widget.updateGeometry()
        widget = widget.parentWidget()
