"""How a run looks in the list, where its colour and its pin are, and the field in which it is renamed."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QAbstractItemModel, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from gui.look.fonts import font
from gui.look.icons import icon
from gui.look.theme import Tokens, run_token, theme
from gui.tabs.train.run_model import ROW, Index
from gui.tabs.train.run_row import RunRow

type Part = Literal["color", "pin", ""]

HEIGHT, LINE, TARGET, CHIP, PIN, DOT = 64, 18, 28, 12, 16, 7
"""Heights of a row and of its lines; sides of what can be clicked, of the chip, of the pin, of the live dot."""
GAP, RADIUS, RING = 2, 6, 2
LONGEST_TITLE = 60


class RunDelegate(QStyledItemDelegate):
    """Paints rows of three lines: name and accuracy, what is set otherwise, how far it is and whence it comes."""

    renamed = Signal(str, str)
    """A run by name, and its new title."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._pins = {pinned: icon(name, "muted") for pinned, name in ((True, "pinned"), (False, "pin"))}
        self._pin_hint = icon("pin", "faint")

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All rows are equally high."""
        return QSize(0, HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a row."""
        row: RunRow = index.data(ROW)
        area: QRect = option.rect
        state: QStyle.StateFlag = option.state
        colors = theme().current
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_ground(painter, area, row, state, colors)
        self._draw_chip(painter, area, row, colors)
        self._draw_pin(painter, area, row)
        self._draw_words(painter, area, row, colors)
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        """Return the field for the title. It is filled here, for once: a new epoch must not undo what is typed."""
        row: RunRow = index.data(ROW)
        editor = QLineEdit(row.title, parent)
        editor.setObjectName("train.runs.title")
        editor.setAccessibleName(f"Title of run {row.name}")
        editor.setToolTip("Enter keeps the title, Esc leaves it as it was.")
        editor.setPlaceholderText(f"What run {row.name} is about")
        editor.setMaxLength(LONGEST_TITLE)
        editor.selectAll()
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """Leave the editor as it is."""

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        """Tell the new title; the list shows it when the engine has taken it."""
        row: RunRow = index.data(ROW)
        assert isinstance(editor, QLineEdit)
        self.renamed.emit(row.name, editor.text())

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        """Put the editor over the row's first line."""
        area: QRect = option.rect
        left = color_area(area).right() + 1
        editor.setGeometry(left, area.top() + GAP, pin_area(area).left() - left, TARGET)

    def _draw_ground(
        self, painter: QPainter, area: QRect, row: RunRow, state: QStyle.StateFlag, colors: Tokens
    ) -> None:
        frame = QRectF(area).adjusted(1, 1, -1, -1)
        painter.setPen(Qt.PenStyle.NoPen)
        if row.current or state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(colors.color("accent_soft" if row.current else "raised"))
            painter.drawRoundedRect(frame, RADIUS, RADIUS)
        if row.current and state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colors.color("accent"), RING))
            painter.drawRoundedRect(frame, RADIUS, RADIUS)
        elif row.current:
            painter.setBrush(colors.color("accent"))
            painter.drawRoundedRect(QRectF(frame.left(), frame.top() + 6, 3, frame.height() - 12), 1.5, 1.5)

    def _draw_chip(self, painter: QPainter, area: QRect, row: RunRow, colors: Tokens) -> None:
        chip = QRectF(0, 0, CHIP, CHIP)
        chip.moveCenter(QRectF(color_area(area)).center())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.color(run_token(row.color)))
        painter.drawRoundedRect(chip, 4, 4)

    def _draw_pin(self, painter: QPainter, area: QRect, row: RunRow) -> None:
        place = QRect(0, 0, PIN, PIN)
        place.moveCenter(pin_area(area).center())
        if row.current:
            painter.setOpacity(0.45)
        (self._pins[True] if row.pinned else self._pin_hint).paint(painter, place)
        painter.setOpacity(1.0)

    def _draw_words(self, painter: QPainter, area: QRect, row: RunRow, colors: Tokens) -> None:
        left, right = color_area(area).right() + 1, pin_area(area).left()
        first = QRectF(left, area.top() + GAP, right - left, TARGET)
        painter.setFont(font("value", numbers=True))
        painter.setPen(colors.color("text"))
        painter.drawText(first, AT_RIGHT, row.accuracy)
        if row.accuracy:
            first.setWidth(first.width() - QFontMetricsF(painter.font()).horizontalAdvance(row.accuracy) - 4)
            painter.setFont(font("caption"))
            painter.setPen(colors.color("muted"))
            painter.drawText(first, AT_RIGHT, BEST)
            first.setWidth(first.width() - QFontMetricsF(painter.font()).horizontalAdvance(BEST) - 8)
        painter.setFont(font("value"))
        painter.setPen(colors.color("text"))
        _draw_elided(painter, first, row.label)
        second = QRectF(left, first.bottom() - 3, area.right() - 8 - left, LINE)
        painter.setFont(font("label"))
        painter.setPen(colors.color("text" if row.current else "muted"))
        _draw_elided(painter, second, row.differences)
        third = second.translated(0, LINE - 1)
        if row.state:
            self._draw_dot(painter, third, row, colors)
            third.setLeft(third.left() + DOT + 5)
        painter.setFont(font("caption"))
        painter.setPen(colors.color("muted" if row.current else "faint"))
        _draw_elided(painter, third, row.progress)

    def _draw_dot(self, painter: QPainter, line: QRectF, row: RunRow, colors: Tokens) -> None:
        dot = QRectF(line.left(), line.center().y() - DOT / 2, DOT, DOT)
        live = row.state == "training"
        painter.setPen(Qt.PenStyle.NoPen if live else QPen(colors.color("accent"), 1.5))
        painter.setBrush(colors.color("accent") if live else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(dot)


BEST = "best"
"""What the accuracy of a row is, beside the last one that stands at the plot."""

MIDDLE = Qt.AlignmentFlag.AlignVCenter
AT_RIGHT = MIDDLE | Qt.AlignmentFlag.AlignRight


def color_area(row: QRect) -> QRect:
    """Return where in a row its colour can be clicked."""
    return QRect(row.left() + 6, row.top() + GAP, TARGET, TARGET)


def pin_area(row: QRect) -> QRect:
    """Return where in a row its pin can be clicked."""
    return QRect(row.right() - TARGET - 1, row.top() + GAP, TARGET, TARGET)


def part_at(row: QRect, place: QPoint) -> Part:
    """Return what of a row is at `place`; empty for the row itself."""
    if color_area(row).contains(place):
        return "color"
    return "pin" if pin_area(row).contains(place) else ""


def _draw_elided(painter: QPainter, area: QRectF, text: str) -> None:
    shown = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, MIDDLE, shown)
