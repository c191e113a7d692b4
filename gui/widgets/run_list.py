"""The runs so far, the newest first: name, accuracy, and what was set otherwise than in the run before."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.knobs import knobs
from engine.specs import TrainSpec
from gui.fonts import font
from gui.theme import theme
from gui.widgets.run_history import RunHistory

ROW, HEAD = 20.0, 26.0
NAME, ACCURACY, GAP = 24.0, 56.0, 12.0
"""Widths of the columns and of the room between them."""


class RunList(QWidget):
    """Fills what height a tall window leaves; in a low one it takes no room and draws nothing."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName("Runs so far")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.rows: list[tuple[str, str, str]] = []
        """Name, accuracy and differences of each run, the newest first."""
        theme().changed.connect(self.update)

    def show_runs(self, runs: Sequence[RunHistory]) -> None:
        """Show `runs`, the oldest first."""
        before = [None, *runs]
        rows = [_row(run, earlier) for run, earlier in zip(runs, before, strict=False)][::-1]
        if rows != self.rows:
            self.rows = rows
            self.update()

    def minimumSizeHint(self) -> QSize:
        """No room is needed."""
        return QSize(0, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as many rows as have room."""
        if not self.rows or self.height() < HEAD + 2 * ROW:
            return
        painter, colors = QPainter(self), theme().current
        top = 10.0
        painter.setFont(font("title"))
        painter.setPen(colors.color("text"))
        painter.drawText(QRectF(0, top, self.width(), ROW), Qt.AlignmentFlag.AlignVCenter, "Runs")
        top += HEAD
        for row in self.rows[: int((self.height() - top) / ROW)]:
            self._draw_row(painter, top, row)
            top += ROW

    def _draw_row(self, painter: QPainter, top: float, row: tuple[str, str, str]) -> None:
        colors = theme().current
        middle = Qt.AlignmentFlag.AlignVCenter
        name, accuracy, differences = row
        painter.setFont(font("small_value", numbers=True))
        painter.setPen(colors.color("text"))
        painter.drawText(QRectF(0, top, NAME, ROW), middle, name)
        painter.setPen(colors.color("curve_3_text"))
        painter.drawText(QRectF(NAME, top, ACCURACY, ROW), middle | Qt.AlignmentFlag.AlignRight, accuracy)
        painter.setFont(font("label"))
        painter.setPen(colors.color("muted"))
        left = NAME + ACCURACY + GAP
        width = self.width() - left
        text = QFontMetricsF(painter.font()).elidedText(differences, Qt.TextElideMode.ElideRight, width)
        painter.drawText(QRectF(left, top, width, ROW), middle, text)


def _row(run: RunHistory, before: RunHistory | None) -> tuple[str, str, str]:
    accuracy = run.accuracy.newest()
    shown = "" if accuracy is None else f"{100 * accuracy:.2f} %"
    if before is None:
        return run.name, shown, f"layers {run.spec.layers or 'none'}, {_say('optimizer', run.spec.optimizer)}"
    changes = [
        f"{knobs(TrainSpec)[name].title.lower()} {_say(name, here)}"
        for name, (here, _) in run.spec.differences(before.spec).items()
    ]
    return run.name, shown, ", ".join(changes) or "the same settings"


def _say(name: str, value: object) -> str:
    knob = knobs(TrainSpec)[name]
    if knob.percent and isinstance(value, float):
        return f"{100 * value:g} %"
    return knob.choices.get(str(value), f"{value}")
