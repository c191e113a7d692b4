"""Why this answer: the pixels for and against it; a change; or a neuron's weights."""

from collections.abc import Sequence
from functools import partial
from typing import ClassVar, Literal

import numpy as np
from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QFontMetrics, QLinearGradient, QPainter, QPaintEvent, QPen, QStandardItemModel
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout

from engine.analysis.probes.flip import SEEN
from engine.analysis.probes.saliency import Saliency
from engine.core.language import mark, tr
from engine.core.lazy import Array
from engine.core.lens import Neuron
from engine.core.text import written
from gui.look.class_names import class_name
from gui.look.first_look import plainly, rarely
from gui.look.fonts import font, grown, keep, longest_word, scaled, sized
from gui.look.layout import NO_LIMIT, SPRING, Spring, add, gridbox, hbox, holder, stack, vbox
from gui.look.theme import theme
from gui.look.words import figure, named, start, words
from gui.tabs.draw.receives_panel import Plate
from gui.widgets.forms.controls import Choice, Segments
from gui.widgets.heard import HeardPart
from gui.widgets.painted import Repainted
from gui.widgets.panel import Panel
from gui.widgets.pictures.pixels import Pixels

type Subject = Literal["why", "change", "neuron"]

METHODS = {"integrated": mark("Integrated gradients"), "gradient": mark("Gradient"), "change": mark("Difference")}
# From these widths on the methods have these names; in pixels of all that is beside the canvas.
METHODS_BY_ROOM = (
    (830, METHODS),
    (742, {**METHODS, "integrated": mark("Integrated")}),
    (0, {**METHODS, "integrated": mark("Int. grad."), "change": mark("Diff.")}),
)

CHANGE_HELP = mark("Show what was added to the picture, and what was taken from it.")
NO_CHANGE_HELP = mark("Nothing was repainted: press More, Less or Flip.")
METHOD_TIPS = {
    "integrated": mark("Integrated gradients: how much each pixel adds to the score of this answer, or takes from it"),
    "gradient": mark("What a little more ink at each pixel would do to the score of this answer"),
    "change": NO_CHANGE_HELP,
}

SUM_HELP = mark("What all pixels together add to the score of this answer and take from it")
SIDE_ROOM = 56  # beside the pixels, for the legend and two figures
AGAINST_ROOM, BRIEF_AGAINST_ROOM = 136, 120

DIFFERENCE_HELP = mark(
    "What the sum of the pixels must be: the score (logit) of this answer, less the score that it has for a "
    "blank image; of one answer and not another, the same of the difference between their scores"
)
PIXELS_HELP = mark("The number of pixels that visibly differ from before")
DISTANCE_HELP = mark("How far it is from the picture before: the root of the sum of the squares")
MOST_HELP = mark("The largest absolute weight, which has the strongest colour")
IN_WORDS = mark("Orange ink speaks for this answer, blue ink against it.")
CHANGE_IN_WORDS = mark("Orange ink was added, blue ink was taken away.")
TITLES: dict[Subject, str] = {"why": mark("Why"), "change": mark("What changed"), "neuron": mark("Neuron")}
CAPTIONS: dict[Subject, tuple[str, ...]] = {
    # Translators: what speaks for an answer, and against it.
    "why": (mark("for"), mark("against"), mark("sum of pixels"), mark("rise over a blank image")),
    # Translators: where a picture has more ink than before, and where less.
    "change": (mark("more"), mark("less"), mark("pixels"), mark("distance")),
    "neuron": (mark("for"), mark("against"), mark("max"), ""),
}
CAPTION_LINES = (0, 0, 2, 3)  # lines of the captions of the two figures
TIPS: dict[Subject, tuple[str, str]] = {
    "why": (SUM_HELP, DIFFERENCE_HELP),
    "change": (PIXELS_HELP, DISTANCE_HELP),
    "neuron": (MOST_HELP, ""),
}

ITS_WEIGHTS, THROUGH_OTHERS = mark("Its weights from the pixels"), mark("As if all neurons below fired")
NO_PICTURE = mark("It has no picture of weights.")


