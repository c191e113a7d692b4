"""Why this answer: which pixels speak for it and against it, and whether that adds up; or a neuron's weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QLinearGradient, QPainter, QPaintEvent, QPen, QStandardItemModel
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from gui.fonts import metrics
from gui.named import named
from gui.theme import theme
from gui.widgets.choice_field import Choice
from gui.widgets.panel import Panel
from gui.widgets.pixels import Pixels
from gui.widgets.segments import Segments
from gui.widgets.words import figure, words

if TYPE_CHECKING:
    from engine.lens import Neuron
    from engine.probes.saliency import Saliency

METHODS = {"integrated": "Integrated", "gradient": "Gradient"}
METHOD_HELP = (
    "Integrated gradients share the logit out among the pixels; "
    "the plain gradient tells what a little more ink would do."
)
SUM_HELP = "The sum over all pixels"
SIDE_ROOM = 56
"""Room beside the pixels for the legend and two figures."""

AGAINST_ROOM = 136

TITLE = "Why"
SUM, DIFFERENCE = "sum", "logit"
MOST = "most"

DIFFERENCE_HELP = "What the sum must be: the logit's rise from an empty picture to this one"


class WhyPanel(Panel):
    """The saliency of the winner, or of it against another class; for a while the weights of a neuron instead."""

    methodChosen = Signal(str)
    againstChosen = Signal(object)
    """Carries the other class, or `None`."""

    def __init__(self) -> None:
        super().__init__(TITLE, "draw.why")
        self.pixels = Pixels("draw.why.picture", "Which pixels speak for the answer", signed=True)
        self.method = Segments("draw.method", METHODS)
        self.method.setToolTip(METHOD_HELP)
        self.against = named(Choice(), "draw.against")
        self.against.setAccessibleName("Why this and not another class")
        self.against.setToolTip("Ask why it is this digit, or why it is this one and not another.")
        self.against.setFixedWidth(AGAINST_ROOM)
        self.sum, self.difference = figure("", "small value"), figure("", "small value")
        for label, name, tip in (
            (self.sum, "draw.why.sum", SUM_HELP),
            (self.difference, "draw.why.difference", DIFFERENCE_HELP),
        ):
            named(label, name).setToolTip(tip)
            label.setAlignment(Qt.AlignmentFlag.AlignLeft)
            label.setFixedWidth(SIDE_ROOM)
        self._label: int | None = None
        self._classes = 0
        self._saliency: Saliency | None = None
        self._captions = [words(text, "caption") for text in (SUM, DIFFERENCE)]
        self.says = named(words("", "caption"), "draw.why.neuron")
        self.head.addWidget(self.against)
        self.head.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(metrics()["space"]["small"])
        row.addWidget(self.pixels, 1)
        row.addLayout(self._legend())
        self.body.addLayout(row, 1)
        self._foot = named(QStackedWidget(), "draw.why.foot")
        self._foot.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._foot.addWidget(_at_left(self.method))
        self._foot.addWidget(self.says)
        self.body.addWidget(self._foot)
        self.method.chosen.connect(self.methodChosen)
        self.against.activated.connect(lambda _: self.againstChosen.emit(self.against.currentData()))
        self.set_classes(10)

    def set_classes(self, classes: int) -> None:
        """Offer so many classes to set the winner against."""
        self._classes = classes
        self.against.clear()
        self.against.addItem("", None)
        for number in range(classes):
            self.against.addItem("", number)
        self._name_choices()

    def choose_against(self, other: int | None) -> None:
        """Ask why it is not this class, as if a person had chosen it."""
        self.against.setCurrentIndex(self.against.findData(other))
        self.againstChosen.emit(other)

    def show_winner(self, label: int | None) -> None:
        """Ask about this class; `None` while there is none."""
        if label != self._label:
            self._label = label
            self._name_choices()

    def _name_choices(self) -> None:
        label = self._label
        word = "this answer" if label is None else str(label)
        self.against.setItemText(0, f"{word}?")
        rows = self.against.model()
        assert isinstance(rows, QStandardItemModel)
        for number in range(self._classes):
            self.against.setItemText(1 + number, f"{word} and not {number}?")
            rows.item(1 + number).setEnabled(number != label)

    def show_saliency(self, message: Saliency | None) -> None:
        """Show the heat; nothing for `None`. While a neuron is shown, it comes after that."""
        self._saliency = message
        if not self.shows_neuron:
            self._show_heat(message)

    def show_neuron(self, neuron: Neuron | None, picture: np.ndarray[Any, Any] | None) -> None:
        """Show a neuron's weights (rows, columns), or that it has no picture; `None`: the saliency again."""
        self.setMinimumWidth(self.minimumSizeHint().width())  # without its field the panel would want less
        self.against.setVisible(neuron is None)
        self._foot.setCurrentIndex(0 if neuron is None else 1)
        for label, text in zip(
            self._captions, (SUM, DIFFERENCE) if neuron is None else (MOST, ""), strict=True
        ):
            label.setText(text)
        if neuron is None:
            self.set_title(TITLE)
            self._show_heat(self._saliency)
            return
        deep = neuron.layer > 0
        self.set_title(f"Neuron {neuron.number}" + (f" of layer {neuron.layer + 1}" if deep else ""))
        self.difference.setText("")
        most = self._show_signed(picture)
        self.sum.setText("" if picture is None else f"±{most:.2f}")
        says = "As if all neurons below fired" if deep else "Its weights from the pixels"
        self.says.setText("It has no picture of weights." if picture is None else says)

    @property
    def shows_neuron(self) -> bool:
        """Whether a neuron is shown instead of the saliency."""
        return self._foot.currentWidget() is self.says

    def _show_heat(self, message: Saliency | None) -> None:
        self._show_signed(None if message is None else message.heat)
        adds_up = message is not None and message.method == "integrated"
        blank = "" if message is None else "–"  # the sum of a plain gradient means nothing
        self.sum.setText(f"{message.total:+.2f}" if message and adds_up else blank)
        self.difference.setText(f"{message.difference:+.2f}" if message and adds_up else blank)

    def _show_signed(self, numbers: np.ndarray[Any, Any] | None) -> float:
        """Show numbers (rows, columns) around zero; return the size of the largest, 0 where one is not finite."""
        most = 0.0 if numbers is None else float(np.abs(numbers).max(initial=0.0))
        most = most if np.isfinite(most) else 0.0
        self.pixels.set_numbers(numbers, most)
        return most

    def _legend(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(0)
        bar = QGridLayout()
        bar.setSpacing(metrics()["space"]["tight"])
        bar.addWidget(SignedBar("draw.why.legend"), 0, 0, 3, 1)
        bar.addWidget(words("for", "caption"), 0, 1)
        bar.addWidget(words("against", "caption"), 2, 1)
        bar.setRowStretch(1, 1)
        column.addLayout(bar, 1)
        column.addSpacing(metrics()["space"]["small"])
        for caption, label in zip(self._captions, (self.sum, self.difference), strict=True):
            column.addWidget(caption)
            column.addWidget(label)
        return column


def _at_left(widget: QWidget) -> QWidget:
    """Return a page that holds a widget at its left."""
    page = QWidget()
    row = QHBoxLayout(page)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(widget)
    row.addStretch(1)
    return page


class SignedBar(QWidget):
    """The colours from most against, below, to most for, above."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setToolTip("Orange pixels speak for it, blue ones against it.")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """A narrow bar."""
        return QSize(10, 60)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the colours in a frame."""
        colors, painter = theme().current, QPainter(self)
        place = QRectF(self.rect()).adjusted(0.5, 1.5, -0.5, -1.5)
        shade = QLinearGradient(place.bottomLeft(), place.topLeft())
        for number, color in enumerate(colors.signed):
            shade.setColorAt(number / (len(colors.signed) - 1), color)
        painter.setBrush(shade)
        painter.setPen(QPen(colors.color("line"), 1))
        painter.drawRect(place)
