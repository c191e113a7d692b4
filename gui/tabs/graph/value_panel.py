"""The value at the current node, and the buttons that step from node to node."""

import math
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QPushButton

from engine.analysis.graph.messages import Item, Node, NodeValue
from engine.core.language import headed, mark, tr, tr_plural
from engine.core.lazy import Array
from engine.core.text import written
from gui.look.color_maps import magnitude_image, signed_image
from gui.look.fonts import font, scaled, sized
from gui.look.layout import SPRING, add, gridbox, hbox, vbox
from gui.look.theme import theme
from gui.look.words import Elided, for_hands, named, plain_tip, set_figure, start, with_room, words
from gui.widgets.figures.table import Table, matrix_table
from gui.widgets.forms.controls import Segments, chip
from gui.widgets.heard import HeardPart
from gui.widgets.painted import LEFT, RIGHT, Bar, Frame, Image, Mark, Painted, Words, draw, smooth_painter
from gui.widgets.panel import Panel
from gui.widgets.pictures.cell_words import exact, heard_number, short

NOTHING = mark("Click a node to see what flows out of it, or press Step to go with the data.")
NO_NUMBERS = mark("No numbers flow out of this node: others wait for it.")
WORDS_WIDTH, FIGURE_WIDTH, PLACE_WIDTH = 410, 90, 72
FACTS = {"least": mark("Min"), "most": mark("Max"), "mean": mark("Mean")}
FEEDS = {
    "image": (mark("Test image"), mark("What flows for the chosen test image")),
    "drawing": (mark("Drawing"), mark("Nothing is drawn yet.")),
}

type Form = Literal["nothing", "number", "bars", "picture"]

MOST_BARS = 16
WIDEST_BARS, BARS_GAP = 460, 24
BAR_LEFT, BAR_RIGHT = 20.0, 58.0  # room for a bar's number, and for its value
LEAST_BAR = 14.0  # lower bars would be in more columns
WIDE, HIGH = 780, 98  # the room in the smallest usual window, in pixels
MOST_SIDE = 512  # larger maps are averaged: the screen has no more pixels for them
DIGIT_PIXELS, DIGIT_SIDE = 784, 28

# Of weights over the pixels the strongest neurons are shown as pictures: at least this number, as large as possible.
ENOUGH_TILES, MOST_TILES = 8, 24

LEAST_BAND = 2  # smallest side of a number in a band, in pixels: smaller ones are averaged instead


