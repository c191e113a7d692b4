"""The list of questions: a row for each experiment, with its duration or its result."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QStyledItemDelegate, QStyleOptionViewItem

from engine.core.frozen import Frozen
from engine.core.language import mark, tr
from gui.look.fonts import font, scaled
from gui.look.theme import theme
from gui.look.words import named, plain_tip
from gui.widgets.figures.table import Table
from gui.widgets.painted import RIGHT, Words, draw, row_ground, turned

type Index = QModelIndex | QPersistentModelIndex

ROW = int(Qt.ItemDataRole.UserRole)

# Heights of a row without its question, and of the line above the question; gaps beside and above the words.
LOW, FIRST, GAP, AIR = 28, 19, 10, 4
WRAPPED = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap


class QuestionRow(Frozen):
    """A row. `tone` is the theme's colour of `state`, which says the same in words."""

    name: str
    title: str
    question: str
    state: str
    tone: str = "faint"


class QuestionList(QListWidget):
    """The list. `picked` carries the name of the chosen experiment."""

    picked = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        named(self, name, title=tr("Questions"), tip=tr("Click a question to turn to its page."), look="rows")
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.rows: Sequence[QuestionRow] = ()
        self.setItemDelegate(QuestionDelegate(self))
        self.selectionModel().currentChanged.connect(self._tell)
        theme().changed.connect(self.scheduleDelayedItemsLayout)

    def show_rows(self, rows: Sequence[QuestionRow]) -> None:
        if [row.name for row in rows] != [row.name for row in self.rows]:
            self.clear()
            self.addItems([row.title for row in rows])
        self.rows = rows
        for place, row in enumerate(rows):
            item = self.item(place)
            if item.data(ROW) != row:
                item.setData(ROW, row)
                item.setToolTip(plain_tip(row.question))
                item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{row.title}: {row.question} {row.state}")

    def choose(self, name: str) -> None:
        for place, row in enumerate(self.rows):
            if row.name == name:
                self.setCurrentRow(place)

    @property
    def row_height(self) -> int:
        """The height of a row: with all of its question, if all rows have room for that; otherwise without it."""
        measure, room = QFontMetricsF(font("caption")), QRectF(0, 0, self.viewport().width() - 2 * GAP, 10_000)
        questions = [measure.boundingRect(room, WRAPPED, row.question).height() for row in self.rows]
        high = scaled(FIRST) + math.ceil(max(questions, default=0.0)) + 2 * AIR
        return high if high * len(questions) <= self.viewport().height() else scaled(LOW)

    def table(self) -> Table | None:
        rows = [(row.title, row.question, row.state) for row in self.rows]
        return Table((mark("experiment"), mark("question"), mark("state")), rows) if rows else None

    def _tell(self, current: QModelIndex) -> None:
        if current.isValid():
            self.picked.emit(current.data(ROW).name)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()


class QuestionDelegate(QStyledItemDelegate):
    """Paints title and state of a row, and the question where it has room; the page and the tooltip have it anyway."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        view = option.widget
        return QSize(0, view.row_height if isinstance(view, QuestionList) else scaled(LOW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: QuestionRow = index.data(ROW)
        view = option.widget
        is_current = isinstance(view, QuestionList) and view.currentIndex() == index
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw(painter, *row_ground(option.rect, option.state, is_current=is_current))
        self._draw_words(painter, QRectF(option.rect).adjusted(GAP, AIR, -GAP, -AIR), row)
        painter.restore()

    def _draw_words(self, painter: QPainter, area: QRectF, row: QuestionRow) -> None:
        first, has_question = QRectF(area), area.height() > scaled(LOW)
        if has_question:
            first.setHeight(scaled(FIRST))
        whole = QRectF(area)
        draw(painter, *turned(whole, Words(first, row.state, row.tone, "small_value", RIGHT, numbers=True)))
        first.setWidth(first.width() - QFontMetricsF(painter.font()).horizontalAdvance(row.state) - 8)
        draw(painter, *turned(whole, Words(first, row.title, "text", "value", elided=True)))
        if has_question:
            below = area.adjusted(0, scaled(FIRST), 0, 0)
            draw(painter, *turned(whole, Words(below, row.question, "muted", "caption", WRAPPED)))
