"""The evidence for the answer, page by page: the nearest images, the breakdown, the replayed strokes, the training."""

from collections.abc import Iterator, Sequence
from typing import ClassVar, cast

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QAccessible, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QWidget

from engine.analysis.probes.breakdown import Breakdown, Line
from engine.analysis.probes.nearest import NearestImages, Ranking
from engine.core.language import mark, tr, tr_plural
from engine.core.text import printable, written
from gui.look.class_names import class_cell, class_name, fitted_name, one_of_class
from gui.look.color_maps import picture_image
from gui.look.first_look import plainly, rarely
from gui.look.focus_ring import BY_KEYS
from gui.look.fonts import font, metrics, scaled
from gui.look.layout import SPRING, add, hbox, stack, vbox
from gui.look.words import Elided, enable, named, words
from gui.tabs.draw.charts import ClassLegend, StackedChart, TrainingPage
from gui.widgets.figures.table import Table
from gui.widgets.forms.controls import ChoiceChip, Segments
from gui.widgets.heard import HeardPart, say_part
from gui.widgets.painted import CENTER, LEFT, RIGHT, Bar, Frame, Image, Mark, Painted, Rule, Words, draw, draw_waiting
from gui.widgets.panel import Panel
from gui.widgets.pictures.picture_grid import PictureGrid

PICTURES, ABREAST = 8, (4, 3, 2)  # how many there are, and in how many columns
LABEL_HEIGHT = 17
LINE_HEIGHT = 17
FOOT_LINES = 3  # always below the neurons: all others together, the bias, and the logit
EDGE = 4  # room at both sides, so that the current line has an edge

type Cells = tuple[str, str, str, str]

HOW_TO = mark(
    "A neuron contributes its activation times its weight; with the bias, the contributions sum to the logit. "
    "Point at a line, or go there with the arrow keys, to see what the neuron looks for."
)

HEAD: Cells = mark("neuron"), mark("activation"), mark("weight"), mark("contribution")