class ValuePanel(Panel):
    """Shows values, and signals which button was pressed."""

    steppedBy = Signal(int)

    def __init__(self) -> None:
        super().__init__(tr("What flows"), "graph.values")
        self.picture = ValuePicture()
        self.title = named(words("", "title"), "graph.node")
        self.sentence = named(words("", "label", wrapped=True), "graph.sentence")
        self.shape = Elided("graph.shape", "label")
        self.about = named(words("", "caption", wrapped=True), "graph.about")
        self.figures = {
            key: named(with_room(words("", "small value"), FIGURE_WIDTH), f"graph.{key}")  # no text
            for key in FACTS
        }
        self._heads = {key: words("", "caption") for key in FACTS}
        self.feed = Segments("graph.feed", FEEDS)
        self.place = named(words("", "label", centred=True), "graph.place")
        self.back = _button("graph.back", tr("Step back"), tr("One node back against the flow (Page Up in the graph)"))
        tip = tr("Follow the data from node to node, then the gradients back (G in the graph)")
        self.play = _button("graph.play", tr("Play"), tip, checkable=True)
        self.next = _button("graph.next", tr("Step"), tr("One node on with the flow (Page Down in the graph)"))
        self.next.setAccessibleName(tr("Step to the next node"))  # the transport has a step of training
        self.back.clicked.connect(lambda: self.steppedBy.emit(-1))
        self.next.clicked.connect(lambda: self.steppedBy.emit(1))
        self._shape = self._name = ""
        theme().changed.connect(self._fit_name)
        self.picture.refolded.connect(self._show_shape)
        sized(self.place.setMinimumWidth, PLACE_WIDTH)
        node = hbox(self.title, SPRING, self.feed, self.place, gap="small")
        add(self.head, "medium", (node, 1), hbox(self.back, self.play, self.next, gap="small"))
        facts = gridbox(columns={2 * len(FACTS): 1}, gap=("tight", None))
        for column, key in enumerate(FACTS):
            facts.addWidget(self._heads[key], 0, 2 * column)
            facts.addWidget(self.figures[key], 0, 2 * column + 1)
            self.figures[key].setAlignment(start(Qt.AlignmentFlag.AlignTop))
        sized(self.sentence.setFixedWidth, WORDS_WIDTH)
        sized(self.about.setFixedWidth, WORDS_WIDTH)
        about = vbox(self.sentence, self.shape, facts, self.about, SPRING, gap="tight")
        self.body.addLayout(hbox(about, (self.picture, 1), gap="large"), 1)
        self.show_nothing()

    def show_nothing(self, sentence: str = "") -> None:
        """Show a sentence in place of a value: what to do, or why there is none."""
        self.title.setText("")
        self._name = ""
        self.sentence.setText(sentence or for_hands(tr(NOTHING)))
        self.sentence.setToolTip("")
        self.shape.set_words("")
        for label in (self.about, *self.figures.values(), *self._heads.values()):
            label.setText("")
        self.picture.show_value(None)

    def show_node(self, item: Item, node: Node | None) -> None:
        """Show which node is current; the last value stays until its own comes."""
        self.title.setText(item.label if item.is_block or node is None else f"{node.op}")
        name = item.caption if node is None else node.name
        self._name = name
        self._fit_name()
        self.sentence.setToolTip(plain_tip(name))

    def show_value(self, message: NodeValue, *, is_warmup: bool = False) -> None:
        """Show a value, which is for a picture, or in the warm-up's graph after some steps."""
        self.picture.show_value(message.value)
        if message.value is None:
            self.shape.set_words(tr(NO_NUMBERS))
            self.about.setText("")
        else:
            self._shape = message.shape
            self._show_shape()
            about = message.about
            self.about.setText(f"{about[:1].upper()}{about[1:]}." if is_warmup else tr("For {about}.", about=about))
        for key, head in FACTS.items():
            self._heads[key].setText(tr(head))
            value = float(getattr(message, key))
            set_figure(self.figures[key], exact(value) if math.isfinite(value) else "–")

    def _show_shape(self) -> None:
        caption, brief = self.picture.caption, self.picture.brief
        self.shape.set_words(headed(self._shape, caption) if caption else self._shape, headed(self._shape, brief))

    def show_place(self, number: int | None, count: int) -> None:
        self.place.setText(
            tr("{number} of {count}", number=number + 1, count=count)
            if number is not None
            else tr_plural("{count} step", "{count} steps", count)
        )
        self.next.setEnabled(bool(count) and number != count - 1)
        self.play.setEnabled(bool(count))
        self.back.setEnabled(bool(number))

    def show_playing(self, playing: bool) -> None:
        self.play.setChecked(playing)
        self.play.setText(tr("Pause") if playing else tr("Play"))

    def _fit_name(self) -> None:
        if self._name:
            self.sentence.ensurePolished()
            elided = self.sentence.fontMetrics().elidedText
            self.sentence.setText(elided(self._name, Qt.TextElideMode.ElideMiddle, scaled(WORDS_WIDTH)))


def _button(name: str, text: str, tip: str, *, checkable: bool = False) -> QPushButton:
    button = chip(name, text, tip, checkable=checkable, look="small")
    sized(button.setMinimumWidth, 64)
    return button


def form_of(value: Array | None) -> Form:
    """Return how an array is shown."""
    if value is None or not value.size:
        return "nothing"
    if value.size == 1:
        return "number"
    return "bars" if value.size <= MOST_BARS and max(value.shape) == value.size else "picture"


