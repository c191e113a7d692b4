"""The paper's figures beside those measured here: a row for each, with its place in the paper."""

from typing import ClassVar

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QAccessible, QFont, QFontMetricsF, QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QSizePolicy

from engine.core.language import mark, tr, tr_plural
from engine.studies.experiments.parts.experiment import WORDS, Row, Standing, say_standings
from gui.look.fonts import font, keep, scaled
from gui.look.icons import icon
from gui.look.layout import Spring, add, scrolling, stack
from gui.look.theme import theme
from gui.look.words import Elided, figure, named, words
from gui.widgets.painted import RIGHT, Rule, Words, draw
from gui.widgets.panel import Panel
from gui.widgets.plots.chart import Chart, Datum, Places

TO_COME = mark("The paper's figures stand here beside those of this computer, once it has run.")

# Heights of the head, of a row and of its first line; gap between two columns; least height of the panel and width of
# the first column; both edges of the panel's frame.
HEAD, ROW, FIRST, GAP, LEAST, LEAST_WORDS, FRAME = 22, 34, 18, 12, 110, 90, 2

HEADS = PAPER, ASKED, HERE, STANDING = mark("paper"), mark("asked for here"), mark("here"), mark("standing")

# Colour and sign of each standing.
SIGNS: dict[Standing, tuple[str, str]] = {
    "agrees": ("good", "good"),
    "fits": ("text", ""),
    "differs": ("warn", "warning"),
    "open": ("muted", ""),
    "other data": ("muted", ""),  # no text
}

SIGN = 14


class FiguresPanel(Panel):
    """The panel of the table."""

    shows_lens = False

    def __init__(self) -> None:
        super().__init__(tr("Paper and here"), "experiments.figures", shortens=True)
        self.note = Elided("experiments.note")
        self.figure = named(figure(), "experiments.seeds_seen")
        add(self.head, GAP, (self.note, 1), Spring(0), self.figure)
        self.rows = FigureTable()
        self._scroll = scrolling(self.rows, "experiments.figures.scroll", sideways=True)
        blank = words(tr(TO_COME), "label", wrapped=True, centred=True)
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
        edges = self.column.contentsMargins()
        around = edges.top() + edges.bottom() + self.column.spacing() + self.head_line.minimumHeight() + FRAME
        return QSize(super().sizeHint().width(), around + scaled(HEAD) + scaled(ROW) * self._count)

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), scaled(LEAST))

    def show_rows(self, rows: tuple[Row, ...]) -> None:
        self._pages.setCurrentIndex(1 if rows else 0)
        self.rows.show_rows(rows)
        self.note.set_words(say_standings(rows) if rows else "")
        self.note.setVisible(bool(rows))
        self.figure.setText(tr_plural("{count:,} seed", "{count:,} seeds", len(rows[0].seeds)) if rows else "")


