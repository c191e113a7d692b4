"""Layouts as expressions.

A part is a widget, a layout, a space between two of them, or `SPRING`, a stretch. The second value of a tuple is the
stretch factor of a widget or a layout, the third its alignment.

    vbox(self.heading, (self.text, 1), hbox(self.copy, SPRING, self.close, gap="small"), edges="large", on=self)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from PySide6 import QtWidgets
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QGridLayout,
    QHBoxLayout,
    QLayout,
    QLayoutItem,
    QScrollArea,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from gui.look.fonts import metrics
from gui.look.words import named


@dataclass(frozen=True, slots=True)
class Spring:
    """A stretch with a factor; 0 takes room only if nothing else does."""

    factor: int = 1


SPRING = Spring()

type Space = int | Literal["tight", "small", "medium", "large"]  # pixels, or a name of the theme

# One for all sides; horizontal and vertical; or left, top, right, bottom, where words run from left to right.
type Edges = Space | tuple[Space, Space] | tuple[Space, Space, Space, Space]

PAGE: Edges = "large", "large", "large", "medium"  # margins of a tab's page
MAIN = 4  # share of a page's main part beside a column, which has a least width and grows on large screens only
TOOLS_PAGE: Edges = "large", "small", "large", "medium"  # of one that begins with a line of tools

type Item = QWidget | QLayout

type Part = Item | Space | Spring | tuple[Item, int] | tuple[QWidget, int, Qt.AlignmentFlag]

type Cell = (
    tuple[Item, int, int]
    | tuple[QWidget, int, int, Qt.AlignmentFlag]
    | tuple[Item, int, int, int, int]
    | tuple[QWidget, int, int, int, int, Qt.AlignmentFlag]
)

NO_STRETCH: Mapping[int, int] = {}


def vbox(*parts: Part, gap: Space | None = None, edges: Edges | None = 0, on: QWidget | None = None) -> QVBoxLayout:
    """Return a layout with its parts below each other, `gap` pixels apart and `edges` pixels from the border.

    `None` is the default of the style. `on` is the widget that gets the layout; without it, it goes into another one.
    """
    return _filled(QVBoxLayout(on) if on else QVBoxLayout(), parts, gap, edges)


def hbox(*parts: Part, gap: Space | None = None, edges: Edges | None = 0, on: QWidget | None = None) -> QHBoxLayout:
    """Return a layout with its parts beside each other, as `vbox` does."""
    return _filled(QHBoxLayout(on) if on else QHBoxLayout(), parts, gap, edges)


def gridbox(
    *cells: Cell,
    columns: Mapping[int, int] = NO_STRETCH,
    rows: Mapping[int, int] = NO_STRETCH,
    gap: Space | tuple[Space | None, Space | None] | None = None,
    edges: Edges | None = 0,
    on: QWidget | None = None,
) -> QGridLayout:
    """Return a grid; a cell has the arguments of `QGridLayout.addWidget` or `addLayout`.

    `columns` and `rows` are stretch factors; `gap` may be a pair for columns and rows. The rest is as in `vbox`.
    """
    layout = QGridLayout(on) if on else QGridLayout()
    beside, below = gap if isinstance(gap, tuple) else (gap, gap)
    if beside is not None:
        layout.setHorizontalSpacing(pixels(beside))
    if below is not None:
        layout.setVerticalSpacing(pixels(below))
    _set_edges(layout, edges)
    for item, *place in cells:
        _put(layout, item, *place)
    for column, stretch in columns.items():
        layout.setColumnStretch(column, stretch)
    for row, stretch in rows.items():
        layout.setRowStretch(row, stretch)
    return layout


def add(layout: QBoxLayout, *parts: Part) -> None:
    """Append parts to a layout, such as the body of a panel."""
    for part in parts:
        item, *share = part if isinstance(part, tuple) else (part,)
        if isinstance(item, QWidget | QLayout):
            _put(layout, item, *share)
        elif isinstance(item, Spring):
            layout.addStretch(item.factor)
        else:
            layout.addSpacing(pixels(item))


def holder(layout: QLayout) -> QWidget:
    """Return a widget with the layout, which can be shown and hidden as a whole."""
    widget = QWidget()
    widget.setLayout(layout)
    return widget


def stack(*pages: QWidget) -> QtWidgets.QStackedWidget:
    """Return pages of which one is shown, at first the first."""
    stacked = QtWidgets.QStackedWidget()
    for page in pages:
        stacked.addWidget(page)
    return stacked


def scrolling(page: QWidget, name: str, *, sideways: bool = False) -> QScrollArea:
    """Return a scroll area without a frame around a page, vertical only unless `sideways`.

    The area never takes the focus: widgets on the page do, and are then scrolled into view.
    """
    area = named(QScrollArea(), name)
    area.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidgetResizable(True)
    if not sideways:
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(page)
    for widget in (area.viewport(), page):
        widget.setAutoFillBackground(False)
    return area


NO_LIMIT = 16_777_215  # Qt's largest width and height of a widget; PySide does not have it


class Flow(QLayout):
    """Each item has the width of its hint, in lines with the same `gap`; the height depends on the width.

    If they are `spread`, the last one of several ends its line.
    """

    def __init__(self, gap: int = 0, *, spread: bool = False) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._gap, self._spread = gap, spread

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(QRect(0, 0, width, 0), moves=False)

    def setGeometry(self, place: QRect) -> None:
        super().setGeometry(place)
        self._place(place, moves=True)

    def sizeHint(self) -> QSize:
        sizes = [item.sizeHint() for item in self._items]
        width = sum(size.width() for size in sizes) + self._gap * max(0, len(sizes) - 1)
        return QSize(width, max((size.height() for size in sizes), default=0))

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def _place(self, place: QRect, *, moves: bool) -> int:
        lines, room = [list[tuple[QLayoutItem, QSize]]()], place.width()
        for item in self._items:
            if item.isEmpty():
                continue
            size = item.sizeHint().boundedTo(QSize(place.width(), NO_LIMIT))
            if lines[-1] and size.width() > room:
                lines.append([])
                room = place.width()
            lines[-1].append((item, size))
            room -= size.width() + self._gap
        top, around = place.top(), self.parentWidget()
        direction = around.layoutDirection() if around is not None else Qt.LayoutDirection.LeftToRight
        for line in lines:
            left, high = place.left(), max((size.height() for _, size in line), default=0)
            for number, (item, size) in enumerate(line if moves else (), 1):
                if self._spread and number == len(line) > 1:
                    left = place.left() + place.width() - size.width()
                spot = QRect(left, top, size.width(), high)
                item.setGeometry(QStyle.visualRect(direction, place, spot))
                left += size.width() + self._gap
            top += high + self._gap
        return top - self._gap - place.top()


class Ends(Flow):
    """Two widgets at both ends of a line, the first as narrow as it can be before the last goes below it."""

    def _place(self, place: QRect, *, moves: bool) -> int:
        first, last = self._items
        (one, other), around = (item.sizeHint() for item in self._items), self.parentWidget()
        direction = around.layoutDirection() if around is not None else Qt.LayoutDirection.LeftToRight
        rest, high = place.width() - other.width() - self._gap, max(one.height(), other.height())
        is_line = first.minimumSize().width() <= rest
        wide, down = (rest, 0) if is_line else (place.width(), high + self._gap)
        spots = (
            (first, QRect(place.left(), place.top(), min(one.width(), wide), high)),
            (last, QRect(place.right() + 1 - other.width(), place.top() + down, other.width(), high)),
        )
        for item, spot in spots if moves else ():
            item.setGeometry(QStyle.visualRect(direction, place, spot))
        return down + high


def ends(first: QLayout, last: QLayout, gap: int) -> Ends:
    """Return two layouts at both ends of a line, or below each other where they have no room beside."""
    line = Ends(gap)
    for part in first, last:
        line.addWidget(holder(part))
    return line


class Fitted:
    """What a widget inherits, before its Qt class, to arrange its content at each new size."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)  # type: ignore[misc]
        self._fit()

    def _fit(self) -> None:
        """Arrange the content in the room there is: leave out what has none, or give it back."""