def described(value: Array | None) -> str:
    """Return an array in words: its numbers where they are few, else its shape and between what they lie."""
    form = form_of(value)
    if value is None or form == "nothing":
        return ""
    if form != "picture":
        return ", ".join(exact(number) for number in value.ravel().tolist())
    finite = value[np.isfinite(value)]
    shape = " × ".join(map(str, value.shape))
    if not finite.size:
        return tr("{shape} numbers", shape=shape)
    low, high = (exact(float(end)) for end in (finite.min(), finite.max()))
    return tr("{shape} numbers from {low} to {high}", shape=shape, low=low, high=high)


def bar_words(value: float) -> str:
    """Return a number beside a bar: short, but never "0" for one that is not zero."""
    text = short(value, 6)
    return text if value == 0 or text.strip("−0.,") else written(value, ".0e")


MOST_HEARD = 1000  # rows of an array, or numbers of its only one, that a screen reader is given


class ValuePicture(Painted):
    """An array as a number, bars, or a picture."""

    refolded = Signal()  # the array is folded in another way, as the widget's size has changed

    def __init__(self) -> None:
        super().__init__("graph.value", tr("The value as a picture"), size=(300, HIGH + 2))
        self.setToolTip(tr("What flowed out of this node"))
        self._value: Array | None = None
        self._folded: Folded | None = None

    @property
    def form(self) -> Form:
        return form_of(self._value)

    @property
    def map(self) -> Array | None:
        """The picture (rows, columns); `None` where the array is shown in another way."""
        return self._folded.map if self._folded else None

    def show_value(self, value: Array | None) -> None:
        self._value = value
        self._fold()
        self.update()

    def table(self) -> Table | None:
        value = self._value
        if value is None or not value.size:
            return None
        if value.ndim == 2:
            return matrix_table(value, range(len(value)), range(value.shape[1]), mark("row"))
        axes = [f"axis {axis}" for axis in range(value.ndim)]  # no text
        return Table([*axes, mark("value")], ([*place, value[place].item()] for place in np.ndindex(value.shape)))

    def finding(self) -> str:
        """Return the array in words."""
        return described(self._value)

    def heard_parts(self) -> Sequence[HeardPart]:
        """Return the numbers of a single row, or between what those of each row lie; the first of very many."""
        if self._value is None or not self._value.size:
            return []
        rows = self._value.reshape(-1, self._value.shape[-1]) if self._value.ndim else self._value.reshape(1, 1)
        if len(rows) == 1:
            return [HeardPart(f"{at}: {heard_number(one)}") for at, one in enumerate(rows[0, :MOST_HEARD].tolist())]
        ends = zip(rows[:MOST_HEARD].min(axis=1).tolist(), rows[:MOST_HEARD].max(axis=1).tolist(), strict=True)
        return [
            HeardPart(tr("Row {row}: from {low} to {high}", row=row, low=heard_number(low), high=heard_number(high)))
            for row, (low, high) in enumerate(ends)
        ]

    @property
    def caption(self) -> str:
        """How the array was folded into the picture; empty where it was not."""
        return self._folded.caption if self._folded else ""

    @property
    def brief(self) -> str:
        """The same where it has little room."""
        return self._folded.brief or self._folded.caption if self._folded else ""

    def _fold(self) -> None:
        ratio = self.devicePixelRatioF()
        wide, high = (max(int((side - 2) * ratio), 1) for side in (self.width(), self.height()))
        has_map = self._value is not None and self.form == "picture"
        self._folded = folded(self._value, wide, high) if has_map else None  # type: ignore[arg-type]

    def resizeEvent(self, event: QResizeEvent) -> None:
        before = self.caption
        self._fold()
        if self.caption != before:
            self.refolded.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        if self._value is None:
            return
        if self.form == "number":
            painter.setFont(font("answer_small"))
            fitted = painter.font()
            text = exact(float(self._value.reshape(())))
            fitted.setPixelSize(scaled(46))
            wide = max(1.0, QFontMetricsF(fitted).horizontalAdvance(text))
            fitted.setPixelSize(min(scaled(46), round(scaled(46) * self.width() / wide)))
            painter.setFont(fitted)
            painter.setPen(theme().current.color("text"))
            painter.drawText(self.rect(), LEFT, text)
        elif self.form == "bars":
            draw(painter, *self._bars(np.nan_to_num(self._value.astype(np.float64).ravel(), posinf=0, neginf=0)))
        elif self.map is not None:
            self._draw_map(painter, self.map)

    def _bars(self, values: Array) -> Iterator[Mark]:
        """Yield bars below each other, all on one scale; where they would be too low, in columns side by side."""
        across = math.ceil(len(values) * scaled(LEAST_BAR) / max(self.height(), 1))
        rows = -(-len(values) // across)
        width = min((self.width() - (across - 1) * BARS_GAP) / across, scaled(WIDEST_BARS))
        height, before, behind = self.height() / rows, scaled(BAR_LEFT), scaled(BAR_RIGHT)
        least, most = min(0.0, float(values.min())), max(0.0, float(values.max()))
        scale = (width - before - behind) / (most - least or 1.0)
        for number, value in enumerate(values.tolist()):
            column, row = divmod(number, rows)
            place = QRectF(column * (width + BARS_GAP), row * height, width, height)
            yield Words(place, str(number), "muted", numbers=True)
            yield Words(place, bar_words(value), "muted", side=RIGHT, numbers=True)
            color = QColor(theme().current.signed[5 if value > 0 else 1]) if least < 0 else "accent"
            begin = place.x() + before + (min(0.0, value) - least) * scale
            yield Bar(QRectF(begin, place.y() + 1.5, abs(value) * scale, max(height - 3, 2)), color, radius=0)

    def _draw_map(self, painter: QPainter, numbers: Array) -> None:
        rows, columns = numbers.shape
        most = float(np.abs(numbers[np.isfinite(numbers)]).max(initial=0.0)) or 1.0
        ratio = self.devicePixelRatioF()
        scale = min((self.width() - 2) * ratio / columns, (self.height() - 2) * ratio / rows)
        scale = math.floor(scale) if scale >= 1 else scale
        place = QRectF(1, 1, columns * scale / ratio, rows * scale / ratio)
        is_signed = bool((numbers < 0).any())
        clean = np.nan_to_num(numbers, posinf=most, neginf=-most)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < 1)
        image = signed_image(clean, most) if is_signed else magnitude_image(clean, most)
        draw(painter, Image(place, image), Frame(place.adjusted(-0.5, -0.5, 0.5, 0.5)))


