"""The canvas with its tools: pen and eraser, their width, undo, clear, a test image to draw on."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from engine.drawing import SIDE, Point, Stroke
from gui.fonts import metrics
from gui.icons import icon
from gui.named import named
from gui.theme import theme
from gui.widgets.canvas import WIDTH, Canvas
from gui.widgets.ink import draw_tail
from gui.widgets.panel import Panel
from gui.widgets.words import words

FAINTNESS = 0.45

TENTHS = 10
NARROWEST, WIDEST = 8, 50
"""The pen's width, in tenths of the units of points."""


class CanvasPanel(Panel):
    """The canvas and one row of tools; passive, the canvas tells what was drawn."""

    undoWanted = Signal()
    imageWanted = Signal()

    def __init__(self) -> None:
        super().__init__("", "draw.sheet")
        self.setAccessibleName("Drawing")
        self.canvas = Canvas("draw.canvas")
        self.empty = CanvasHint(self.canvas)
        self.undo = _chip("draw.undo", "Undo", "Take the last stroke back. (Ctrl+Z)")
        self.clear = _chip("draw.clear", "Clear", "Take everything off the canvas; undo brings it back.")
        self.image = _chip("draw.image", "Test image", "Put a test image on the canvas and draw on it.")
        self.grid = _chip("draw.grid", "Grid", "Show the 28 × 28 pixels.", checkable=True)
        self.grid.setText("")
        self.grid.setIcon(icon("grid", "muted"))
        self.width_slider = named(QSlider(Qt.Orientation.Horizontal), "draw.width")
        self.width_slider.setAccessibleName("Width of the pen")
        self.width_slider.setToolTip("Width of the pen and of the eraser")
        self.width_slider.setRange(NARROWEST, WIDEST)
        self.width_slider.setValue(round(WIDTH * TENTHS))
        self._dot = _Dot(self.canvas)
        self.drop_head()
        self.body.setSpacing(metrics()["space"]["small"])
        self.body.addWidget(self.canvas, 1)
        self.body.addLayout(self._tools())
        self._connect()

    def set_undo(self, possible: bool) -> None:
        """Say whether there is something to take back."""
        self.undo.setEnabled(possible)
        self.undo.setToolTip(
            "Take the last change back. (Ctrl+Z)" if possible else "There is nothing to take back."
        )

    def set_images(self, some: bool) -> None:
        """Say whether there are test images to take."""
        reason = "No data set is loaded yet."
        for button in (self.image, self.empty.button):
            button.setEnabled(some)
            button.setToolTip("Put a test image on the canvas and draw on it." if some else reason)

    def _tools(self) -> QHBoxLayout:
        self.pen = _chip("draw.pen", "Pen", "Draw.", checkable=True)
        self.eraser = _chip("draw.eraser", "Eraser", "Erase.", checkable=True)
        group = QButtonGroup(self)
        for each in (self.pen, self.eraser):
            group.addButton(each)
        self.pen.setChecked(True)
        row = QHBoxLayout()
        row.setSpacing(metrics()["space"]["tight"] + 2)
        for each in (self.pen, self.eraser, self.undo, self.clear, self.image, self.grid):
            row.addWidget(each)
        row.addStretch(1)
        row.addWidget(self.width_slider)
        row.addWidget(self._dot)
        self.width_slider.setFixedWidth(64)
        return row

    def _connect(self) -> None:
        self.undo.clicked.connect(self.undoWanted)
        self.clear.clicked.connect(self.canvas.clear)
        self.image.clicked.connect(self.imageWanted)
        self.empty.button.clicked.connect(self.imageWanted)
        self.grid.toggled.connect(self.canvas.set_grid)
        self.eraser.toggled.connect(self._take_eraser)
        self.width_slider.valueChanged.connect(self._take_width)
        self.canvas.inkChanged.connect(self._show_ink)
        self.set_undo(False)
        self.set_images(False)
        self._show_ink()

    def _take_eraser(self, erases: bool) -> None:
        self.canvas.erases = erases

    def _take_width(self, tenths: int) -> None:
        self.canvas.pen_width = tenths / TENTHS
        self._dot.update()

    def _show_ink(self) -> None:
        self.empty.setVisible(self.canvas.is_empty)
        self.clear.setEnabled(not self.canvas.is_empty)
        self.clear.setToolTip(
            "There is nothing to take off."
            if self.canvas.is_empty
            else "Take everything off the canvas; undo brings it back."
        )


class CanvasHint(QWidget):
    """What an empty canvas shows: a faint digit, one sentence, one button. The pen draws right through it."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self.setObjectName("draw.empty")
        self._canvas = canvas
        # Whoever takes the press gets the moves after it too: a hint that hides at the first ink must not be the one.
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.button = named(QPushButton("Take a test image", canvas), "draw.empty.button")
        self.button.setAccessibleName("Take a test image")
        self.button.setToolTip("Put a test image on the canvas: watch how it is read, and draw on it.")
        self.button.setProperty("look", "primary")
        self.button.setCursor(Qt.CursorShape.ArrowCursor)
        self.sentence = words("Draw a digit with the mouse.")
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = self._column = QVBoxLayout(self)
        column.setSpacing(metrics()["space"]["medium"])
        column.addStretch(7)
        column.addWidget(self.sentence)
        column.addSpacing(metrics()["height"]["button"])
        column.addStretch(1)
        canvas.installEventFilter(self)
        theme().changed.connect(self.update)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Lie over the whole canvas."""
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._canvas.rect())
            self._column.activate()
            self.button.adjustSize()
            gap = metrics()["space"]["medium"]
            top = self.sentence.geometry().bottom() + gap
            self.button.move((self.width() - self.button.width()) // 2, top)
        return False

    def setVisible(self, visible: bool) -> None:
        """Show or hide the button with it."""
        super().setVisible(visible)
        self.button.setVisible(visible)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a faint digit, as it will be."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = min(self.width(), self.height())
        painter.translate((self.width() - side) / 2, (self.height() - side) / 2)
        painter.scale(side / SIDE, side / SIDE)
        pen = QPen(theme().current.color("line", FAINTNESS), WIDTH)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.strokePath(_eight(), pen)


def _eight() -> QPainterPath:
    """Return an 8 in the units of points, as one line: where it crosses itself it is as faint as elsewhere."""
    turns = [2 * math.pi * number / 60 for number in range(61)]
    path = QPainterPath()
    path.addPolygon(
        QPolygonF([QPointF(14 - 3.6 * math.sin(2 * turn), 11.5 - 7 * math.cos(turn)) for turn in turns])
    )
    return path


class _Dot(QWidget):
    """A dot as large as the pen is wide."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__()
        self.setObjectName("draw.width.dot")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFixedSize(24, metrics()["height"]["chip"])
        self._canvas = canvas
        theme().changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the dot."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(QPointF(self.rect().center()) + QPointF(0.5, 0.5))
        scale = min(1.0, 24 / (WIDEST / TENTHS) / 4.8)
        painter.scale(4.8 * scale, 4.8 * scale)
        dot = Stroke(points=(Point(0, 0),), width=self._canvas.pen_width)
        draw_tail(painter, dot, theme().current.color("muted"))


def _chip(name: str, title: str, tip: str, *, checkable: bool = False) -> QPushButton:
    chip = named(QPushButton(title), name)
    chip.setProperty("look", "chip")
    chip.setAccessibleName(title)
    chip.setToolTip(tip)
    chip.setCheckable(checkable)
    return chip