def pixels(space: Space) -> int:
    """Return a space in pixels."""
    return int(metrics()["space"][space]) if isinstance(space, str) else space


def _filled[Box: QBoxLayout](layout: Box, parts: tuple[Part, ...], gap: Space | None, edges: Edges | None) -> Box:
    if gap is not None:
        layout.setSpacing(pixels(gap))
    _set_edges(layout, edges)
    add(layout, *parts)
    return layout


def _put(layout: Any, item: Item, *how: object) -> None:
    (layout.addWidget if isinstance(item, QWidget) else layout.addLayout)(item, *how)


def _set_edges(layout: QLayout, edges: Edges | None) -> None:
    if edges is not None:
        sides = edges if isinstance(edges, tuple) else (edges,)
        left, top, right, bottom = (pixels(side) for side in sides * (4 // len(sides)))
        set_margins(layout, left, top, right, bottom)


def set_margins(inside: QLayout | QWidget, start: int, top: int, end: int, bottom: int) -> None:
    """Set margins in pixels; `start` is where words begin, the left unless they run from the right."""
    left, right = (end, start) if QApplication.isRightToLeft() else (start, end)
    inside.setContentsMargins(left, top, right, bottom)


def put(child: QWidget, place: QRect) -> None:
    """Put a child that no layout has into its place, mirrored where words run from the right."""
    around = child.parentWidget()
    assert around is not None
    child.setGeometry(QStyle.visualRect(around.layoutDirection(), around.rect(), place))


def closest[W: QWidget](widget: QWidget | None, kind: type[W]) -> W | None:
    """Return the widget if it is of that class, else the closest one around it."""
    while widget is not None and not isinstance(widget, kind):
        widget = widget.parentWidget()
    return widget