class Folded(NamedTuple):
    """Rows and columns, float64; NaN where there is no number."""

    map: Array
    caption: str = ""  # how it was folded; empty where it was not
    brief: str = ""  # the same in fewer words, if there are


def folded(value: Array, wide: int = WIDE, high: int = HIGH) -> Folded:
    """Return an array folded for a room of this size, in device pixels.

    784 numbers are the pixels of a picture; of 784 rows the strongest columns are pictures side by side; a single row
    is broken into lines, few long ones into bands; feature maps are side by side; what is higher than wide is
    transposed.
    """
    numbers = np.asarray(value, np.float64)
    numbers = numbers.reshape(numbers.shape[1:]) if numbers.ndim > 1 and numbers.shape[0] == 1 else numbers
    numbers = numbers.reshape(numbers.shape[:-1]) if numbers.ndim > 2 and numbers.shape[-1] == 1 else numbers
    if numbers.ndim == 1:
        return _lines(numbers, wide, high)
    if numbers.ndim == 3:
        rows, columns, count = numbers.shape
        across, _ = _grid(count, count, rows, columns, wide, high)
        return Folded(_averaged(_laid(np.moveaxis(numbers, 2, 0), across)))
    if numbers.ndim > 3:
        numbers = numbers.reshape(-1, numbers.shape[-1])
    if numbers.shape[0] == DIGIT_PIXELS:
        return _strongest(numbers, wide, high)
    return _bands(numbers.T if numbers.shape[0] > numbers.shape[1] else numbers, wide, high)


