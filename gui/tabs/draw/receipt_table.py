"""The receipt of an answer: what each hidden neuron adds to the logit, sorted, down to the sum."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.base.numbers import written
from gui.look.fonts import font, metrics
from gui.look.theme import theme
from gui.widgets.waiting import draw_waiting

if TYPE_CHECKING:
    from engine.probes.receipt import Line, Receipt

LINE_HEIGHT = 17
FOOT_LINES = 3
"""What is always there below the neurons: all others together, the bias, and the logit."""

EDGE = 4
"""Room at both sides, so that the line that is pointed at has an edge."""

type Cells = tuple[str, str, str, str]

HEAD: Cells = ("neuron", "fires", "weight", "adds")


class ReceiptTable(QWidget):
    """As many neurons as there is room for; the others are one line, so that it adds up."""

    neuronPointed = Signal(object)
    """Carries the number of the neuron whose line is pointed at, with the mouse or by keys, or `None`."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName("Receipt")
        self.setToolTip(
            "A neuron adds its activation times its weight; all of them and the bias make the logit. "
            "Point at a line, or go there with the arrow keys, to see what the neuron looks for."
        )
        self.setToolTipDuration(8000)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self._receipt: Receipt | None = None
        self.is_waiting = False
        self._line: int | None = None
        """The line that is pointed at, from the top."""
        self._pointed: int | None = None
        theme().changed.connect(self.update)

    def show_receipt(self, receipt: Receipt | None) -> None:
        """Show the lines; nothing for `None`."""
        self._receipt = receipt
        self.setAccessibleDescription("; ".join(" ".join(filter(None, row)) for row in self.rows()))
        self.point_at(self._line)  # another neuron may stand there now
        self.update()

    def rows(self) -> list[Cells]:
        """Return what is written, below the head: neuron, activation, weight and product in each row."""
        if self._receipt is None:
            return []
        lines = self._receipt.lines
        shown = lines[: self._room()]
        rows: list[Cells] = [
            (str(number), written(activation, ".2f"), f"× {signed(weight).lstrip('+')}", signed(product))
            for number, activation, weight, product in shown
        ]
        rest = sum(product for *_, product in lines[len(shown) :])
        rows.append((f"{len(lines) - len(shown)} others", "", "", signed(rest)))
        rows.append(("bias", "", "", signed(self._receipt.bias)))
        rows.append((f"logit of {self._receipt.label}", "", "", signed(self._receipt.logit)))
        return rows

    def set_waiting(self, waiting: bool) -> None:
        """Say, as long as nothing is shown, that something will come."""
        if waiting != self.is_waiting:
            self.is_waiting = waiting
            self.update()

    def sizeHint(self) -> QSize:
        """Room for a few neurons."""
        return QSize(240, 9 * LINE_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw head, rows and the line above the sum."""
        painter, colors = QPainter(self), theme().current
        painter.setFont(font("caption"))
        painter.setPen(colors.color("faint"))
        self._draw_cells(painter, 0, HEAD)
        if self._receipt is None and self.is_waiting:
            draw_waiting(painter, QRectF(self.rect()))
        rows = self.rows()
        for place, cells in enumerate(rows, 1):
            is_sum = place == len(rows)
            pointed = bool(cells[1]) and cells[0] == str(self._pointed)
            if pointed:
                self._draw_ground(painter, place)
            painter.setFont(font("small_value" if is_sum else "label", numbers=True))
            painter.setPen(colors.color("accent" if pointed else "text" if cells[1] or is_sum else "muted"))
            self._draw_cells(painter, place, cells)
        if rows:
            height = len(rows) * LINE_HEIGHT + 0.5
            painter.setPen(QPen(colors.color("line"), 1))
            painter.drawLine(0, int(height), self.width(), int(height))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell which neuron is pointed at."""
        self.point_at(int(event.position().y()) // LINE_HEIGHT - 1)

    def leaveEvent(self, event: QEvent) -> None:
        """Point at none."""
        self.point_at(None)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Point at the first line for those who come by keys."""
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.point_at(0)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Point at none."""
        super().focusOutEvent(event)
        self.point_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Point at the line above or below."""
        by = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if by is None or not self._lines():
            super().keyPressEvent(event)
            return
        line = -1 if self._line is None else self._line
        self.point_at(min(max(line + by, 0), len(self._lines()) - 1))

    def _lines(self) -> tuple[Line, ...]:
        """Return the lines that there is room for."""
        return self._receipt.lines[: self._room()] if self._receipt else ()

    def point_at(self, line: int | None) -> None:
        """Point at a line, from the top, as soon as there is one; `None`: at none."""
        lines = self._lines()
        self._line = line
        number = lines[line].neuron if line is not None and 0 <= line < len(lines) else None
        if number != self._pointed:
            self._pointed = number
            self.neuronPointed.emit(number)
            self.update()

    def _room(self) -> int:
        return max(1, self.height() // LINE_HEIGHT - 1 - FOOT_LINES)

    def _draw_ground(self, painter: QPainter, place: int) -> None:
        radius, colors = metrics()["space"]["tight"], theme().current
        ground = QRectF(0.5, place * LINE_HEIGHT + 0.5, self.width() - 1, LINE_HEIGHT - 1)
        painter.setPen(QPen(colors.color("accent"), 1) if self.hasFocus() else Qt.PenStyle.NoPen)
        painter.setBrush(colors.color("accent_soft"))
        painter.drawRoundedRect(ground, radius, radius)

    def _draw_cells(self, painter: QPainter, place: int, cells: Cells) -> None:
        top, width = place * LINE_HEIGHT, self.width() - 2 * EDGE
        middle, right = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignRight
        painter.drawText(QRectF(EDGE, top, width, LINE_HEIGHT), Qt.AlignmentFlag.AlignLeft | middle, cells[0])
        for end, text in zip((0.5, 0.76, 1.0), cells[1:], strict=True):
            painter.drawText(QRectF(EDGE, top, end * width, LINE_HEIGHT), right | middle, text)


def signed(number: float) -> str:
    """Return a number with its sign and two digits after the point."""
    return written(number, "+.2f")
