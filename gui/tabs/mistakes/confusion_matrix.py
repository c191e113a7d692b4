"""The confusion matrix: how often each class was read as each, with totals; cells are pointed at and chosen."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.look.arrows import ARROWS
from gui.look.color_maps import magnitude_image
from gui.look.fonts import font
from gui.look.theme import contrast, theme
from gui.tabs.mistakes.confusion_words import name_of

if TYPE_CHECKING:
    from engine.probes.mistakes import Cell, Mistakes

HEAD, GAP, LEAST_CELL, LEAST_HEAD, WIDEST_NAME = 20, 6, 12, 36, 90
"""Height of the line of words, room before the totals, smallest cell, least and most room for names; in pixels."""

HOW_TO = "Click a cell to see its images; a total shows what is misread. Arrow keys move, Return chooses."


class ConfusionMatrix(QWidget):
    """Rows are true classes, columns what they were read as. Mistakes have a scale of colours of their own."""

    chosen = Signal(object)
    """Carries the cell that was clicked, or chosen by Return."""
    pointed = Signal(object)
    """Carries the cell under the mouse or the keys' cursor; `None` for no one."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName("Confusion matrix")
        self.setToolTip(HOW_TO)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._found: Mistakes | None = None
        self.order: list[int] = []
        """The classes from left to right and from top to bottom."""
        self._shares = False
        self._marked: Cell | None = None
        self._name_room = 0.0
        """The widest name's width."""
        self._letters = font("label", numbers=True), font("small_value", numbers=True)
        """Those of what is right and of totals, and those of mistakes."""
        self._pointed: tuple[int, int] | None = None
        """Row and column as they are shown; one more than there are classes for totals."""
        theme().changed.connect(self.update)

    def show_confusion(self, found: Mistakes | None, order: np.ndarray[Any, Any], *, shares: bool) -> None:
        """Show counts, or shares of the true class, with the classes in this order (classes,)."""
        self._found, self.order, self._shares = found, [int(label) for label in order], shares
        measure = QFontMetricsF(font("value"))
        self._name_room = max(
            (measure.horizontalAdvance(self._name(label)) for label in self.order), default=0
        )
        if self._pointed and max(self._pointed) > len(self.order):
            self._pointed = None
        self._tell_pointed()
        self.update()

    def mark(self, cell: Cell | None) -> None:
        """Put a frame around a cell, and no other."""
        self._marked = cell
        self.update()

    def text_of(self, cell: Cell) -> str:
        """Return the number that stands in a cell; nothing for none."""
        if self._found is None:
            return ""
        confusion, (label, answer) = self._found.confusion, cell
        if label is None or answer is None:
            return f"{int(confusion[_all_or(label)][..., _all_or(answer)].sum()):,}"
        count, total = int(confusion[label, answer]), int(confusion[label].sum())
        if not count:
            return ""
        return f"{100 * count / total:.1f}" if self._shares else f"{count:,}"

    def sizeHint(self) -> QSize:
        """As large as there is room."""
        return QSize(480, 420)

    def minimumSizeHint(self) -> QSize:
        """Room for the smallest cells."""
        side = LEAST_CELL * (len(self.order) + 3) + HEAD
        return QSize(side, side)

    # Places -------------------------------------------------------------------------------------------------------

    def place_of(self, cell: Cell) -> QRectF:
        """Return where a cell lies."""
        return self._place(*(len(self.order) if each is None else self.order.index(each) for each in cell))

    def _place(self, row: int, column: int) -> QRectF:
        left, top, across, down = self._measures()
        many = len(self.order)
        x = left + column * across + (GAP if column == many else 0)
        y = top + row * down + (GAP if row == many else 0)
        return QRectF(round(x), round(y), round(x + across) - round(x), round(y + down) - round(y))

    def _measures(self) -> tuple[float, float, float, float]:
        """Return where the first cell begins, left and top, and a cell's width and height."""
        left, top = max(min(self._name_room, WIDEST_NAME) + 14, LEAST_HEAD), HEAD + 22
        many = len(self.order) + 1
        across, down = (self.width() - left - GAP - 1) / many, (self.height() - top - GAP - 1) / many
        return left, top, min(across, 1.6 * down), min(down, 1.2 * across)

    def _at(self, position: QPointF) -> tuple[int, int] | None:
        many = len(self.order)
        if not many or self._found is None:
            return None
        left, top, across, down = self._measures()
        places = []
        for at, begin, size in ((position.y(), top, down), (position.x(), left, across)):
            number = int((at - begin) // size)
            if number >= many:
                number = int((at - begin - GAP) // size)
            places.append(number)
        row, column = places
        return (row, column) if 0 <= row <= many and 0 <= column <= many else None

    def _cell(self, place: tuple[int, int]) -> Cell:
        row, column = (self.order[each] if each < len(self.order) else None for each in place)
        return row, column

    def _name(self, label: int) -> str:
        return name_of(self._found.names if self._found else (), label)

    # What a person does -------------------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at the cell under the mouse."""
        self._point_at(self._at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the cell under the mouse."""
        place = self._at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self._point_at(place)
            self.chosen.emit(self._cell(place))

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing when the mouse has left."""
        super().leaveEvent(event)
        self._point_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from cell to cell with the arrows, choose one with Return."""
        key, many = Qt.Key(event.key()), len(self.order)
        if key in ARROWS and self._found is not None and many:
            rows, columns = ARROWS[key]
            row, column = self._pointed or (0, 0)
            if self._pointed is not None:
                row, column = min(max(row + rows, 0), many), min(max(column + columns, 0), many)
            self._point_at((row, column))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._pointed is not None:
            self.chosen.emit(self._cell(self._pointed))
        else:
            super().keyPressEvent(event)

    def _point_at(self, place: tuple[int, int] | None) -> None:
        if place != self._pointed:
            self._pointed = place
            self._tell_pointed()
            self.update()

    def _tell_pointed(self) -> None:
        self.pointed.emit(None if self._pointed is None else self._cell(self._pointed))

    # Drawing ------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw names, cells, totals and frames."""
        painter = QPainter(self)
        if self._found is None or not self.order:
            return
        colored = self._colored()
        many = len(self.order)
        self._draw_heads(painter)
        for row in range(many + 1):
            for column in range(many + 1):
                self._draw_cell(painter, row, column, colored)
        self._draw_frames(painter)

    def _colored(self) -> QImage:
        """Return the mistakes as colours, a pixel for each cell: nothing has the colour of the panel."""
        assert self._found is not None
        numbers = self._found.confusion.astype(np.float64)
        if self._shares:
            numbers /= np.maximum(numbers.sum(axis=1, keepdims=True), 1)
        np.fill_diagonal(numbers, 0)
        return magnitude_image(numbers[np.ix_(self.order, self.order)], float(numbers.max(initial=0)))

    def _draw_heads(self, painter: QPainter) -> None:
        colors, (left, top, _, _) = theme().current, self._measures()
        painter.setFont(font("caption"))
        painter.setPen(colors.color("faint"))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(left, 0, self.width(), HEAD), Qt.AlignmentFlag.AlignLeft | middle, "read as")
        corner = QRectF(0, HEAD, left - 8, top - HEAD)
        painter.drawText(corner, Qt.AlignmentFlag.AlignRight | middle, "true")
        many, measure = len(self.order), QFontMetricsF(font("value"))
        pointed = self._pointed or (-1, -1)
        for number in range(many + 1):
            name = self._name(self.order[number]) if number < many else "all"
            for place, side, is_pointed in (
                (self._row_head(number, left), Qt.AlignmentFlag.AlignRight, number == pointed[0]),
                (self._column_head(number, top), Qt.AlignmentFlag.AlignHCenter, number == pointed[1]),
            ):
                is_name = number < many
                painter.setFont(font("value" if is_name else "caption"))
                painter.setPen(colors.color("accent" if is_pointed else "text" if is_name else "faint"))
                text = measure.elidedText(name, Qt.TextElideMode.ElideRight, place.width())
                painter.drawText(place, side | middle, text)

    def _row_head(self, number: int, left: float) -> QRectF:
        place = self._place(number, 0)
        return QRectF(0, place.top(), left - 8, place.height())

    def _column_head(self, number: int, top: float) -> QRectF:
        place = self._place(0, number)
        return QRectF(place.left() + 1, HEAD, place.width() - 2, top - HEAD)

    def _draw_cell(self, painter: QPainter, row: int, column: int, colored: QImage) -> None:
        colors, many, place = theme().current, len(self.order), self._place(row, column)
        is_total = many in (row, column)
        ground = colors.color("surface" if is_total else "raised")
        ink = "faint" if is_total else "muted"
        if not is_total and row != column:
            ground = colored.pixelColor(column, row)
            ink = _ink(ground.name(), colors.text, colors.surface)
        if not is_total:
            painter.fillRect(place, colors.color("line"))
            painter.fillRect(place.adjusted(0, 0, -1, -1) if place.width() > LEAST_CELL else place, ground)
        text = self.text_of(self._cell((row, column)))
        self._write(painter, place, text, self._letters[row != column and not is_total], ink)

    def _write(self, painter: QPainter, place: QRectF, text: str, letters: QFont, ink: str) -> None:
        """Write a number as large as there is room; none where there is no room at all."""
        small = font("caption", numbers=True)
        for each, digits in ((letters, text), (small, text), (small, text.replace(",", ""))):
            room = QFontMetricsF(each)
            if room.horizontalAdvance(digits) <= place.width() - 2 and room.height() <= place.height() + 2:
                painter.setFont(each)
                painter.setPen(theme().current.color(ink))
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, digits)
                return

    def _draw_frames(self, painter: QPainter) -> None:
        colors, first, many = theme().current, self._place(0, 0), len(self.order)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colors.color("line"), 1))
        whole = first.united(self._place(many - 1, many - 1))
        painter.drawRect(whole.adjusted(-0.5, -0.5, -0.5, -0.5))
        if self._pointed is not None:
            painter.setPen(QPen(colors.color("accent" if self.hasFocus() else "faint"), 2))
            painter.drawRect(self._place(*self._pointed).adjusted(0, 0, -1, -1))
        if self._marked is not None:
            painter.setPen(QPen(colors.color("accent"), 2))
            place = self.place_of(self._marked).adjusted(0, 0, -1, -1)
            painter.drawRect(place)
            painter.setPen(QPen(colors.color("surface"), 1))  # or it could not be seen on a dark cell
            painter.drawRect(place.adjusted(1.5, 1.5, -1.5, -1.5))


@functools.lru_cache(1024)
def _ink(ground: str, text: str, surface: str) -> str:
    """Return the token of the colour that can be read better on `ground`."""
    return "text" if contrast(ground, text) >= contrast(ground, surface) else "surface"


def _all_or(number: int | None) -> slice | int:
    return slice(None) if number is None else number