def _strongest(numbers: Array, wide: int, high: int) -> Folded:
    """Return the columns (784 each) with the largest entries as pictures, in their own order."""
    most = np.abs(np.nan_to_num(numbers)).max(axis=0)
    count = min(len(most), MOST_TILES)
    across, down = _grid(count, min(count, ENOUGH_TILES), DIGIT_SIDE, DIGIT_SIDE, wide, high)
    chosen = np.sort(np.argsort(-most, kind="stable")[: across * down])
    pictures = numbers[:, chosen].T.reshape(-1, DIGIT_SIDE, DIGIT_SIDE)
    brief, which = tr("the {count} strongest columns as pictures", count=len(chosen)), map(str, chosen.tolist())
    return Folded(_laid(pictures, across), headed(brief, ", ".join(which)), brief)


def _grid(most: int, least: int, rows: int, columns: int, wide: int, high: int) -> tuple[int, int]:
    """Return how many pictures fit side by side, and below each other, where `least` of them are largest."""
    for scale in range(max(high // rows, 1), 0, -1):
        across = min((wide + scale) // ((columns + 1) * scale), most)
        down = (high + scale) // ((rows + 1) * scale)
        if across * down >= least:
            down = min(down, -(-most // across))
            return min(across, -(-most // down)), down
    return most, 1


def _laid(pictures: Array, across: int) -> Array:
    """Return pictures in rows of `across`, with an empty line between them."""
    count, rows, columns = pictures.shape
    down = -(-count // across)
    canvas = np.full((down, across, rows + 1, columns + 1), np.nan)
    for place, picture in enumerate(pictures):
        canvas[place // across, place % across, :rows, :columns] = picture
    return canvas.transpose(0, 2, 1, 3).reshape(down * (rows + 1), across * (columns + 1))[:-1, :-1]


def _lines(numbers: Array, wide: int, high: int) -> Folded:
    """Return a single row broken into as few lines as make the squares largest."""
    count = len(numbers)
    if count == DIGIT_PIXELS:
        return Folded(numbers.reshape(DIGIT_SIDE, DIGIT_SIDE))
    columns = math.ceil(math.sqrt(1.6 * count))
    for scale in range(high, 0, -1):
        if wide >= scale and -(-count // (wide // scale)) * scale <= high:
            columns = -(-count // -(-count // (wide // scale)))
            break
    rows = -(-count // columns)
    full = np.full(rows * columns, np.nan)
    full[:count] = numbers
    return Folded(
        _averaged(full.reshape(rows, columns)),
        tr("{rows} rows of {columns}", rows=rows, columns=columns) if rows > 1 else "",
    )


def _bands(numbers: Array, wide: int, high: int) -> Folded:
    """Return rows longer than the room in bands below each other, where that makes the squares larger."""
    rows, columns = numbers.shape
    for scale in range(high // rows, LEAST_BAND - 1, -1):
        count = -(-columns // max(wide // scale, 1))
        if count == 1:
            break
        if (count * (rows + 1) - 1) * scale <= high:
            width = -(-columns // count)
            full = np.pad(numbers, ((0, 0), (0, count * width - columns)), constant_values=np.nan)
            pictures = full.reshape(rows, count, width).transpose(1, 0, 2)
            return Folded(_laid(pictures, 1), tr("in {count} bands of {width} columns", count=count, width=width))
    return Folded(_averaged(numbers))


def _averaged(numbers: Array) -> Array:
    for axis in (0, 1):
        by = -(-numbers.shape[axis] // MOST_SIDE)
        if by > 1:
            starts = np.arange(0, numbers.shape[axis], by)
            ends = np.diff(np.append(starts, numbers.shape[axis]))
            numbers = np.add.reduceat(numbers, starts, axis=axis) / (ends[:, None] if axis == 0 else ends)
    return numbers