class WhyPanel(Panel):
    """The saliency of the winner, alone or against another class; a change; for a while a neuron's weights."""

    methodChosen = Signal(str)
    againstChosen = Signal(object)  # the other class, or `None`

    def __init__(self) -> None:
        super().__init__(tr(TITLES["why"]), "draw.why")
        self.pixels = Pixels("draw.why.picture", tr("Which pixels speak for the answer"), signed=True)
        choices = {key: (title, METHOD_TIPS[key]) for key, title in METHODS.items()}
        self.method = Segments("draw.method", choices, narrow=True)
        self.against = named(Choice(), "draw.against", title=tr("Why this and not another class"))
        self.against.setToolTip(tr("Ask why it is this class, or why it is this one and not another."))
        sized(self.against.setFixedWidth, AGAINST_ROOM)
        self._is_brief = False
        self.sum, self.difference = figure("", "small value"), figure("", "small value")  # no text
        for label, name, tip in (
            (self.sum, "draw.why.sum", SUM_HELP),
            (self.difference, "draw.why.difference", DIFFERENCE_HELP),
        ):
            named(label, name).setToolTip(tr(tip))
            label.setAlignment(start(Qt.AlignmentFlag.AlignTop))
            keep(label, lambda label: label.setFixedWidth(_side_room()))
        self._captions = tuple(
            words(tr(text), "caption", wrapped=bool(lines))
            for text, lines in zip(CAPTIONS["why"], CAPTION_LINES, strict=True)
        )
        for place, lines in enumerate(CAPTION_LINES):
            if lines:  # fixed, so that nothing moves when another subject has shorter words
                self._captions[place].setAlignment(start(Qt.AlignmentFlag.AlignBottom))
                keep(self._captions[place], partial(_give_lines, place=place))
        self._label: int | None = None
        self._classes = 0
        self._saliency: Saliency | None = None
        self._change: Array | None = None
        # The neuron that is shown for a while, with its weights.
        self._neuron: tuple[Neuron, Array | None] | None = None
        self.says = named(words("", "caption"), "draw.why.neuron")
        self._asked = self.method.key  # the method that was chosen last, behind a change
        add(self.head, self.against, SPRING)
        self._in_words = plainly(words(tr(IN_WORDS), "caption", wrapped=True))
        methods = holder(hbox(self.method, (self._in_words, 1), Spring(0)))
        rarely(self.method, self.sum, self.difference, *self._captions[2:])
        self._foot = named(stack(methods, self.says), "draw.why.foot")
        self._foot.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._around_methods = (self.method, methods, self._foot, self)
        add(self.body, (Plate(self.pixels, self._legend()), 1), self._foot)
        self.method.chosen.connect(self._choose)
        self.method.set_possible("change", False, tr(NO_CHANGE_HELP))
        self.against.activated.connect(lambda _: self.againstChosen.emit(self.against.currentData()))
        self.set_classes(10)
        keep(self, lambda panel: panel.setMinimumWidth(0))  # that of other letters

    def set_classes(self, classes: int) -> None:
        self._classes = classes
        self.against.clear()
        self.against.addItem("", None)
        for number in range(classes):
            self.against.addItem("", number)
        self._name_choices()

    def set_room(self, width: int) -> None:
        """Name the methods in full, or in shorter words: `width` is that of all beside the canvas; 0: too little."""
        titles = next(titles for least, titles in METHODS_BY_ROOM if width >= grown(least))
        for key, title in titles.items():
            self.method.set_title(key, tr(title), tr(METHODS[key]))
        self.setMinimumWidth(0)  # that of other words
        for each in self._around_methods:  # from the inside: else each learns of the other width an event later
            if layout := each.layout():
                layout.activate()
            each.updateGeometry()  # behind a neuron the methods are hidden: then no layout hears of them

    def choose_against(self, other: int | None) -> None:
        """Explain why it is not this class, as if a person had chosen it."""
        self.against.setCurrentIndex(self.against.findData(other))
        self.againstChosen.emit(other)

    def show_winner(self, label: int | None) -> None:
        """Explain this class; `None` while there is none."""
        if label != self._label:
            self._label = label
            self._name_choices()

    def _name_choices(self) -> None:
        label = self._label
        name = "" if label is None else class_name(label, answer=True)
        alone = mark("this answer?") if label is None else mark("{name}?")
        against = mark("this answer and not {other}?") if label is None else mark("{name} and not {other}?")
        self.against.setItemText(0, tr(alone, name=name))
        rows = self.against.model()
        assert isinstance(rows, QStandardItemModel)
        for number in range(self._classes):
            self.against.setItemText(1 + number, tr(against, name=name, other=class_name(number, answer=True)))
            rows.item(1 + number).setEnabled(number != label)
            self.against.view().setRowHidden(1 + number, number == label)  # type: ignore[attr-defined]  # a list

    def show_saliency(self, message: Saliency | None) -> None:
        """Show the saliency; none for `None`. While something else is shown, it comes after that."""
        self._saliency = message
        if self.subject == "why":
            self._show()

    def show_neuron(self, neuron: Neuron | None, picture: Array | None) -> None:
        """Show a neuron's weights (rows, columns), or that it has no picture; `None`: the former subject."""
        if not self.against.isHidden():  # prefer the width with the field of classes, also while that is hidden
            self.setMinimumWidth(self.minimumSizeHint().width())
        self._neuron = None if neuron is None else (neuron, picture)
        self._foot.setCurrentIndex(0 if neuron is None else 1)
        self._show_subject()

    def set_brief(self, brief: bool) -> None:
        """Give the field of classes less room, or all it wants."""
        if brief != self._is_brief:
            self._is_brief = brief
            sized(self.against.setFixedWidth, BRIEF_AGAINST_ROOM if brief else AGAINST_ROOM)
            self.setMinimumWidth(0)

    def show_change(self, change: Array | None) -> None:
        """Show what was added to a picture (rows, columns); `None`: no change, then the saliency is shown again."""
        is_new, self._change = self._change is None, change
        self.method.set_possible("change", change is not None, tr(NO_CHANGE_HELP if change is None else CHANGE_HELP))
        if change is None and self._shows_change:
            self.method.choose(self._asked)
        elif change is not None and is_new:
            self.method.choose("change")
        elif self._shows_change:
            self._show()

    @property
    def subject(self) -> Subject:
        if self._neuron is not None:
            return "neuron"
        return "change" if self._shows_change else "why"

    @property
    def _shows_change(self) -> bool:
        return self.method.key == "change"

    def _choose(self, key: str) -> None:
        self._show_subject()
        if key not in ("change", self._asked):
            self._asked = key
            self.methodChosen.emit(key)

    def _show_subject(self) -> None:
        subject = self.subject
        self.set_title(tr(TITLES[subject]))
        self._in_words.setText(tr(CHANGE_IN_WORDS if subject == "change" else IN_WORDS))
        self.against.setVisible(subject == "why")
        for label, caption in zip(self._captions, CAPTIONS[subject], strict=True):
            label.setText(tr(caption))
        for label, tip in zip((self.sum, self.difference), TIPS[subject], strict=True):
            label.setToolTip(tr(tip))
        self._show()

    def _show(self) -> None:
        message, change = self._saliency, self._change
        if self._neuron is not None:
            self._show_weights(*self._neuron)
            return
        if self._shows_change and change is not None:
            size = np.abs(change)
            self.pixels.set_numbers(change, float(size.max(initial=0.0)))
            self.sum.setText(str(int((size >= SEEN).sum())))
            self.difference.setText(written(float(np.sqrt((size.astype(np.float64) ** 2).sum())), ".2f"))
            return
        self._show_signed(None if message is None else message.heat)
        if message is None:
            self.sum.setText("")
            self.difference.setText("")
            return
        adds_up = message.method == "integrated"  # the sum of a plain gradient means nothing
        self.sum.setText(written(message.total, "+.2f") if adds_up else "–")
        self.difference.setText(written(message.difference, "+.2f") if adds_up else "–")

    def _show_weights(self, neuron: Neuron, picture: Array | None) -> None:
        deep = neuron.layer > 0
        title = mark("Neuron {number} of layer {layer}") if deep else mark("Neuron {number}")
        self.set_title(tr(title, number=neuron.number, layer=neuron.layer + 1))
        most = self._show_signed(picture)
        self.sum.setText("" if picture is None else f"±{written(most, '.2f')}")
        self.difference.setText("")
        self.says.setText(tr(NO_PICTURE if picture is None else THROUGH_OTHERS if deep else ITS_WEIGHTS))

    def _show_signed(self, numbers: Array | None) -> float:
        """Show numbers (rows, columns) around zero; return the size of the largest, 0 where one is not finite."""
        most = 0.0 if numbers is None else float(np.abs(numbers).max(initial=0.0))
        most = most if np.isfinite(most) else 0.0
        self.pixels.set_numbers(numbers, most)
        return most

    def _legend(self) -> QVBoxLayout:
        most, least, *below = self._captions
        bar = gridbox((SignedBar("draw.why.legend"), 0, 0, 3, 1), (most, 0, 1), (least, 2, 1), rows={1: 1}, gap="tight")
        return vbox((bar, 1), "small", below[0], self.sum, below[1], self.difference, gap=0)