class ReplayPage(QWidget):
    """The answer over the time of the strokes, and the button that replays them."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("draw.replay")
        self.chart = StackedChart("draw.replay.chart", tr("Replay the strokes to see how their answer came about."))
        self.button = named(QPushButton(tr("Replay the strokes")), "draw.replay.button", title=tr("Replay the strokes"))
        self.legend = ClassLegend("draw.replay.legend", self.chart)
        vbox((self.chart, 1), self.legend, self.button, gap="tight", on=self)
        self.set_possible(False)

    def set_possible(self, possible: bool) -> None:
        tip = tr("Draw the strokes once more and watch the answer change.")
        enable(self.button, possible, tip, tr("No stroke is drawn yet."))


PAGES = {
    "nearest": (mark("Nearest"), mark("The training images that the hidden neurons find most like your drawing")),
    "breakdown": (mark("Breakdown"), mark("The arithmetic of the answer: how much each neuron adds to its score")),
    "replay": (mark("Replay"), mark("Draw your strokes once more, and see how the answer came about")),
    "training": (mark("Training"), mark("What the network would have read at each snapshot of its training")),
}


ROOM = 265  # of the row of pages, unless its titles need less, in pixels of letters of 100 %

OTHER_IMAGES = mark("These need not be what the run learned from.")
TO_DATA = mark("Click to pick it out, double-click to see it in Data.")
RANKINGS = {
    "alike": (mark("Most alike"), mark("Those that the last hidden layer takes for most like your drawing")),
    "for": (
        mark("Spoke for it"),
        mark("Those that would raise the probability of the answer most, learned once more at this snapshot"),
    ),
    "against": (
        mark("Spoke against it"),
        mark("Those that would lower the probability of the answer most, learned once more at this snapshot"),
    ),
}


IN_TRAINING = {
    "alike": mark("Most alike in training"),
    "for": mark("Spoke for it in training"),
    "against": mark("Spoke against it in training"),
}
DISTANCE, INFLUENCE, OF_LAST_LAYER = (
    mark("distance"),
    mark("−grad L · grad log p, all layers"),
    mark("−grad L · grad log p, last layer"),
)

# The measures that training images are chosen by, in short and in full.
MEASURES = {
    DISTANCE: mark("Euclidean distance between the activations of the last hidden layer"),
    INFLUENCE: mark(
        "By how much a gradient step on the training image alone raises log p, the logarithm of the answer's "
        "probability, to first order and for a rate of 1. L is the loss that the run learns with; the gradients are by "
        "all weights and biases."
    ),
    OF_LAST_LAYER: mark(
        "By how much a gradient step on the training image alone raises log p, the logarithm of the "
        "answer's probability, to first order and for a rate of 1. L is the loss that the run learns with; the "
        "gradients are by the last layer's weights and biases alone, as the network has more than dense layers."
    ),
}


def measure_of(images: NearestImages) -> str:
    """Return the short title of a measure."""
    if images.influences is None:
        return DISTANCE
    return OF_LAST_LAYER if images.of_last_layer else INFLUENCE


class EvidencePanel(Panel):
    """The pages, with their switch."""

    rankingChosen = Signal()  # training images by another measure are wanted

    def __init__(self) -> None:
        super().__init__("", "draw.evidence")
        self.setAccessibleName(tr("What the answer rests on"))
        self.page = Segments("draw.page", PAGES, narrow=True, least=ROOM)
        self.nearest = NearestGrid("draw.nearest")
        self.remark = Elided("draw.nearest.remark")
        self.breakdown = BreakdownTable("draw.breakdown")
        self.replay, self.training = ReplayPage(), TrainingPage()
        tip = tr("Which training images are shown")
        self.measure = Elided("draw.nearest.measure")
        self.by = ChoiceChip("draw.nearest.by", tr("Training images"), RANKINGS, tip, look="fact")
        nearest = named(QWidget(), "draw.nearest.page")
        self.remark.hide()
        vbox((self.nearest, 1), self.remark, hbox(self.by, (self.measure, 1)), gap="tight", on=nearest)
        of = {"nearest": nearest, "breakdown": self.breakdown, "replay": self.replay, "training": self.training}
        self._pages = named(stack(*of.values()), "draw.pages")
        self._title_of_page = plainly(named(words("", "title"), "draw.evidence.title"))  # in place of the switch
        self._name_page()
        add(self.head, self.page, self._title_of_page, SPRING)
        rarely(self.page, self.by, self.measure)
        self.body.addWidget(self._pages, 1)
        self.page.chosen.connect(lambda key: self._pages.setCurrentWidget(of[key]))
        for choice in (self.page, self.by):
            choice.chosen.connect(lambda _: self._name_page())
        self.by.chosen.connect(lambda _: self.rankingChosen.emit())

    def _name_page(self) -> None:
        title = IN_TRAINING[self.by.key] if self.page.key == "nearest" else PAGES[self.page.key][0]
        self._title_of_page.setText(tr(title))

    @property
    def ranking(self) -> Ranking:
        """The measure that the shown training images are chosen by."""
        return cast("Ranking", self.by.key)

    def show_nearest(self, images: NearestImages | None, answer: int | None = None) -> None:
        """Show training images, their measure, the `answer` (a class), and whether the run learned from them."""
        self.nearest.show_images(images, answer)
        measure = "" if images is None else measure_of(images)
        self.measure.set_words(tr(measure))
        self.measure.setToolTip(tr(MEASURES.get(measure, "")))
        self.remark.set_words(printable(images.remark) if images is not None else "", tr(OTHER_IMAGES))
        self.remark.setVisible(bool(self.remark.words))


class NearestGrid(PictureGrid):
    """Eight places; a label that differs from the answer stands out."""

    def __init__(self, name: str) -> None:
        super().__init__(name, tr("Training images"), size=(4 * 62, 2 * (56 + LABEL_HEIGHT + 4)), takes_keys=True)
        self.setToolTip(tr("The training images that are chosen below, the first one first"))
        self._marked: int | None = None  # number of the training image with a frame
        self._found: NearestImages | None = None
        self._answer: int | None = None

    @property
    def labels(self) -> list[int]:
        return [] if self._found is None else [int(label) for label in self._found.labels]

    @property
    def numbers(self) -> list[int]:
        return [] if self._found is None else self._found.numbers.tolist()

    def show_images(self, images: NearestImages | None, answer: int | None = None) -> None:
        """Show these images beside the answer (a class); empty places for `None`."""
        before, self._found, self._answer = self.numbers, images, answer
        if self.numbers != before:
            self.set_current(None)
        self.update()

    def finding(self) -> str:
        if not self.labels:
            return ""
        count, first, known = len(self.labels), class_name(self.labels[0]), self._known(0)
        if self._answer is None:
            return tr_plural(
                "Of {count:,} training image the first is of class {first}, {known}.",
                "Of {count:,} training images the first is of class {first}, {known}.",
                count,
                first=first,
                known=known,
            )
        return tr_plural(
            "{same} of {count:,} training image are of class {answer}, as the answer is; "
            "the first is {first}, {known}.",
            "{same} of {count:,} training images are of class {answer}, as the answer is; "
            "the first is {first}, {known}.",
            count,
            same=self.labels.count(self._answer),
            answer=class_name(self._answer),
            first=first,
            known=known,
        )

    def heard_text(self, number: int) -> str:
        label = class_name(self.labels[number])
        image = tr("training image {number:,}", number=self.numbers[number])
        return f"{label}, {image}, {self._known(number)}"

    def table(self) -> Table | None:
        if (images := self._found) is None:
            return None
        figures = images.distances if images.influences is None else images.influences
        rows = zip(images.numbers.tolist(), map(class_cell, self.labels), figures.tolist(), strict=True)
        return Table((mark("training image"), mark("label"), measure_of(images)), list(rows))

    def show_answer(self, answer: int | None) -> None:
        """Take another answer; the images stay."""
        if answer != self._answer:
            self._answer = answer
            if self._found is not None:  # else no label looks another way
                self.update()

    def mark_number(self, number: int | None) -> None:
        self._marked = number
        self.update()

    def count(self) -> int:
        return len(self.labels)

    def columns(self) -> int:
        """Return the number of columns that makes the pictures largest, and of equal ones their room a square."""
        uneven = {columns: abs(self.width() / columns - self.height() / -(-PICTURES // columns)) for columns in ABREAST}
        return max(ABREAST, key=lambda columns: (self._scale_in(columns), -uneven[columns]))

    def _scale_in(self, columns: int) -> int:
        ratio, rows = self.devicePixelRatioF(), -(-PICTURES // columns)
        high = self.height() / rows - 2 - (0 if self._is_low else scaled(LABEL_HEIGHT))
        return max(1, int(min(self.width() / columns - 2, high) * ratio // 28))

    def tip_of(self, number: int) -> str:
        image, label = self.numbers[number], self.labels[number]
        about = tr("Training image {number:,}, {name}", number=image, name=one_of_class(label))
        return f"{about}, {self._known(number)}\n{tr(TO_DATA)}"

    def _known(self, number: int) -> str:
        """Return in words by what an image was chosen."""
        assert self._found is not None
        distance = tr("at distance {distance:.2f}", distance=self._found.distances[number])
        if (influences := self._found.influences) is None:
            return distance
        return f"{tr('influence {influence}', influence=written(influences[number], '+.3g'))}, {distance}"

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        draw(painter, *self._marks())
        if self._found is None and self.is_waiting:
            draw_waiting(painter, QRectF(self.rect()))

    def _marks(self) -> Iterator[Mark]:
        for number in range(PICTURES):
            place = self.place_of(number)
            if self._found is None or number >= len(self.labels):
                yield Bar(place, "raised")
                continue
            yield Image(place, picture_image(self._found.pictures[number]))
            is_marked = self.numbers[number] == self._marked
            if is_marked or (number == self.current and self.hasFocus()):
                yield Frame(place.adjusted(1, 1, -1, -1), "accent" if is_marked else "faint", 2)
            label = self.labels[number]
            room = QRectF(place.left(), place.bottom(), place.width(), scaled(LABEL_HEIGHT))
            if self._is_low:
                room = place.adjusted(place.width() + 4, 0, self.width() / self.columns() - place.width(), 0)
            name = fitted_name(label, room.width(), font("caption", numbers=True))
            color = "faint" if label == self._answer else "curve_2_text"
            yield Words(room, name, color, side=LEFT if self._is_low else CENTER, numbers=True)

    @property
    def _is_low(self) -> bool:
        """Whether labels stand beside the pictures, as there is no room for them below."""
        return self.height() / 2 < 28 / self.devicePixelRatioF() + scaled(LABEL_HEIGHT)

    def place_of(self, number: int) -> QRectF:
        """Return where picture `number` is: a whole multiple of the screen's pixels where there is room."""
        columns = self.columns()
        side = 28 * self._scale_in(columns) / self.devicePixelRatioF()
        row, column = divmod(number, columns)
        across = self.width() / columns if self._is_low else (self.width() - side) / (columns - 1)
        down = min(self.height() / -(-PICTURES // columns), side + 2 * scaled(LABEL_HEIGHT))
        return QRectF(round(column * across), round(row * down), side, side)


class BreakdownTable(Painted):
    """As many neurons as have room; the others are one line, so that the sum is right."""

    heard_role: ClassVar = QAccessible.Role.List

    neuronPointed = Signal(object)  # the number of the neuron whose line is pointed at, by mouse or keys, or `None`

    def __init__(self, name: str) -> None:
        size, least = (240, 9 * LINE_HEIGHT), (240, (FOOT_LINES + 2) * LINE_HEIGHT)
        super().__init__(
            name, tr("Breakdown"), tip=tr(HOW_TO), size=size, least=least, follows_mouse=True, takes_keys=True
        )
        self.setToolTipDuration(8000)
        self._breakdown: Breakdown | None = None
        self._line: int | None = None  # the current line, from the top
        self._pointed: int | None = None

    def show_breakdown(self, breakdown: Breakdown | None) -> None:
        self._breakdown = breakdown
        self.point_at(self._line)  # another neuron may be there now
        self.update()

    def rows(self) -> list[Cells]:
        """Return the text of the rows: neuron, activation, weight and product."""
        if self._breakdown is None or self._breakdown.remark:
            return []
        lines = self._breakdown.lines
        shown = lines[: self._room()]
        rows: list[Cells] = [
            (str(number), written(activation, ".2f"), f"× {signed(weight).lstrip('+')}", signed(product))
            for number, activation, weight, product in shown
        ]
        rest = sum(product for *_, product in lines[len(shown) :])
        rows.append((tr("{count} others", count=len(lines) - len(shown)), "", "", signed(rest)))
        rows.append((tr("bias"), "", "", signed(self._breakdown.bias)))
        name = class_name(self._breakdown.label, answer=True)
        rows.append((tr("logit of {name}", name=name), "", "", signed(self._breakdown.logit)))
        return rows

    def finding(self) -> str:
        if (shown := self._breakdown) is None:
            return ""
        name, logit = class_name(shown.label, answer=True), signed(shown.logit)
        if shown.remark:
            return shown.remark
        if not shown.lines:
            return tr("The logit of {name} is {logit}.", name=name, logit=logit)
        first = shown.lines[0]
        return tr(
            "Neuron {neuron} contributes most to the logit of {name}: {part} of {logit}.",
            neuron=first.neuron,
            name=name,
            part=signed(first.product),
            logit=logit,
        )

    def heard_parts(self) -> Sequence[HeardPart]:
        line, lines = scaled(LINE_HEIGHT), self._lines()
        return [
            HeardPart(
                tr(
                    "Neuron {neuron}: activation {activation} {weight} = {product}",
                    neuron=cells[0],
                    activation=cells[1],
                    weight=cells[2],
                    product=cells[3],
                )
                if number < len(lines)
                else f"{cells[0]}: {cells[3]}",
                QRectF(0, (number + 1) * line, self.width(), line),
                is_chosen=number < len(lines) and number == self._line,
            )
            for number, cells in enumerate(self.rows())
        ]

    def table(self) -> Table | None:
        if (shown := self._breakdown) is None or shown.remark:
            return None
        last = (
            (tr("bias"), None, None, shown.bias),
            (tr("logit of {name}", name=class_name(shown.label, answer=True)), None, None, shown.logit),
        )
        return Table(HEAD, [*shown.lines, *last])

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._breakdown is None and self.is_waiting:
            draw_waiting(painter, QRectF(self.rect()))
        draw(painter, *self._marks())

    def _marks(self) -> Iterator[Mark]:
        rows, line = self.rows(), scaled(LINE_HEIGHT)
        if self._breakdown is not None and self._breakdown.remark:
            room = QRectF(self.rect()).adjusted(EDGE, 0, -EDGE, 0)
            yield Words(room, self._breakdown.remark, "muted", "label", CENTER | Qt.TextFlag.TextWordWrap)
            return
        yield from self._cells(0, HEAD, "faint", "caption")
        for place, cells in enumerate(rows, 1):
            is_sum = place == len(rows)
            pointed = bool(cells[1]) and cells[0] == str(self._pointed)
            if pointed:
                radius = metrics()["space"]["tight"]
                ground = QRectF(0.5, place * line + 0.5, self.width() - 1, line - 1)
                yield Bar(ground, "accent_soft", radius=radius)
                if self.hasFocus():
                    yield Frame(ground, "focus", radius=radius)
            color = "accent" if pointed else "text" if cells[1] or is_sum else "muted"
            yield from self._cells(place, cells, color, "small_value" if is_sum else "label")
        if rows:
            below = len(rows) * line
            yield Rule(QPointF(0, below), QPointF(self.width(), below))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.point_at(int(event.position().y()) // scaled(LINE_HEIGHT) - 1)

    def leaveEvent(self, event: QEvent) -> None:
        self.point_at(None)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Point at the first line for those who come by keys."""
        super().focusInEvent(event)
        if event.reason() in BY_KEYS:
            self.point_at(0)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.point_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        by = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if by is None or not self._lines():
            super().keyPressEvent(event)
            return
        line = -1 if self._line is None else self._line
        self.point_at(min(max(line + by, 0), len(self._lines()) - 1))

    def _lines(self) -> tuple[Line, ...]:
        return self._breakdown.lines[: self._room()] if self._breakdown else ()

    def point_at(self, line: int | None) -> None:
        """Point at a line, from the top, as soon as there is one; `None`: at none."""
        lines = self._lines()
        self._line = line
        number = lines[line].neuron if line is not None and 0 <= line < len(lines) else None
        if number != self._pointed:
            self._pointed = number
            self.neuronPointed.emit(number)
            self.update()
            if line is not None and number is not None and self.hasFocus():
                say_part(self, line)

    def _room(self) -> int:
        return max(1, self.height() // scaled(LINE_HEIGHT) - 1 - FOOT_LINES)

    def _cells(self, place: int, cells: Cells, color: str, role: str) -> Iterator[Mark]:
        line, width, is_head = scaled(LINE_HEIGHT), self.width() - 2 * EDGE, cells is HEAD
        left: float = EDGE  # words of the head end in an ellipsis before the next one
        for text, end, side in zip(cells, (1.0, 0.47, 0.69, 1.0), (LEFT, RIGHT, RIGHT, RIGHT), strict=True):
            room = QRectF(left, place * line, EDGE + end * width - left, line)
            said = Words(room, tr(text) if is_head else text, color, role, side, not is_head, is_head)
            left = said.area().right() + EDGE if is_head else EDGE
            yield said


def signed(number: float) -> str:
    """Return a number with its sign and two digits after the point."""
    return written(number, "+.2f")
