"""A network as columns of neurons and the connections over which most flows, for one picture."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetrics,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QToolTip

from engine.analysis.graph.link_picture import Column, LinkPicture, Links
from engine.core.language import mark, tr, tr_plural
from engine.core.lazy import Array
from engine.core.lens import Neuron
from engine.core.text import written
from gui.look.arrows import ARROWS
from gui.look.class_names import brief_name, class_name, fitted_name, is_numbered
from gui.look.color_maps import magnitude_image
from gui.look.fonts import font, scaled
from gui.look.percents import probability_text
from gui.look.theme import theme
from gui.look.words import show_tip
from gui.widgets.figures.table import Table
from gui.widgets.heard import HeardPart, say_part
from gui.widgets.painted import CENTER, Bar, Dot, Frame, Image, Painted, Words, around, draw
from gui.widgets.pictures.cell_words import exact

HEAD_TIP = mark("Layer {layer}: a click shows it in Fingerprints.")
LINE_HELP = mark("A line is activation × weight: orange raises, blue lowers.")
SUMS_HELP = mark("No lines where a sum of several layers or a resized picture is read.")
TOP, BOTTOM, SIDE = 34.0, 22.0, 24.0
CAPTION_HEIGHT = 18.0
HALF_HEAD = 60.0  # how far beside the middle of a caption a click is still one on it
BARS = 150.0  # room for the answer at the right
LONGEST = 60  # length of the bar of a class whose probability is 1
MOST_PICTURE = 300.0
SMALLEST, LARGEST = 2.5, 9.0  # radius of a neuron


class Spot(NamedTuple):
    """A neuron as it is drawn."""

    neuron: Neuron | None  # `None` for a class
    column: int  # from 0 for the first hidden layer; the last one are the classes
    place: int  # in its column
    point: QPointF
    radius: float
    value: float


class NetworkView(Painted):
    """Shows a picture of the network, and signals which neuron is pointed at, and which layer is wanted."""

    pointed = Signal(object)  # a `Neuron`; `None` for none
    layerWanted = Signal(int)  # a hidden layer, from 0, to be shown in Fingerprints

    def __init__(self) -> None:
        super().__init__(
            "graph.network", tr("The network as nodes and links"), size=(900, 500), follows_mouse=True, takes_keys=True
        )
        self.shown: LinkPicture | None = None
        self.sentence = ""
        self._pointed: Neuron | None = None
        # Whether the neuron was pointed at here: a mouse that leaves does not deselect one that was chosen elsewhere.
        self._pointed_here = False
        self._answer: int | None = None  # the class that the mouse points at
        self._head: int | None = None  # the hidden layer whose caption the mouse points at

    def show_picture(self, shown: LinkPicture | None, sentence: str = "") -> None:
        self.shown, self.sentence = shown, sentence
        if shown is None or (self._head is not None and self._head >= len(shown.hidden)):
            self._point_at_head(None)
        self.update()

    @property
    def layer(self) -> int | None:
        """The hidden layer, from 0, whose caption the mouse points at; else that of the selected neuron."""
        if self._head is not None:
            return self._head
        is_there = self._pointed is not None and self.shown is not None and self._pointed.layer < len(self.shown.hidden)
        return self._pointed.layer if self._pointed and is_there else None

    def finding(self) -> str:
        """Return the answer, and to what."""
        if (shown := self.shown) is None:
            return self.sentence
        winner = int(shown.probabilities.argmax())
        probability = probability_text(float(shown.probabilities[winner]))
        answer = tr(
            "Answer: {label} with {probability}, for {about}.",
            label=class_name(winner, answer=True),
            probability=probability,
            about=shown.about,
        )
        return f"{answer} {missing}" if (missing := self.missing()) else answer

    def heard_parts(self) -> Sequence[HeardPart]:
        """Return the neurons that are drawn, column by column, and the classes; each with its largest flow."""
        return [
            HeardPart(
                self._heard_words(spot),
                around(spot.point, 2 * spot.radius, 2 * spot.radius),
                is_chosen=self._is_pointed(spot),
            )
            for column in self.spots()
            for spot in column
        ]

    def _heard_words(self, spot: Spot) -> str:
        shown = self.shown
        if shown is None or spot.neuron is None:
            return self.words_of(spot)
        layer, value = spot.column, written(spot.value, ".3g")
        unit = (
            mark("Layer {layer}, feature map {number}: {value}")
            if shown.hidden[layer].are_maps
            else mark("Layer {layer}, neuron {number}: {value}")
        )
        says = tr(unit, layer=layer + 1, number=spot.neuron.number, value=value)
        leaving = [
            (flow, target, into)
            for into, links in enumerate(shown.links)
            for begin, source, target, flow in _ends(links)
            if (begin, source) == (layer, spot.place)
        ]
        if not leaving:
            return says
        flow, target, into = max(leaving, key=lambda link: abs(link[0]))
        if into == len(shown.hidden):
            name = class_name(target, answer=True)
        else:
            there = shown.hidden[into]
            name = tr(
                mark("feature map {number}") if there.are_maps else mark("neuron {number}"),
                number=there.numbers[target],
            )
        flows = (
            mark("{unit}; raises {name} most, by {flow}") if flow > 0 else mark("{unit}; lowers {name} most, by {flow}")
        )
        return tr(flows, unit=says, name=name, flow=written(abs(flow), ".3g"))

    def table(self) -> Table | None:
        if (shown := self.shown) is None:
            return None
        rows = []
        for number, links in enumerate(shown.links):
            ends = shown.hidden[number].numbers.tolist() if number < len(shown.hidden) else None
            for column, source, target, flow in _ends(links):
                begin = int(shown.hidden[column].numbers[source]) if column >= 0 else source
                rows.append((number + 1, column + 1, begin, ends[target] if ends else target, flow))
        heads = mark("layer"), mark("from layer"), mark("source"), mark("target"), mark("flow")
        return Table(heads, rows)

    def mark(self, neuron: Neuron | None) -> None:
        if neuron != self._pointed:
            self._pointed, self._pointed_here = neuron, False
            self.update()

    def lit_links(self, number: int) -> list[bool] | None:
        """Return which links before column `number` are lit; `None` where all are drawn alike.

        That is also so where the selected neuron is not among the strongest, which are drawn.
        """
        shown, spots = self.shown, self.spots()
        if shown is None or (self._answer is None and not self._is_drawn(spots)):
            return None
        links = shown.links[number]
        return [
            self._is_pointed(spots[number][target]) or (column >= 0 and self._is_pointed(spots[column][source]))
            for column, source, target, _ in _ends(links)
        ]

    def missing(self) -> str:
        neuron, shown = self._pointed, self.shown
        if neuron is None or shown is None or self._is_drawn(self.spots()):
            return ""
        if not 0 <= neuron.layer < len(shown.hidden):
            return ""
        column = shown.hidden[neuron.layer]
        sentence = (
            mark("Feature map {number} is not among the {count} strongest that are drawn.")
            if column.are_maps
            else mark("Neuron {number} is not among the {count} strongest that are drawn.")
        )
        return tr(sentence, number=neuron.number, count=len(column.numbers))

    def _is_drawn(self, spots: list[list[Spot]]) -> bool:
        neurons = [spot.neuron for column in spots[:-1] for spot in column]
        return self._pointed is not None and self._pointed in neurons

    def _is_pointed(self, spot: Spot) -> bool:
        if self._answer is not None:
            return spot.neuron is None and spot.place == self._answer
        return spot.neuron is not None and spot.neuron == self._pointed

    def spots(self) -> list[list[Spot]]:
        """Return the neurons of every column, the classes last."""
        if (shown := self.shown) is None:
            return []
        columns = [*((column.numbers, column.values) for column in shown.hidden)]
        columns.append((np.arange(len(shown.probabilities)), shown.probabilities))
        return [self._column(number, len(columns) - 1, *column) for number, column in enumerate(columns)]

    def picture_place(self) -> QRectF:
        assert self.shown is not None
        rows, columns = self.shown.picture.shape
        top, bottom = scaled(TOP), scaled(BOTTOM)
        side = min(MOST_PICTURE, self.height() - top - bottom - 20, self.width() * 0.26)
        scale = side / max(rows, columns)
        ratio = self.devicePixelRatioF()
        scale = max(1.0, np.floor(scale * ratio)) / ratio
        height = rows * scale
        return QRectF(SIDE, top + (self.height() - top - bottom - height) / 2, columns * scale, height)

    def _column(self, number: int, last: int, numbers: Array, values: Array) -> list[Spot]:
        left, right = self.picture_place().right() + scaled(110), self.width() - SIDE - scaled(BARS)
        x = left + (right - left) * number / last if last else right
        head = scaled(TOP)
        room = self.height() - head - scaled(BOTTOM)
        step = min(room / max(len(numbers), 1), scaled(30.0))
        across = (right - left) / last if last else LARGEST
        radius = min(max(min(step, across) * 0.42, SMALLEST), LARGEST)
        top = head + (room - step * len(numbers)) / 2
        return [
            Spot(
                None if number == last else Neuron(number, int(neuron)),
                number,
                place,
                QPointF(x, top + (place + 0.5) * step),
                radius,
                float(values[place]),
            )
            for place, neuron in enumerate(numbers)
        ]

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        spot = self.spot_at(event.position())
        self._point_at_head(self.head_at(event.position()))
        answer = spot.place if spot is not None and spot.neuron is None else None
        if answer != self._answer:
            self._answer = answer
            self.update()
        neuron = spot.neuron if spot else None
        if neuron != self._pointed and (neuron is not None or self._pointed_here):
            self._point(neuron)
        if spot is not None:
            show_tip(self.mapToGlobal(event.position().toPoint()), self.words_of(spot), self)
        elif self._head is not None:
            show_tip(self.mapToGlobal(event.position().toPoint()), tr(HEAD_TIP, layer=self._head + 1), self)
        else:
            QToolTip.hideText()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        head = self.head_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and head is not None:
            self.layerWanted.emit(head)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Have the panel's menu be about the layer under the mouse; by keys, about that of the selected neuron."""
        is_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        self._point_at_head(self.head_at(QPointF(event.pos())) if is_mouse else None)
        event.ignore()

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at_head(None)
        if self._answer is not None:
            self._answer = None
            self.update()
        if self._pointed is not None and self._pointed_here:
            self._point(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, hidden = Qt.Key(event.key()), self.spots()[:-1]
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.layer is not None:
            self.layerWanted.emit(self.layer)
            return
        if key not in ARROWS or not hidden:
            super().keyPressEvent(event)
            return
        here = next((spot for column in hidden for spot in column if spot.neuron == self._pointed), None)
        if here is None:
            self._point(hidden[0][0].neuron)
            self._say_pointed()
            return
        down, across = ARROWS[key]
        column = hidden[min(max(here.column + across, 0), len(hidden) - 1)]
        self._point(column[min(max(here.place + down, 0), len(column) - 1)].neuron)
        self._say_pointed()

    def _say_pointed(self) -> None:
        neurons = [spot.neuron for column in self.spots() for spot in column]
        say_part(self, neurons.index(self._pointed))

    def spot_at(self, point: QPointF) -> Spot | None:
        every = [spot for column in self.spots() for spot in column]
        near = [(QLineF(spot.point, point).length() - spot.radius, spot) for spot in every]
        distance, spot = min(near, key=lambda candidate: candidate[0], default=(np.inf, None))
        return spot if distance <= 4 else None

    def head_at(self, point: QPointF) -> int | None:
        """Return the hidden layer whose caption is at a point, also where there is no room for its words."""
        spots = self.spots()
        if point.y() > 8 + scaled(CAPTION_HEIGHT):
            return None
        places = [column[0].point.x() for column in spots]
        near = min(range(len(places)), key=lambda number: abs(places[number] - point.x()), default=None)
        if near is None or near == len(places) - 1 or abs(places[near] - point.x()) > scaled(HALF_HEAD):
            return None
        return near

    def _point_at_head(self, head: int | None) -> None:
        if head != self._head:
            self._head = head
            if head is None:
                self.unsetCursor()
            else:
                self.setCursor(Qt.CursorShape.PointingHandCursor)
            self.update()

    def _point(self, neuron: Neuron | None) -> None:
        self._pointed, self._pointed_here = neuron, neuron is not None
        self.update()
        self.pointed.emit(neuron)

    def words_of(self, spot: Spot) -> str:
        if spot.neuron is None:
            return f"{class_name(spot.place, answer=True)}: {probability_text(spot.value)}"
        return tr(
            "Layer {layer}, neuron {number}: {value}",
            layer=spot.neuron.layer + 1,
            number=spot.neuron.number,
            value=exact(spot.value),
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.draw_figure(painter)
        if self.hasFocus() and self._pointed is None:
            draw(painter, Frame(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), "focus", radius=6))

    def draw_figure(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if (shown := self.shown) is None:
            draw(painter, Words(QRectF(self.rect()), self.sentence, "muted", "body", CENTER))
            return
        spots = self.spots()
        place = self.picture_place()
        draw(painter, Image(place, magnitude_image(shown.picture)))
        for number, links in enumerate(shown.links):
            self._draw_links(painter, spots, number, links)
        draw(painter, Frame(place.adjusted(-0.5, -0.5, 0.5, 0.5)))
        for column in spots[:-1]:
            self._draw_neurons(painter, column)
        self._draw_answer(painter, spots[-1], int(shown.probabilities.argmax()))
        self._draw_captions(painter, spots, shown)

    def _draw_links(self, painter: QPainter, spots: list[list[Spot]], number: int, links: Links) -> None:
        """Draw the flows between two columns in the colours of signs; strong ones over weak ones."""
        if not len(links.flows):
            return
        most = float(np.abs(links.flows).max()) or 1.0
        lit: Sequence[bool | None] = self.lit_links(number) or [None] * len(links.flows)
        for (column, source, target, flow), is_lit in reversed([*zip(_ends(links), lit, strict=True)]):
            end = spots[number][target]
            begin = self._pixel(source) if column < 0 else spots[column][source].point
            share = abs(flow) / most
            opacity = 0.12 + 0.75 * share if is_lit is None else 0.95 if is_lit else 0.06
            painter.setPen(QPen(_sign_color(flow, opacity), 0.6 + 2.2 * share))
            painter.drawLine(QLineF(begin, end.point))

    def _pixel(self, number: int) -> QPointF:
        assert self.shown is not None
        place, columns = self.picture_place(), self.shown.picture.shape[1]
        side = place.width() / columns
        return place.topLeft() + QPointF((number % columns + 0.5) * side, (number // columns + 0.5) * side)

    def _draw_neurons(self, painter: QPainter, column: list[Spot]) -> None:
        most = max((abs(spot.value) for spot in column), default=0.0) or 1.0
        has_both = any(spot.value < 0 for spot in column)
        for spot in column:
            line, width = ("text", 2.5) if spot.neuron == self._pointed else ("faint", 1.0)
            share = abs(spot.value) / most
            fill = _sign_color(spot.value, share) if has_both else theme().current.color("accent", share)
            ground = Dot(spot.point, spot.radius, "surface", line, width)
            draw(painter, ground, Dot(spot.point, spot.radius - 0.5, fill))

    def _draw_answer(self, painter: QPainter, column: list[Spot], winner: int) -> None:
        half, named = scaled(10), _apart(column, 2.0 * scaled(10))
        for spot in column:
            if spot not in named:  # where classes are closer than words are high, the likeliest have names
                fill = theme().current.color("accent", 0.6 if spot.place == self._answer else 0.25)
                draw(painter, Dot(spot.point, SMALLEST, fill))
        for spot in named:
            wins, (x, y) = spot.place == winner, spot.point.toTuple()
            ground, line = ("accent", "accent") if wins else ("surface", "faint")
            draw(painter, Dot(spot.point, half, ground, line, 1.5))
            color, role = ("on_accent", "value") if wins else ("text", "label")
            name = brief_name(spot.place, answer=True)
            draw(painter, Words(around(spot.point, 2 * half, 2 * half), name, color, role, CENTER, numbers=True))
            begin = x + half + 8
            bar = QRectF(begin, y - 5, LONGEST * spot.value, 10)
            draw(painter, Bar(bar, "accent", 1.0 if wins else 0.45, radius=0))
            color, role = ("text", "small_value") if wins else ("muted", "caption")
            beside = QRectF(begin + LONGEST + 4, y - half, scaled(BARS) - LONGEST, 2 * half)
            text, letters = probability_text(spot.value), font(role, numbers=True)
            if not is_numbered(spot.place, answer=True):
                room = beside.width() - QFontMetrics(letters).horizontalAdvance(f"{text} ")
                text = f"{text} {fitted_name(spot.place, room, letters, answer=True)}"
            draw(painter, Words(beside, text, color, role, numbers=True))

    def _draw_captions(self, painter: QPainter, spots: list[list[Spot]], shown: LinkPicture) -> None:
        shape, high = shown.picture.shape, scaled(BOTTOM)
        size = tr("{rows} × {columns} pixels", rows=shape[0], columns=shape[1])
        texts = [(self.picture_place().center().x(), size)]
        texts += self._column_captions(spots, shown)
        texts.append((spots[-1][0].point.x(), tr("Answer")))
        lit = None if self._head is None else spots[self._head][0].point.x()
        for x, text in texts:
            above = QRectF(x - scaled(90), 8, scaled(180), scaled(CAPTION_HEIGHT))
            draw(painter, Words(above, text, "accent" if x == lit else "muted", "label", CENTER))
        painter.setFont(font("caption"))
        below = QRectF(0, self.height() - high, self.width(), high)
        sums = "" if all(links.is_whole for links in shown.links) else tr(SUMS_HELP)
        sentences = [self.missing(), tr("For {about}.", about=shown.about), sums, tr(LINE_HELP)]
        text = _fitting(sentences, below.width(), painter)
        draw(painter, Words(below, text, "faint", side=CENTER))

    def _column_captions(self, spots: list[list[Spot]], shown: LinkPicture) -> list[tuple[float, str]]:
        """Return where captions of hidden layers stand; where columns are close, numbers alone, or not of all."""
        places = [column[0].point.x() for column in spots]
        measure, texts = QFontMetricsF(font("label")), [_count(column) for column in shown.hidden]
        room = min((there - here for here, there in pairwise(places)), default=math.inf) - 6
        if max(map(measure.horizontalAdvance, texts), default=0.0) > room:
            texts = [f"{column.neurons}" for column in shown.hidden]
        widest = max(map(measure.horizontalAdvance, texts), default=0.0)
        every = max(1, math.ceil(widest / max(room, 1.0)))
        return [*zip(places, texts, strict=False)][::every]


def _ends(links: Links) -> Iterator[tuple[int, int, int, float]]:
    """Yield of each link the column where it begins, the places of its source and of its target, and what flows."""
    yield from zip(
        links.begins.tolist(), links.sources.tolist(), links.targets.tolist(), links.flows.tolist(), strict=True
    )


def _fitting(sentences: list[str], width: float, painter: QPainter) -> str:
    """Return as many of the first sentences as have room side by side; the last may end in an ellipsis."""
    measure = QFontMetricsF(painter.font())
    given = [sentence for sentence in sentences if sentence]
    while len(given) > 1 and measure.horizontalAdvance(" ".join(given)) > width:
        given.pop()
    return measure.elidedText(" ".join(given), Qt.TextElideMode.ElideRight, width)


def _count(column: Column) -> str:
    """Return how many neurons there are, and how many of them are shown."""
    if len(column.numbers) < column.neurons:
        return tr("{count} strongest of {neurons}", count=len(column.numbers), neurons=column.neurons)
    if column.are_maps:
        return tr_plural("{count} feature map", "{count} feature maps", column.neurons)
    return tr_plural("{count} neuron", "{count} neurons", column.neurons)


def _apart(column: list[Spot], least: float) -> list[Spot]:
    """Return the spots of the greatest values that are at least this far apart."""
    apart: list[Spot] = []
    for spot in sorted(column, key=lambda spot: -spot.value):
        if all(abs(spot.point.y() - other.point.y()) >= least - 0.5 for other in apart):
            apart.append(spot)
    return apart


def _sign_color(value: float, opacity: float) -> QColor:
    """Return the colour of a sign, as in all maps: orange above zero, blue below."""
    color = QColor(theme().current.signed[5 if value > 0 else 1])
    color.setAlphaF(opacity)
    return color
