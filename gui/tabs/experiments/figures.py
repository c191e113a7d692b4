"""The paper's figures beside those of this computer: a row for each, with where in the paper it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QStackedWidget

from gui.look.elided import Elided
from gui.look.fonts import font
from gui.look.icons import icon
from gui.look.named import named
from gui.look.text_size import keep, scaled
from gui.look.theme import theme
from gui.look.words import figure, words
from gui.widgets.painted import Painted
from gui.widgets.panel import Panel
from gui.widgets.table import Table

if TYPE_CHECKING:
    from engine.experiments.parts.experiment import Row

TO_COME = "The paper's figures stand here beside those of this computer, once it has run."

HEAD, ROW, FIRST, GAP, LEAST, FRAME = 22, 32, 18, 12, 110, 2
"""Heights of the head, of a row and of its first line; room between two columns;
the least height of the panel, and both edges of its frame."""

PAPER, HERE, AGREES = "paper", "here", "agrees"
WORDS = {True: ("yes", "good", "good"), False: ("no", "warn", "warning")}
"""What a row says of whether both agree: the word, its colour, its sign."""

SIGN = 14

NOTE = "in parentheses: said in words or drawn in the paper"
ASKED = "What stands in parentheses the paper says in words or draws: the number is what is asked for here."

RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft


class FiguresPanel(Panel):
    """Shows the rows of a result."""

    shows_lens = False

    def __init__(self) -> None:
        super().__init__("Paper and here", "experiments.figures", shortens=True)
        self.note = Elided("experiments.note")
        self.head.addSpacing(GAP)
        self.head.addWidget(self.note, 1)
        self.head.addStretch()
        self.figure = named(figure(), "experiments.agree")
        self.head.addWidget(self.figure)
        self.rows = FigureTable()
        self._scroll = QScrollArea()
        self._scroll.setObjectName("experiments.figures.scroll")
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(self.rows)
        for each in (self._scroll.viewport(), self.rows):
            each.setAutoFillBackground(False)
        blank = words(TO_COME, "label", wrapped=True)
        blank.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._pages = QStackedWidget()
        self._pages.addWidget(blank)
        self._pages.addWidget(self._scroll)
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
        """Be as high in any width."""
        return False

    def sizeHint(self) -> QSize:
        """Room for all rows; where there is less, they scroll."""
        column = self.layout()
        assert column is not None
        edges = column.contentsMargins()
        around = edges.top() + edges.bottom() + column.spacing() + self.head_line.minimumHeight() + FRAME
        return QSize(super().sizeHint().width(), around + scaled(HEAD) + scaled(ROW) * self._count)

    def minimumSizeHint(self) -> QSize:
        """Room for a row."""
        return QSize(super().minimumSizeHint().width(), scaled(LEAST))

    def show_rows(self, rows: tuple[Row, ...]) -> None:
        """Show these rows; none: there is no result yet."""
        self._pages.setCurrentIndex(1 if rows else 0)
        self.rows.show_rows(rows)
        is_asked = any(row.figure.asked for row in rows)
        self.note.set_words(NOTE if is_asked else "")
        self.note.setVisible(is_asked)
        agree = sum(row.within for row in rows)
        self.figure.setText(f"{agree} of {len(rows)} agree" if rows else "")


class FigureTable(Painted):
    """Four columns: what (and where in the paper), the paper's figure, the one here, whether they agree."""

    def __init__(self) -> None:
        super().__init__("experiments.rows", "Figures of the paper and here")
        self._rows: tuple[Row, ...] = ()
        keep(self, FigureTable._make_room)

    def show_rows(self, rows: tuple[Row, ...]) -> None:
        """Show these rows."""
        self._rows = rows
        self.setAccessibleDescription(
            "; ".join(
                f"{row.figure.what}: paper {row.figure.say_paper()}, here {row.figure.say(row.here)}, "
                f"agrees: {WORDS[row.within][0]}"
                for row in rows
            )
        )
        self._make_room()
        self.update()

    def table(self) -> Table | None:
        """Return all rows, with the numbers as they are."""
        rows = [
            (each.what, each.where, each.say_paper(), each.paper, each.tolerance, row.here, row.within)
            for row in self._rows
            for each in (row.figure,)
        ]
        names = ("what", "where in the paper", "paper", "paper's figure", "tolerance", "here", "agrees")
        return Table(names, rows) if rows else None

    def tip_at(self, place: QPointF) -> str | None:
        """Return a row in full."""
        number = int((place.y() - scaled(HEAD)) // scaled(ROW))
        if place.y() < scaled(HEAD) or not 0 <= number < len(self._rows):
            return None
        row = self._rows[number]
        figure = row.figure
        asked = f"\n{ASKED}" if figure.asked else ""
        return f"{figure.what}\nPaper: {figure.say_paper()}. {figure.where}.\nHere: {figure.say(row.here)}{asked}"

    def sizeHint(self) -> QSize:
        """As high as its rows."""
        return QSize(scaled(300), self.minimumHeight())

    def minimumSizeHint(self) -> QSize:
        """Return the same height: words that have no room across are shortened."""
        return QSize(scaled(200), self.minimumHeight())

    def _make_room(self) -> None:
        self.setMinimumHeight(scaled(HEAD) + scaled(ROW) * len(self._rows))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw head and rows."""
        if not self._rows:
            return
        painter, colors = QPainter(self), theme().current
        measure = QFontMetricsF(font("value", numbers=True)).horizontalAdvance
        gap, sign = scaled(GAP), scaled(SIGN)
        papers = [row.figure.say_paper() for row in self._rows]
        heres = [row.figure.say(row.here) for row in self._rows]
        widths = (
            max(map(measure, (PAPER, *papers))),
            max(map(measure, (HERE, *heres))),
            measure(AGREES) + 2,
        )
        right = float(self.width())
        columns: list[tuple[float, float]] = []
        for width in reversed(widths):
            columns.insert(0, (right - width, width))
            right -= width + gap
        painter.setFont(font("caption"))
        painter.setPen(colors.color("faint"))
        for (left, width), name in zip(columns, (PAPER, HERE, AGREES), strict=True):
            painter.drawText(QRectF(left, 0, width, scaled(HEAD)), RIGHT, name)
        for number, row in enumerate(self._rows):
            top = scaled(HEAD) + number * scaled(ROW)
            painter.setPen(QPen(colors.color("line"), 1))
            painter.drawLine(0, top, self.width(), top)
            line = QRectF(0, top + 1, right, scaled(FIRST))
            painter.setFont(font("label"))
            painter.setPen(colors.color("text"))
            self._write(painter, line, row.figure.what)
            painter.setFont(font("caption"))
            painter.setPen(colors.color("faint"))
            below = QRectF(0, line.bottom() - 2, right, scaled(ROW) - line.height())
            self._write(painter, below, row.figure.where)
            self._draw_values(painter, columns, top, row, (papers[number], heres[number]), sign)

    def _draw_values(
        self,
        painter: QPainter,
        columns: list[tuple[float, float]],
        top: int,
        row: Row,
        texts: tuple[str, str],
        sign: int,
    ) -> None:
        colors = theme().current
        word, tone, name = WORDS[row.within]
        painter.setFont(font("value", numbers=True))
        painter.setPen(colors.color("text"))
        for (left, width), text in zip(columns, texts, strict=False):
            painter.drawText(QRectF(left, top, width, scaled(ROW)), RIGHT, text)
        painter.setPen(colors.color(tone))
        left, width = columns[-1]
        painter.drawText(QRectF(left, top, width, scaled(ROW)), RIGHT, word)
        wide = QFontMetricsF(painter.font()).horizontalAdvance(word)
        place = QRectF(left + width - wide - sign - 4, top + (scaled(ROW) - sign) / 2, sign, sign)
        icon(name, tone).paint(painter, place.toRect())

    def _write(self, painter: QPainter, place: QRectF, text: str) -> None:
        room = max(0.0, place.width())
        cut = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, room)
        painter.drawText(place, LEFT, cut)
