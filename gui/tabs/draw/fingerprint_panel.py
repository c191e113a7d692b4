"""The drawing's fingerprint: how its hidden neurons fire, beside the means of the two likeliest classes."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF, QImage, QPaintEvent

from engine.analysis.probes.answer import PictureAnswer
from engine.analysis.probes.class_means import ClassMeans
from engine.core.language import mark, tr, tr_plural
from engine.core.lazy import Array
from engine.core.text import written
from gui.look.class_names import class_name, elided_name, is_numbered
from gui.look.color_maps import magnitude_image
from gui.look.first_look import plainly
from gui.look.fonts import font, metrics, scaled, sized
from gui.look.layout import add
from gui.look.words import words
from gui.widgets.figures.table import Table, matrix_table
from gui.widgets.heard import HeardPart
from gui.widgets.painted import CENTER, Frame, Painted, Words, draw, draw_waiting
from gui.widgets.panel import Panel

CAPTION_HEIGHT = 18
LEAST_WIDTH = 96
IN_WORDS = mark("How strongly each hidden neuron answers, line by line.")
NO_LAYER = mark("no hidden layer")
AVERAGE, BRIEF_AVERAGE = mark("average {name}"), mark("avg. {name}")
NO_NEURONS = np.zeros(0, int)
HEARD = 50  # neurons that are read one by one: those behind hardly fire
MARK_HEIGHT = 5  # a neuron that is finer than that is marked by a frame so high

type Captions = tuple[str, ...]  # of all columns; an empty one leaves its room to the one before


class FingerprintPanel(Panel):
    """Three columns with one order of rows: the likeliest class' strongest neuron first."""

    def __init__(self) -> None:
        super().__init__(tr("Fingerprint"), "draw.fingerprint")
        self.columns = Columns("draw.fingerprint.columns")
        add(self.body, plainly(words(tr(IN_WORDS), "caption", wrapped=True)), (self.columns, 1))
        self._marked: int | None = None

    def show_answer(self, answer: PictureAnswer | None, means: ClassMeans | None) -> None:
        """Show how the drawing's neurons fire beside the means of its likeliest classes, if these belong together."""
        if answer is not None and not answer.hidden:
            self.columns.set_columns(None, (tr(NO_LAYER),))
            return
        if answer is None or means is None or means.run != answer.run or means.layer >= len(answer.hidden):
            return
        yours = answer.hidden[means.layer]
        if means.means.shape != (len(answer.probabilities), len(yours)):
            return
        labels = np.argsort(-answer.probabilities, kind="stable")[:2].tolist()  # the two likeliest classes
        order = np.argsort(-np.abs(means.means[labels[0]]), kind="stable")
        columns = np.stack([yours, *means.means[labels]])[:, order]
        captions, *shorter = captions_of(labels)
        self.columns.set_columns(columns, captions, order, shorter)
        self.mark(self._marked)

    def mark(self, neuron: int | None) -> None:
        self._marked = neuron
        rows = [] if neuron is None else np.flatnonzero(self.columns.order == neuron).tolist()
        self.columns.set_mark(rows[0] if rows else None)

    def table(self) -> Table | None:
        return self.columns.table()

    def clear(self) -> None:
        captions, *shorter = _empty()
        self.columns.set_columns(None, captions, shorter=shorter)
        self.mark(self._marked)


def _empty() -> list[Captions]:
    """Return the captions of empty columns, at length and shorter."""
    return [(tr("yours"), means, "") for means in (tr("class average"), tr("average"))]


def captions_of(labels: Sequence[int]) -> list[Captions]:
    """Return the captions of a drawing and the means of classes, at length and shorter; names take the words' room.

    At last there is one for both averages, where these are of numbers.
    """
    yours, names, are_numbers = tr("yours"), [*map(class_name, labels)], [*map(is_numbered, labels)]
    means = [
        [tr(average, name=name) if is_number else name for name, is_number in zip(names, are_numbers, strict=True)]
        for average in (AVERAGE, BRIEF_AVERAGE)
    ]
    briefest = [tr(BRIEF_AVERAGE, name=", ".join(names)), ""] if all(are_numbers) else names
    return [(yours, *captions) for captions in (*means, briefest)]


