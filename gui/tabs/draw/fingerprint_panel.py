"""The drawing's fingerprint: how its hidden neurons fire, beside the means of the two likeliest classes."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF, QImage, QPaintEvent

from engine.analysis.probes.answer import PictureAnswer
from engine.analysis.probes.class_means import ClassMeans
from engine.core.language import mark, tr
from engine.core.lazy import Array
from engine.core.text import plural, written
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
EMPTY = ("yours", mark("class average"), "")  # an empty caption leaves its room to the one before
NO_LAYER = mark("no hidden layer")
NO_NEURONS = np.zeros(0, int)
HEARD = 50  # neurons that are read one by one: those behind hardly fire
MARK_HEIGHT = 5  # a neuron that is finer than that is marked by a frame so high


class FingerprintPanel(Panel):
    """Three columns with one order of rows: the likeliest class' strongest neuron first."""

    def __init__(self) -> None:
        super().__init__(tr("Fingerprint"), "draw.fingerprint")
        self.columns = Columns("draw.fingerprint.columns")
        add(self.body, plainly(words(IN_WORDS, "caption", wrapped=True)), (self.columns, 1))
        self._marked: int | None = None

    def show_answer(self, answer: PictureAnswer | None, means: ClassMeans | None) -> None:
        """Show how the drawing's neurons fire beside the means of its likeliest classes, if these belong together."""
        if answer is not None and not answer.hidden:
            self.columns.set_columns(None, (NO_LAYER,))
            return
        if answer is None or means is None or means.run != answer.run or means.layer >= len(answer.hidden):
            return
        yours = answer.hidden[means.layer]
        if means.means.shape != (len(answer.probabilities), len(yours)):
            return
        labels = np.argsort(-answer.probabilities, kind="stable")[:2].tolist()  # the two likeliest classes
        order = np.argsort(-np.abs(means.means[labels[0]]), kind="stable")
        columns = np.stack([yours, *means.means[labels]])[:, order]
        self.columns.set_columns(columns, ("yours", *map(_average, labels)), order)
        self.mark(self._marked)

    def mark(self, neuron: int | None) -> None:
        self._marked = neuron
        rows = [] if neuron is None else np.flatnonzero(self.columns.order == neuron).tolist()
        self.columns.set_mark(rows[0] if rows else None)

    def table(self) -> Table | None:
        return self.columns.table()

    def clear(self) -> None:
        self.columns.set_columns(None, EMPTY)
        self.mark(self._marked)


def _average(label: int) -> str:
    """Return what the column of a class' mean is called; a name takes the room of the word."""
    return tr("average {label}", label=label) if is_numbered(label) else class_name(label)


class Columns(Painted):
    """Columns of neurons side by side, each with its caption; where rows are finer than the screen, their means."""

    def __init__(self, name: str) -> None:
        tip = tr(
            "Each line is a hidden neuron, the darker the more it fires: for your drawing, and for the test images "
            "of the two likeliest classes on average."
        )
        super().__init__(name, tr("Fingerprint"), tip=tip, size=(150, 160), opaque=True)
        sized(self.setMinimumWidth, LEAST_WIDTH)
        self.captions: tuple[str, ...] = EMPTY
        self.columns: Array | None = None  # what is shown (columns, neurons)
        self.order: Array = NO_NEURONS  # the numbers of the neurons, from the top
        self.marked: int | None = None  # the row that is marked, from the top

    def set_columns(self, columns: Array | None, captions: tuple[str, ...], order: Array = NO_NEURONS) -> None:
        """Show `columns` (columns, neurons) of the neurons of these numbers (neurons,), or empty ones."""
        before, self.columns, self.captions, self.order = self.captions, columns, captions, order
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
        return matrix_table(self.columns.T, self.order.tolist(), self.captions, "neuron")

    def finding(self) -> str:
        if self.columns is None:
            return tr("The network has no hidden layer.") if self.captions == (NO_LAYER,) else ""
        yours, *means = np.nan_to_num(self.columns).astype(np.float64)
        likeness = [likeness_of(yours, mean) for mean in means]
        count = plural(len(self.order), "neuron")
        if len(likeness) < 2:
            return tr(
                "{count}; their cosine similarity to {captions} is {likeness:.2f}.",
                count=count,
                captions=self.captions[1],
                likeness=likeness[0],
            )
        return tr(
            "{count}; their cosine similarity to {captions} is {likeness:.2f}, to {captions_2} {likeness_2:.2f}.",
            count=count,
            captions=self.captions[1],
            likeness=likeness[0],
            captions_2=self.captions[2],
            likeness_2=likeness[1],
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
            parts.append(
                HeardPart(
                    tr("Neuron {number}: {texts}", number=number, texts=", ".join(texts)),
                    place,
                    is_chosen=row == self.marked,
                )
            )
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
            captions = _short(self.captions, width + gap // 2)  # the last one has no gap at its right
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


def _columns_of(captions: tuple[str, ...], number: int) -> int:
    """Return how many columns a caption stands below: its own, and the one behind it if that has none."""
    return 1 + (captions[number + 1 : number + 2] == ("",))


def _short(captions: tuple[str, ...], room: float) -> tuple[str, ...]:
    """Return the captions as long as each of them fits in its columns of that width.

    At last there is one for both averages, where these are of numbers; names are shortened in their middle.
    """
    letters = font("caption")
    measure = QFontMetricsF(letters)
    for shorter in ("average", "avg."):
        tried = tuple(caption.replace("average", shorter) for caption in captions)
        if all(
            measure.horizontalAdvance(caption) <= _columns_of(captions, number) * room
            for number, caption in enumerate(tried)
        ):
            return tried
    brief = tuple(caption.removeprefix("average ") for caption in captions)
    if {caption.startswith("average ") for caption in captions[1:]} == {True}:
        return brief[0], tr("avg. {brief}", brief=", ".join(brief[1:])), ""
    rooms = [_columns_of(captions, number) * room for number in range(len(captions))]
    return tuple(elided_name(caption, wide, letters) for caption, wide in zip(brief, rooms, strict=True))


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