def _side_room() -> int:
    """Return the room of the captions beside the pixels: that of their longest word."""
    said = (tr(texts[place]) for texts in CAPTIONS.values() for place, lines in enumerate(CAPTION_LINES) if lines)
    return max(scaled(SIDE_ROOM), longest_word(*said))


def _give_lines(label: QLabel, place: int) -> None:
    wide, measure, wrapped = _side_room(), QFontMetrics(font("caption")), int(Qt.TextFlag.TextWordWrap)
    said = (tr(texts[place]) for texts in CAPTIONS.values())
    highs = (measure.boundingRect(QRect(0, 0, wide, NO_LIMIT), wrapped, words).height() for words in said)
    label.setFixedSize(wide, max(QFontMetrics(font("body")).lineSpacing() * CAPTION_LINES[place], *highs))


class SignedBar(Repainted):
    """The colours from most against, below, to most for, above."""

    heard_role: ClassVar = QAccessible.Role.List

    def __init__(self, name: str) -> None:
        tip = tr("Orange pixels speak for the answer, blue ones against it; of a change, more ink and less.")
        super().__init__(name, tr("Colours"), tip=tip)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(10, 60)

    def heard_parts(self) -> Sequence[HeardPart]:
        half = self.height() / 2
        return [
            HeardPart(tr("Orange: for it, or more ink"), QRectF(0, 0, self.width(), half)),
            HeardPart(tr("Blue: against it, or less ink"), QRectF(0, half, self.width(), half)),
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        colors, painter = theme().current, QPainter(self)
        place = QRectF(self.rect()).adjusted(0.5, 1.5, -0.5, -1.5)
        shade = QLinearGradient(place.bottomLeft(), place.topLeft())
        for number, color in enumerate(colors.signed):
            shade.setColorAt(number / (len(colors.signed) - 1), color)
        painter.setBrush(shade)
        painter.setPen(QPen(colors.color("line"), 1))
        painter.drawRect(place)