class Columns(Painted):
    """Columns of neurons side by side, each with its caption; where rows are finer than the screen, their means."""

    def __init__(self, name: str) -> None:
        tip = tr(
            "Each line is a hidden neuron, the darker the more it fires: for your drawing, and for the test images "
            "of the two likeliest classes on average."
        )
        super().__init__(name, tr("Fingerprint"), tip=tip, size=(150, 160), opaque=True)
        sized(self.setMinimumWidth, LEAST_WIDTH)
        self.captions, *shorter = _empty()
        self._shorter: Sequence[Captions] = shorter
        self.columns: Array | None = None  # what is shown (columns, neurons)
        self.order: Array = NO_NEURONS  # the numbers of the neurons, from the top
        self.marked: int | None = None  # the row that is marked, from the top

    def set_columns(
        self, columns: Array | None, captions: Captions, order: Array = NO_NEURONS, shorter: Sequence[Captions] = ()
    ) -> None:
        """Show `columns` (columns, neurons) of the neurons of these numbers (neurons,), or empty ones.

        The first ones of `captions` and the `shorter` ones that have room are shown.
        """
        before, self.columns, self.captions, self.order = self.captions, columns, captions, order
        self._shorter = shorter
        if captions == before:
            self.update(0, 0, self.width(), self.height() - scaled(CAPTION_HEIGHT))
        else:
            self.update()

    def set_mark(self, row: int | None) -> None:
        if row != self.marked:
            self.marked = row
            self.update()

    def table(self) -> Table | None:
        if self.columns is None:
            return None
        return matrix_table(self.columns.T, self.order.tolist(), self.captions, mark("neuron"))

    def finding(self) -> str:
        if self.columns is None:
            return tr("The network has no hidden layer.") if self.captions == (tr(NO_LAYER),) else ""
        yours, *means = np.nan_to_num(self.columns).astype(np.float64)
        likeness = [likeness_of(yours, mean) for mean in means]
        count = tr_plural("{count:,} neuron", "{count:,} neurons", len(self.order))
        alike = {"neurons": count, "first": self.captions[1], "cosine": likeness[0]}
        if len(likeness) < 2:
            return tr("{neurons}; their cosine similarity to {first} is {cosine:.2f}.", **alike)
        return tr(
            "{neurons}; their cosine similarity to {first} is {cosine:.2f}, to {second} {other:.2f}.",
            **alike,
            second=self.captions[2],
            other=likeness[1],
        )

    def heard_parts(self) -> Sequence[HeardPart]:
        """Return the neurons that answer most to the likeliest class."""
        if self.columns is None:
            return []
        high = (self.height() - scaled(CAPTION_HEIGHT) - 1) / max(1, self.columns.shape[1])
        parts = []
        for row, number in enumerate(self.order[:HEARD].tolist()):
            values = zip(self.captions, self.columns[:, row].tolist(), strict=True)
            texts = [f"{name} {written(value, '.2f')}" for name, value in values]
            place = QRectF(0, row * high, self.width(), high)
            says = f"{tr('Neuron {number}', number=number)}: {', '.join(texts)}"
            parts.append(HeardPart(says, place, is_chosen=row == self.marked))
        return parts

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = self.painter(event)
        high, gap, count = scaled(CAPTION_HEIGHT), metrics()["space"]["small"], len(self.captions)
        width = (self.width() - (count - 1) * gap) // count
        image = None if self.columns is None else self._image(self.columns)
        for number in range(count):
            place = QRectF(number * (width + gap), 0, width, self.height() - high - 1)
            if image is not None:
                painter.drawImage(place, image, QRectF(number, 0, 1, image.height()))
            draw(painter, Frame(place.adjusted(0.5, 0.5, -0.5, -0.5)))
            if self.columns is not None and self.marked is not None:
                draw(painter, Frame(self._mark_in(place, self.columns.shape[1]), "text"))
        if image is None and self.is_waiting:
            draw_waiting(painter, QRectF(0, 0, self.width(), self.height() - high - 1))
        if event.rect().bottom() >= self.height() - high:
            # The last one has no gap at its right.
            captions = _fitting((self.captions, *self._shorter), width + gap // 2)
            for number, caption in enumerate(captions):
                wide = (width + gap) * _columns_of(captions, number)
                room = QRectF(number * (width + gap) - gap / 2, self.height() - high - 1, wide, high)
                draw(painter, Words(room.intersected(QRectF(self.rect())), caption, "faint", side=CENTER))

    def _mark_in(self, place: QRectF, neurons: int) -> QRectF:
        """Return the frame around the marked row of a column; it lies on whole pixels and inside the column."""
        assert self.marked is not None
        height = max(place.height() / neurons, MARK_HEIGHT)
        middle = place.top() + (self.marked + 0.5) * place.height() / neurons
        top = min(max(round(middle - height / 2), place.top()), round(place.bottom() - height) - 1)
        return QRectF(place.left() + 0.5, top + 0.5, place.width() - 1, round(height))

    def _image(self, columns: Array) -> QImage:
        """Return an image in which each column is one pixel wide, and no higher than it is shown."""
        amounts = np.abs(np.nan_to_num(columns))
        rows = max(1, round((self.height() - scaled(CAPTION_HEIGHT) - 1) * self.devicePixelRatioF()))
        return magnitude_image(averaged(amounts, rows).T, float(amounts.max(initial=0.0)))


def likeness_of(one: Array, other: Array) -> float:
    """Return the cosine similarity of two columns (neurons,); 0 where one is zero."""
    length = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / length if length else 0.0


def _columns_of(captions: Captions, number: int) -> int:
    """Return how many columns a caption stands below: its own, and the one behind it if that has none."""
    return 1 + (captions[number + 1 : number + 2] == ("",))


def _fitting(tried: Sequence[Captions], room: float) -> Captions:
    """Return the first captions that fit in their columns of that width; else the last, shortened in their middle."""
    letters, captions, rooms = font("caption"), tried[0], list[float]()
    measure = QFontMetricsF(letters)
    for captions in tried:
        rooms = [_columns_of(captions, number) * room for number in range(len(captions))]
        if all(measure.horizontalAdvance(text) <= wide for text, wide in zip(captions, rooms, strict=True)):
            return captions
    return tuple(elided_name(text, wide, letters) for text, wide in zip(captions, rooms, strict=True))


def averaged(columns: Array, rows: int) -> Array:
    """Return `columns` (..., neurons) as `rows` means over equal stretches of them; unchanged where they have fewer.

    Leaving lines out instead would let bands come and go.
    """
    neurons = columns.shape[-1]
    if neurons <= rows:
        return columns
    places = np.linspace(0, neurons, rows + 1)
    whole = np.minimum(places.astype(int), neurons - 1)
    sums = np.cumsum(columns, axis=-1, dtype=float) - columns
    ends = sums[..., whole] + columns[..., whole] * (places - whole)
    return np.diff(ends, axis=-1) * (rows / neurons)