class FigureTable(Chart):
    """Five columns: what; the paper's figure; what is asked for here; mean and interval here; how they stand."""

    heads = (
        mark("what"),
        mark("where in the paper"),
        *(PAPER, ASKED, HERE),
        mark("from"),
        mark("to"),
        mark("seeds"),
        STANDING,
    )
    between = "; "
    heard_role: ClassVar = QAccessible.Role.List

    def __init__(self) -> None:
        super().__init__("experiments.rows", tr("Figures of the paper and here"))
        self._rows: tuple[Row, ...] = ()
        keep(self, FigureTable._make_room)

    def show_rows(self, rows: tuple[Row, ...]) -> None:
        self._rows, data = rows, []
        for row in rows:
            figure, here, standing = row.figure, _here(row), tr(WORDS[row.standing])
            what, where, paper, asked = tr(figure.what), tr(figure.where), tr(figure.says), figure.say_asked()
            ends = row.interval or (None, None)
            cells = what, where, paper, asked, row.here, *ends, len(row.seeds), standing
            says = tr(
                "{what}: paper {paper}, asked for here {asked}, here {here}: {standing}",
                what=what,
                paper=paper,
                asked=asked,
                here=here,
                standing=standing,
            )
            place = f"{where}." if figure.read else f"{where}. {tr('It could not be read there.')}"
            tip = tr(
                "{what}\nPaper: {paper}. {place}\nAsked for here: {asked}.\nHere: {here}. By seed: {seeds}.",
                what=what,
                paper=paper,
                place=place,
                asked=asked,
                here=here,
                seeds=", ".join(map(figure.say, row.seeds)),
            )
            data.append(Datum(cells, says, tip))
        self.show_data(data)
        self._make_room()

    def finding(self) -> str:
        return f"{say_standings(self._rows)}." if self._rows else ""

    def places(self) -> Places:
        head, high = scaled(HEAD), scaled(ROW)
        return [(number, QRectF(0, head + number * high, self.width(), high)) for number in range(len(self._rows))]

    def sizeHint(self) -> QSize:
        return QSize(scaled(300), self.minimumHeight())

    def minimumSizeHint(self) -> QSize:
        return QSize(self.minimumWidth(), self.minimumHeight())

    def _make_room(self) -> None:
        """Need room for all rows, and for some words of the first column: where there is less, they scroll."""
        widths = self._widths()
        wide = sum(widths.values()) - widths[ASKED]
        high = scaled(HEAD) + scaled(ROW) * len(self._rows)
        self.setMinimumSize(round(wide) + scaled(LEAST_WORDS) if self._rows else 0, high)

    def _cells(self, row: Row) -> tuple[str, ...]:
        figure = row.figure
        return tr(figure.says), figure.say_asked(), figure.say(row.here), tr(WORDS[row.standing])

    def _widths(self) -> dict[str, float]:
        """Return the widths of the columns with their gaps, by their heads."""
        measure = QFontMetricsF(font("value", numbers=True)).horizontalAdvance
        small = QFontMetricsF(font("caption", numbers=True)).horizontalAdvance
        widths = {head: small(tr(head)) + scaled(GAP) for head in HEADS}
        for row in self._rows:
            needed = {head: measure(text) for head, text in zip(HEADS, self._cells(row), strict=True)}
            needed[HERE] = max(needed[HERE], small(row.say_interval()))
            needed[STANDING] += scaled(SIGN) + 4 if SIGNS[row.standing][1] else 0
            widths = {head: max(widths[head], needed[head] + scaled(GAP)) for head in HEADS}
        return widths

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._rows:
            return
        widths, columns = self._widths(), dict[str, QRectF]()
        if sum(widths.values()) + scaled(LEAST_WORDS) > self.width():
            del widths[ASKED]  # the tooltip has it
        painter, right = QPainter(self), float(self.width())
        for head, width in reversed(widths.items()):
            right -= width
            columns[head] = QRectF(right, 0, width, scaled(HEAD)).adjusted(scaled(GAP), 0, 0, 0)
            draw(painter, Words(columns[head], tr(head), "faint", side=RIGHT))
        for number, row in enumerate(self._rows):
            top = scaled(HEAD) + number * scaled(ROW)
            draw(painter, Rule(QPointF(0, top), QPointF(self.width(), top)))
            painter.setFont(font("caption"))
            painter.setPen(theme().current.color("text"))
            _draw_lines(painter, QRectF(0, top + 2, max(0.0, right), scaled(ROW) - 4), tr(row.figure.what))
            self._draw_values(painter, columns, top, row)

    def _draw_values(self, painter: QPainter, columns: dict[str, QRectF], top: int, row: Row) -> None:
        texts, interval = dict(zip(HEADS, self._cells(row), strict=True)), row.say_interval()
        high, first, side, (tone, sign) = scaled(ROW), scaled(FIRST), scaled(SIGN), SIGNS[row.standing]
        for head, column in columns.items():
            area = QRectF(column.left(), top + 1, column.width(), first if head == HERE and interval else high)
            color = tone if head == STANDING else "text"
            draw(painter, Words(area, texts[head], color, "value", RIGHT, numbers=True))
        if sign:
            wide = QFontMetricsF(font("value", numbers=True)).horizontalAdvance(texts[STANDING])
            begin = columns[STANDING].right() - wide - side - 4
            icon(sign, tone).paint(painter, QRectF(begin, top + (high - side) / 2, side, side).toRect())
        below = QRectF(columns[HERE].left(), top + first - 1, columns[HERE].width(), high - first)
        draw(painter, Words(below, interval, "muted", side=RIGHT, numbers=True))


def _draw_lines(painter: QPainter, area: QRectF, text: str) -> None:
    """Draw a text in the middle of one line or two; the second one ends in an ellipsis where it must."""
    measure, line = QFontMetricsF(painter.font()), _first_line(painter.font(), text, area.width())
    lines = [line, measure.elidedText(text[len(line) :].lstrip(), Qt.TextElideMode.ElideRight, area.width())]
    painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, "\n".join(filter(None, lines)))


def _first_line(letters: QFont, text: str, width: float) -> str:
    layout = QTextLayout(text, letters)
    layout.setTextOption(QTextOption(Qt.AlignmentFlag.AlignLeft))
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(width)
    layout.endLayout()
    return text[: line.textLength()]


def _here(row: Row) -> str:
    """Return mean and interval in words."""
    value = row.figure.say(row.here)
    mean = tr_plural(
        "{value}, the mean of {count:,} seed", "{value}, the mean of {count:,} seeds", len(row.seeds), value=value
    )
    interval = row.say_interval()
    return (
        tr("{mean}; another seed lies within {interval} 19 times of 20", mean=mean, interval=interval)
        if interval
        else mean
    )
