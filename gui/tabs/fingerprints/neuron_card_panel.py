"""The panel of one hidden neuron: its weights, the images that excite it most, its output for each class."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel

from engine.analysis.probes.neuron_card import Excited, NeuronCard
from engine.core.language import mark, tr, tr_plural
from engine.core.lazy import Array
from engine.core.lens import Adjusted, Neuron
from engine.core.text import written
from gui.look.class_names import brief_name, class_name, one_of_class
from gui.look.color_maps import picture_image
from gui.look.fonts import font, metrics, scaled
from gui.look.layout import add, gridbox, stack
from gui.look.percents import percent
from gui.look.theme import theme
from gui.look.words import for_hands, named, set_tone, words
from gui.widgets.figures.table import Table, pixel_table, together
from gui.widgets.forms.controls import ChoiceChip
from gui.widgets.painted import Bar, Frame, Image, Mark, Words, draw
from gui.widgets.panel import Panel
from gui.widgets.pictures.picture_grid import PictureGrid
from gui.widgets.pictures.pixels import Pixels
from gui.widgets.plots.chart import Chart, Datum, Places

SIDE = 114  # least side of the two pictures: a pixel of MNIST is four of the screen
NO_NEURON = mark("Click a row\nto see its neuron.")
NO_WEIGHTS = mark("Its weights read\nother neurons,\nno pixels.")
IMAGES = {
    "most": (mark("Excite most"), mark("The test images that excite it most, the strongest first")),
    "least": (mark("Excite least"), mark("The test images that excite it least, the weakest first")),
}

CHARTS = {
    "means": (mark("Mean per class"), mark("Its mean output to the test images of each class")),
    "spread": (mark("Spread"), mark("How many test images give which output")),
    "outgoing": (mark("Outgoing weights"), mark("Its weights to the classes: how much it speaks for each, or against")),
}

# Height of the words below, radius of the corners, and a column's share of its room.
WORDS, RADIUS, WIDEST = 17, 2, 0.68

STRONG = 1  # the step of the signed colours that columns have, from either end
ABREAST, GAP = 3, 4

START = Qt.AlignmentFlag.AlignRight  # of chips with a menu, which run in the other direction than all else


class NeuronCardPanel(Panel):
    """Shows a card; its images can be chosen and sent."""

    imageChosen = Signal(int)  # a test image's number
    imageSent = Signal(int)  # an index among the shown images

    def __init__(self) -> None:
        super().__init__(tr("Neuron"), "fingerprints.neuron")
        self.share = named(words("", "caption"), "fingerprints.neuron.share")
        self.head.addWidget(self.share)
        self.state: QLabel = self.add_figure()
        self.weights = Pixels("fingerprints.neuron.weights", tr("Incoming weights"), signed=True)
        self.weights.setToolTip(tr("Its incoming weights: blue against, orange for; no colour is nothing"))
        self.no_weights = words("", "caption", centred=True)
        self._left = named(stack(self.weights, self.no_weights), "fingerprints.neuron.left")
        self.images = Thumbnails("fingerprints.neuron.images", tr("Images that it answers to"))
        self.images.setToolTip(tr("Test images. Click one to select it, double-click to draw on it."))
        self.which = ChoiceChip("fingerprints.neuron.which", tr("Images"), IMAGES, tr("Which test images are shown"))
        self.page = ChoiceChip("fingerprints.neuron.page", tr("Chart"), CHARTS, tr("What is charted below"))
        self.chart = ColumnChart("fingerprints.neuron.chart", tr(CHARTS["means"][0]))
        self.card: NeuronCard | None = None
        self._caption = caption = words(tr("Incoming weights"), "caption")
        grid = gridbox(
            (self._left, 0, 0, Qt.AlignmentFlag.AlignLeft),
            (self.images, 0, 1, Qt.AlignmentFlag.AlignLeft),
            (caption, 1, 0),
            (self.which, 1, 1, START),
            columns={1: 1},
            gap=("medium", "tight"),
        )
        add(self.body, grid, "tight", (self.page, 0, START), (self.chart, 1))
        for widget in (self.which, self.page, self._caption):  # hidden, they keep their room: nothing moves
            policy = widget.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            widget.setSizePolicy(policy)
        self.which.chosen.connect(self._show_images)
        self.page.chosen.connect(self._show_chart)
        self.images.chosen.connect(self._tell_image)
        self.images.sent.connect(self.imageSent)
        self.show_card(None)

    def show_neuron(self, neuron: Neuron | None, *, is_map: bool = False) -> None:
        """Show which neuron or feature map it is about, before its card comes."""
        if neuron is None:
            self.set_title(tr("Feature map") if is_map else tr("Neuron"))
            self.show_card(None)
        else:
            self.set_title(
                tr(mark("Feature map {number:,}") if is_map else mark("Neuron {number:,}"), number=neuron.number)
            )

    def show_state(self, *, silenced: bool, adjusted: Adjusted | None) -> None:
        text = tr("silenced") if silenced else ""
        if adjusted and not silenced:
            text = tr("set to {value}", value=written(adjusted.offset, ".2g"))
            if adjusted.factor:
                text = tr("boosted × {factor:g}", factor=adjusted.factor)
        # Not `set_figure`: its room only grows, so a long text would cut the words beside it for good.
        self.state.setText(text)
        set_tone(self.state, "changed")
        self._fit()

    def show_card(self, card: NeuronCard | None) -> None:
        """Show a neuron's card; `None`: nothing."""
        self.card = card
        weights = card.weights if card else None
        most = float(np.abs(weights).max(initial=0.0)) if weights is not None else 1.0
        self.weights.set_numbers(weights, most or 1.0)
        self.no_weights.setText(tr(NO_WEIGHTS) if card else for_hands(tr(NO_NEURON)))
        for widget in (self.which, self.page, self._caption):
            widget.setVisible(card is not None)
        self._left.setCurrentWidget(self.weights if weights is not None else self.no_weights)
        self.share.setText(tr("fires for {share}", share=percent(card.share_firing)) if card else "")
        self._fit()
        self.page.set_enabled("outgoing", card is None or card.outgoing is not None)
        if card is not None and card.outgoing is None and self.page.key == "outgoing":
            self.page.choose("means")
        self._show_images()
        self._show_chart()

    def table(self) -> Table | None:
        card, shown = self.card, self.shown
        if card is None or shown is None:
            return None
        images = zip(shown.numbers.tolist(), shown.labels.tolist(), shown.values.tolist(), strict=True)
        parts = [
            (tr(CHARTS[self.page.key][0]), self._charted(card)),
            (tr("images"), Table((mark("test image"), mark("label"), mark("activation")), list(images))),
        ]
        if card.weights is not None:
            parts.insert(1, (tr("incoming weights"), pixel_table(card.weights)))
        return together(parts)

    def _charted(self, card: NeuronCard) -> Table:
        if self.page.key == "spread":
            ends, counts = card.edges.tolist(), card.counts.tolist()
            return Table((mark("from"), mark("to"), mark("images")), list(zip(ends, ends[1:], counts, strict=False)))
        values = card.outgoing if self.page.key == "outgoing" and card.outgoing is not None else card.means
        return Table((mark("class"), mark("value")), list(enumerate(values.tolist())))

    def set_title(self, title: str, brief: str = "") -> None:
        super().set_title(title, brief)
        self._fit()

    def _fit(self) -> None:
        """Fit the pictures; leave out how often the neuron fires where it would be cut: the tooltip says it then."""
        room = min((self.width() - 3 * metrics()["space"]["medium"]) // 2, self.height() // 3)
        side = max(scaled(SIDE), (room - 4) // 28 * 28 + 2)
        for picture in (self._left, self.images):
            picture.setFixedSize(side, side)
        self.no_weights.ensurePolished()
        needed = self.no_weights.fontMetrics().size(0, self.no_weights.text()).width()
        self.no_weights.setWordWrap(needed > side)  # not always: a layout with such words gives other heights
        labels = self._title, self.share, self.state
        edges = sum(part.contentsMargins().left() + part.contentsMargins().right() for part in (self, self.column))
        for label in labels:
            label.ensurePolished()
        needed = sum(label.sizeHint().width() for label in labels) + len(labels) * self.head.spacing()
        fits = needed <= self.width() - edges
        self.share.setVisible(fits)
        self.state.setToolTip("" if fits else self.share.text())

    @property
    def shown(self) -> Excited | None:
        if self.card is None:
            return None
        return self.card.most_images if self.which.key == "most" else self.card.least_images

    def _show_images(self) -> None:
        shown = self.shown
        if shown is None:
            self.images.show_pictures(np.zeros((0, 28, 28), np.uint8), ())
            return
        lines = zip(shown.numbers.tolist(), shown.labels.tolist(), shown.values.tolist(), strict=True)
        tips = [
            tr(
                "Test image {number:,}, {thing}: {value}",
                number=number,
                thing=one_of_class(label),
                value=written(value, ".3g"),
            )
            for number, label, value in lines
        ]
        self.images.show_pictures(shown.pictures, tips)

    def _show_chart(self) -> None:
        card, key = self.card, self.page.key
        self.chart.setAccessibleName(tr(CHARTS[key][0]))
        if card is None:
            self.chart.clear()
        elif key == "spread":
            ends = card.edges.tolist()
            tips = [
                tr_plural(
                    "{count:,} image: {low} to {high}",
                    "{count:,} images: {low} to {high}",
                    count,
                    low=written(low, ".3g"),
                    high=written(high, ".3g"),
                )
                for count, low, high in zip(card.counts.tolist(), ends, ends[1:], strict=False)
            ]
            below = [written(ends[0], ".3g"), written(ends[-1], ".3g")]
            # The root keeps the tail visible beside the many images that a neuron is silent for.
            self.chart.show_values(np.sqrt(card.counts), below, tips, touching=True)
        else:
            values = card.outgoing if key == "outgoing" else card.means
            assert values is not None
            tips = [f"{class_name(label)}: {written(value, '.3g')}" for label, value in enumerate(values.tolist())]
            below = [brief_name(label) for label in range(len(values))]
            self.chart.show_values(values, below, tips, signed=key == "outgoing")

    def _tell_image(self, place: int) -> None:
        if self.shown is not None:
            self.imageChosen.emit(int(self.shown.numbers[place]))


class ColumnChart(Chart):
    """Numbers as columns, in one colour or, `signed`, in those of the signed pictures."""

    def __init__(self, name: str, title: str) -> None:
        super().__init__(name, title, size=(260, 90))
        self.setMinimumSize(80, 44)
        self.values: Array = np.zeros(0)  # what is shown (columns,)
        self._below: Sequence[str] = ()
        self._touching = self._signed = False

    @property
    def tips(self) -> tuple[str, ...]:
        return tuple(datum.tip for datum in self.data)

    def show_values(
        self,
        values: Array,
        below: Sequence[str],
        tips: Sequence[str] = (),
        *,
        touching: bool = False,
        signed: bool = False,
    ) -> None:
        """Show `values` (columns,) with words below, spread over the width; `touching`: without gaps."""
        self.values, self._below = np.nan_to_num(values), below
        self._touching, self._signed, self.smooth = touching, signed, not touching
        self.show_data([Datum((), tip, tip) for tip in tips])

    def finding(self) -> str:
        """Return the highest and the lowest column."""
        if not self.data:
            return ""
        high, low = (self.data[int(place)].says for place in (self.values.argmax(), self.values.argmin()))
        return tr("Highest: {high}. Lowest: {low}.", high=high, low=low)

    def clear(self) -> None:
        self.show_values(np.zeros(0), ())

    def places(self) -> Places:
        room, high = self.width() / max(1, len(self.values)), self.height()
        return [(number, QRectF(number * room, 0, room, high)) for number in range(len(self.values))]

    def marks(self, seen: Places) -> Iterator[Mark]:
        if not len(self.values):
            return
        top, bottom, colors = 2, self.height() - scaled(WORDS), theme().current
        low, high = float(self.values.min(initial=0)), float(self.values.max(initial=0))
        scale = (bottom - top) / (high - low) if high > low else 0.0
        base = round(bottom + low * scale)
        yield Bar(QRectF(0, base, self.width(), 1), "line")
        above = below = colors.color("accent")
        if self._signed:
            above, below = QColor(colors.signed[-1 - STRONG]), QColor(colors.signed[STRONG])
        room = self.width() / len(self.values)
        part, radius = (1.0, 0.0) if self._touching else (WIDEST, RADIUS)
        for number, high in enumerate((self.values * scale).tolist()):
            if self._touching or abs(high) >= 0.5:
                column = QRectF((number + 0.5 - part / 2) * room, base - max(high, 0), part * room, abs(high))
                yield Bar(column, below if high < 0 else above, radius=radius)
        yield from self._words()

    def _words(self) -> Iterator[Mark]:
        high = scaled(WORDS)
        foot, bottom = QRectF(0, self.height() - high, self.width(), high), Qt.AlignmentFlag.AlignBottom
        sides = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        if self._touching:  # the ends of an axis, and what lies evenly between them
            for words, side in zip(self._below, sides, strict=False):
                yield Words(foot, words, "faint", "axis", side | bottom, numbers=True)
            return
        wide = list(map(QFontMetricsF(font("axis", numbers=True)).horizontalAdvance, self._below))
        room = self.width() / max(1, len(wide))
        every = math.ceil((max(wide, default=0) + 1) / room)
        if every > 1:
            every = math.ceil((max(wide) + metrics()["space"]["small"]) / room)
        side = (Qt.AlignmentFlag.AlignLeft if every > 1 else Qt.AlignmentFlag.AlignHCenter) | bottom
        for number, words in list(enumerate(self._below))[::every]:
            # Of many columns every n-th has its word, but none that would be cut off.
            if number * room + wide[number] <= self.width() + 1:
                place = QRectF(number * room, foot.top(), every * room, high)
                yield Words(place, words, "faint", "axis", side, numbers=True)


class Thumbnails(PictureGrid):
    """Pictures as large as there is room, in whole pixels of the screen."""

    def __init__(self, name: str, title: str) -> None:
        super().__init__(name, title, size=(112, 112), takes_keys=True)
        self._pictures: Array = np.zeros((0, 28, 28), np.uint8)
        self.tips: tuple[str, ...] = ()
        self.current = 0

    def show_pictures(self, pictures: Array, tips: Sequence[str]) -> None:
        """Show the first of `pictures` (n, rows, columns), uint8."""
        self._pictures, self.tips = pictures[: ABREAST**2], tuple(tips[: ABREAST**2])
        self.current = 0
        self.update()

    def finding(self) -> str:
        """Return how many there are, and the first."""
        if not self.tips:
            return ""
        return tr_plural(
            "{count:,} picture; the first: {tip}.",
            "{count:,} pictures; the first: {tip}.",
            self.count(),
            tip=self.tips[0],
        )

    def place_of(self, number: int) -> QRectF:
        side = min(self.width(), self.height()) + GAP
        row, column = divmod(number, ABREAST)
        ratio = self.devicePixelRatioF()
        step = side // ABREAST
        size = round((step - GAP) * ratio) / ratio
        return QRectF(column * step, row * step, size, size)

    def count(self) -> int:
        return len(self._pictures)

    def columns(self) -> int:
        return ABREAST

    def tip_of(self, number: int) -> str:
        return self.tips[number]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for number, picture in enumerate(self._pictures):
            place = self.place_of(number)
            draw(painter, Image(place, picture_image(picture)))
            if number == self.current and self.hasFocus():
                draw(painter, Frame(place.adjusted(1, 1, -1, -1), "focus", 2))
