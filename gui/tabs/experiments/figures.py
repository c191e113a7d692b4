"""The paper's figures beside those measured here: a row for each, with its place in the paper."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy

from engine.core.numbers import plural
from engine.studies.experiments.parts.experiment import WORDS, Row, Standing, say_standings
from gui.look.elided import Elided
from gui.look.fonts import font
from gui.look.icons import icon
from gui.look.layout import Spring, add, scrolling, stack
from gui.look.named import named
from gui.look.text_size import keep, scaled
from gui.look.theme import theme
from gui.look.words import figure, words
from gui.tabs.experiments.questions import draw_lines
from gui.widgets.figures.table import Table
from gui.widgets.painted import Painted
from gui.widgets.panel import Panel

TO_COME = "The paper's figures stand here beside those of this computer, once it has run."

# Heights of the head, of a row and of its first line; gap between two columns; least height of the panel and width of
# the first column; both edges of the panel's frame.
HEAD, ROW, FIRST, GAP, LEAST, LEAST_WORDS, FRAME = 22, 34, 18, 12, 110, 110, 2

HEADS = ("paper", "asked for here", "here", "standing")

# Colour and sign of each standing.
SIGNS: dict[Standing, tuple[str, str]] = {
    "agrees": ("good", "good"),
    "fits": ("text", ""),
    "differs": ("warn", "warning"),
    "open": ("muted", ""),
    "other data": ("muted", ""),
}

SIGN = 14
RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


class FiguresPanel(Panel):
    """The panel of the table."""

    shows_lens = False

    def __init__(self) -> None:
        super().__init__("Paper and here", "experiments.figures", shortens=True)
        self.note = Elided("experiments.note")
        self.figure = named(figure(), "experiments.seeds_seen")
        add(self.head, GAP, (self.note, 1), Spring(0), self.figure)
        self.rows = FigureTable()
        self._scroll = scrolling(self.rows, "experiments.figures.scroll", sideways=True)
        blank = words(TO_COME, "label", wrapped=True)
        blank.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._pages = stack(blank, self._scroll)
        self.body.addWidget(self._pages, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._count = 0
        self.expect(0)
        self.show_rows(())

    def expect(self, count: int) -> None:
        """Keep room for that number of rows, so that nothing moves when they come."""
        self._count = count
        self.updateGeometry()

    def hasHeightForWidth(self) -> bool:
        return False

    def sizeHint(self) -> QSize:
        """Prefer room for all rows; where there is less, they scroll."""
        column = self.layout()
        assert column is not None
        edges = column.contentsMargins()
        around = edges.top() + edges.bottom() + column.spacing() + self.head_line.minimumHeight() + FRAME
        return QSize(super().sizeHint().width(), around + scaled(HEAD) + scaled(ROW) * self._count)

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), scaled(LEAST))

    def show_rows(self, rows: tuple[Row, ...]) -> None:
        """Show these rows; none before there is a result."""
        self._pages.setCurrentIndex(1 if rows else 0)
        self.rows.show_rows(rows)
        self.note.set_words(say_standings(rows) if rows else "")
        self.note.setVisible(bool(rows))
        self.figure.setText(plural(len(rows[0].seeds), "seed") if rows else "")


class FigureTable(Painted):
    """Five columns: what; the paper's figure; what is asked for here; mean and interval here; how they stand."""

    def __init__(self) -> None:
        super().__init__("experiments.rows", "Figures of the paper and here")
        self._rows: tuple[Row, ...] = ()
        keep(self, FigureTable._make_room)

    def show_rows(self, rows: tuple[Row, ...]) -> None:
        self._rows = rows
        self.setAccessibleDescription(
            "; ".join(
                f"{row.figure.what}: paper {row.figure.says}, asked for here {row.figure.say_asked()}, here "
                f"{_here(row)}: {WORDS[row.standing]}"
                for row in rows
            )
        )
        self._make_room()
        self.update()

    def table(self) -> Table | None:
        """Return all rows, with exact numbers."""
        rows = [
            (
                *(figure.what, figure.where, figure.says, figure.say_asked()),
                *(row.here, *(row.interval or (None, None)), len(row.seeds), WORDS[row.standing]),
            )
            for row in self._rows
            for figure in (row.figure,)
        ]
        names = (
            "what",
            "where in the paper",
            "paper",
            "asked for here",
            "here",
            "from",
            "to",
            "seeds",
            "standing",
        )
        return Table(names, rows) if rows else None

    def tip_at(self, place: QPointF) -> str | None:
        number = int((place.y() - scaled(HEAD)) // scaled(ROW))
        if place.y() < scaled(HEAD) or not 0 <= number < len(self._rows):
            return None
        row = self._rows[number]
        figure = row.figure
        was_read = "" if figure.read else " It could not be read there."
        seeds = ", ".join(map(figure.say, row.seeds))
        return (
            f"{figure.what}\nPaper: {figure.says}. {figure.where}.{was_read}\nAsked for here: {figure.say_asked()}.\n"
            f"Here: {_here(row)}. By seed: {seeds}."
        )

    def sizeHint(self) -> QSize:
        return QSize(scaled(300), self.minimumHeight())

    def minimumSizeHint(self) -> QSize:
        return QSize(self.minimumWidth(), self.minimumHeight())

    def _make_room(self) -> None:
        """Need room for all rows, and for some words of the first column: where there is less, they scroll."""
        wide = sum(width + scaled(GAP) for width in self._widths())
        self.setMinimumSize(
            round(wide) + scaled(LEAST_WORDS) if self._rows else 0,
            scaled(HEAD) + scaled(ROW) * len(self._rows),
        )

    def _cells(self, row: Row) -> tuple[str, ...]:
        return row.figure.says, row.figure.say_asked(), row.figure.say(row.here), WORDS[row.standing]

    def _widths(self) -> list[float]:
        """Return the widths of the columns but the first."""
        measure = QFontMetricsF(font("value", numbers=True)).horizontalAdvance
        small = QFontMetricsF(font("caption", numbers=True)).horizontalAdvance
        cells = [self._cells(row) for row in self._rows]
        widths = [
            max(small(head), *(measure(texts[place]) for texts in cells)) if cells else small(head)
            for place, head in enumerate(HEADS)
        ]
        here = HEADS.index("here")
        widths[here] = max(widths[here], *(small(row.say_interval()) for row in self._rows), 0.0)
        widths[-1] += scaled(SIGN) + 4
        return widths

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._rows:
            return
        painter, colors = QPainter(self), theme().current
        gap, widths = scaled(GAP), self._widths()
        right = float(self.width())
        columns: list[tuple[float, float]] = []
        for width in reversed(widths):
            columns.insert(0, (right - width, width))
            right -= width + gap
        painter.setFont(font("caption"))
        painter.setPen(colors.color("faint"))
        for (left, width), name in zip(columns, HEADS, strict=True):
            painter.drawText(QRectF(left, 0, width, scaled(HEAD)), RIGHT, name)
        for number, row in enumerate(self._rows):
            top = scaled(HEAD) + number * scaled(ROW)
            painter.setPen(QPen(colors.color("line"), 1))
            painter.drawLine(0, top, self.width(), top)
            painter.setFont(font("caption"))
            painter.setPen(colors.color("text"))
            draw_lines(painter, QRectF(0, top + 2, max(0.0, right), scaled(ROW) - 4), row.figure.what, 2)
            self._draw_values(painter, columns, top, row)

    def _draw_values(self, painter: QPainter, columns: list[tuple[float, float]], top: int, row: Row) -> None:
        texts, interval = self._cells(row), row.say_interval()
        colors, high, sign = theme().current, scaled(ROW), scaled(SIGN)
        tone, name = SIGNS[row.standing]
        painter.setFont(font("value", numbers=True))
        for place, ((left, width), text) in enumerate(zip(columns, texts, strict=True)):
            painter.setPen(colors.color(tone if place == len(columns) - 1 else "text"))
            is_first = place == HEADS.index("here") and bool(interval)
            area = QRectF(left, top + 1, width, scaled(FIRST) if is_first else high)
            painter.drawText(area, RIGHT, text)
        if name:
            left, width = columns[-1]
            wide = QFontMetricsF(painter.font()).horizontalAdvance(texts[-1])
            place_of_sign = QRectF(left + width - wide - sign - 4, top + (high - sign) / 2, sign, sign)
            icon(name, tone).paint(painter, place_of_sign.toRect())
        left, width = columns[HEADS.index("here")]
        painter.setFont(font("caption", numbers=True))
        painter.setPen(colors.color("muted"))
        below = QRectF(left, top + scaled(FIRST) - 1, width, high - scaled(FIRST))
        painter.drawText(below, RIGHT, interval)


def _here(row: Row) -> str:
    """Return mean and interval in words."""
    mean = f"{row.figure.say(row.here)}, the mean of {plural(len(row.seeds), 'seed')}"
    interval = row.say_interval()
    return f"{mean}; another seed lies within {interval} 19 times of 20" if interval else mean
