"""The list of questions: a row for each experiment, with its duration or its result."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QResizeEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QStyledItemDelegate, QStyleOptionViewItem

from engine.core.frozen import Frozen
from gui.look.fonts import font, scaled
from gui.look.theme import theme
from gui.look.words import named, plain_tip
from gui.widgets.figures.table import Table
from gui.widgets.painted import RIGHT, Words, draw, row_ground

type Index = QModelIndex | QPersistentModelIndex

ROW = int(Qt.ItemDataRole.UserRole)

# Heights of a row with one line of the question, with two lines, and of the line above it; the rest in pixels.
LOW, HIGH, FIRST, GAP = 38, 54, 19, 10


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
        named(self, name, title="Questions", tip="Click a question to turn to its page.", look="rows")
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.rows: Sequence[QuestionRow] = ()
        self.setItemDelegate(QuestionDelegate(self))
        self.selectionModel().currentChanged.connect(self._tell)
        theme().changed.connect(self._resize_rows)

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
        """The height of a row: with two lines of the question, if all rows have room for that."""
        high = scaled(HIGH)
        return high if high * len(self.rows) <= self.viewport().height() else scaled(LOW)

    def table(self) -> Table | None:
        rows = [(row.title, row.question, row.state) for row in self.rows]
        return Table(("experiment", "question", "state"), rows) if rows else None

    def _tell(self, current: QModelIndex) -> None:
        if current.isValid():
            self.picked.emit(current.data(ROW).name)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()

    def _resize_rows(self) -> None:
        self.scheduleDelayedItemsLayout()
        self.viewport().update()


class QuestionDelegate(QStyledItemDelegate):
    """Paints rows of two lines: title and state, and the question."""

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
        self._draw_words(painter, QRectF(option.rect).adjusted(GAP, 3, -GAP, -3), row)
        painter.restore()

    def _draw_words(self, painter: QPainter, area: QRectF, row: QuestionRow) -> None:
        first = QRectF(area.left(), area.top(), area.width(), scaled(FIRST))
        draw(painter, Words(first, row.state, row.tone, "small_value", RIGHT, numbers=True))
        first.setWidth(first.width() - QFontMetricsF(painter.font()).horizontalAdvance(row.state) - 8)
        draw(painter, Words(first, row.title, "text", "value", elided=True))
        painter.setFont(font("caption"))
        painter.setPen(theme().current.color("muted"))
        below = QRectF(area.left(), first.bottom(), area.width(), area.bottom() - first.bottom())
        lines = 1 if below.height() < 2 * painter.fontMetrics().height() else 2
        draw_lines(painter, below, row.question, lines)


def draw_lines(painter: QPainter, area: QRectF, text: str, lines: int) -> None:
    """Draw a text in at most that number of lines; the last one ends in an ellipsis where it must."""
    measure = QFontMetricsF(painter.font())
    height = measure.height()
    for number in range(lines):
        place = QRectF(area.left(), area.top() + number * height, area.width(), height)
        line = text if number == lines - 1 else _first_line(painter.font(), text, area.width())
        fitting = measure.elidedText(line, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, fitting)
        text = text[len(line) :].lstrip()


def _first_line(letters: QFont, text: str, width: float) -> str:
    layout = QTextLayout(text, letters)
    layout.setTextOption(QTextOption(Qt.AlignmentFlag.AlignLeft))
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(width)
    layout.endLayout()
    return text[: line.textLength()]
