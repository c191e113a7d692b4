"""The ideal image that a person has chosen: marked, sent to the canvas, and how similar it is to real ones."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QSizePolicy, QStackedWidget

from engine.analysis.probes.judge import Judgement, judge_image
from engine.core.language import mark, tr
from engine.core.lens import Neuron
from engine.core.text import written
from gui.look.class_names import are_digits, class_name, is_numbered, one_of_class
from gui.look.fonts import font, metrics, scaled
from gui.look.layout import SPRING, add
from gui.look.theme import theme
from gui.look.words import named, words
from gui.state.link.query import Request
from gui.tabs.ideal.board import Pixel
from gui.tabs.ideal.painting import Painting
from gui.tabs.ideal.panel import IdealPanel
from gui.tabs.ideal.words import pixel, subject
from gui.widgets.forms.controls import icon_button
from gui.widgets.painted import RIGHT, Bar, Mark, Words, part_of, track_in
from gui.widgets.panel import Panel
from gui.widgets.pictures.picture_grid import ImageGrid
from gui.widgets.plots.chart import Chart, Datum, Places
from gui.widgets.tab import Tab

PICTURE, CAPTION, IN_A_ROW = 69, 17, 4  # a picture, its label, and pictures in a row
LOW = 500  # a lower panel has room for one row
NONE = mark("There are no real images of these classes and this shape to compare with.")
BLANK = mark("The image is blank: it is like nothing.")

SHORT_MEASURE = mark(
    "Regardless of contrast: the same picture is 100\N{NO-BREAK SPACE}%, nothing in common 0\N{NO-BREAK SPACE}%."
)

MEASURE = mark(
    "The cosine of the angle between the two pictures, regardless of contrast. 100 %: the same but for contrast; "
    "0 %: nothing in common; below: ink where the other is negative."
)

ROW, BAR = 22, 6


class Row(NamedTuple):
    """Title, length of the bar (0 to 1), figure behind it, and tooltip."""

    name: str
    share: float
    figure: str
    tip: str = ""
    stands_out: bool = True


class JudgementPanel(Panel):
    """Takes the place of the settings while it is open."""

    closeWanted = Signal()
    imageChosen = Signal(int)  # the number of a test image

    def __init__(self) -> None:
        super().__init__(tr("How far from real?"), "ideal.judgement")
        # It has the height that the settings leave, and shows as many pictures as have room.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        self.nearest = ImageGrid("ideal.judgement.nearest", tr("Nearest test images"))
        self.nearest.setFixedHeight(self._rows_height())
        theme().changed.connect(self._fit)
        self.nearest.setToolTip(tr("The test images that are most like it, with their labels"))
        self.likeness = WordBars("ideal.judgement.likeness", tr("Cosine similarity to the nearest real image"))
        self.likeness.setToolTip(tr(MEASURE))
        self.verdicts = WordBars("ideal.judgement.verdicts", tr("What the runs say of it"))
        self.sentence = named(words("", "label", wrapped=True), "ideal.judgement.sentence")
        self._numbers: tuple[int, ...] = ()
        self._found: Judgement | None = None
        self._runs = words(tr("What the runs take it for"), "title")
        self.close_button = icon_button("ideal.judgement.close", "close", tr("Back to the settings"))
        self.close_button.clicked.connect(self.closeWanted)
        add(self.head, SPRING, self.close_button)
        add(
            self.body,
            words(tr("The test images most like it"), "label"),
            self.nearest,
            words(tr("Cosine similarity to the nearest real image"), "label", wrapped=True),
            self.likeness,
            words(tr(SHORT_MEASURE), "caption", wrapped=True),
            self.sentence,
            "small",
            self._runs,
            self.verdicts,
            SPRING,
        )
        self.nearest.chosen.connect(lambda place: self.imageChosen.emit(self._numbers[place]))

    def begin(self, subject: str) -> None:
        """Show whose judgement is asked for; the shown one is of an earlier image until it comes."""
        self.set_title(tr("The ideal {subject}, and real ones", subject=subject))

    def show_judgement(self, judgement: Judgement) -> None:
        self._found = judgement
        self._show_nearest(judgement)
        self.likeness.show_rows(_rows(judgement))
        self.sentence.setText(sentence(judgement))
        self.verdicts.show_rows(
            [
                Row(
                    f"{verdict.run} {verdict.title}".strip(),
                    verdict.probability,
                    f"{class_name(verdict.answer, answer=True)}, {written(100 * verdict.probability, '.0f')} %",
                    tr(
                        "Run {run} takes it for {answer} with a probability of {probability:.4f}",
                        run=" · ".join(filter(None, (verdict.run, verdict.title))),
                        answer=one_of_class(verdict.answer, answer=True),
                        probability=verdict.probability,
                    ),
                    place == 0,
                )
                for place, verdict in enumerate(judgement.verdicts)
            ]
        )

    def _rows(self) -> int:
        return 1 if self.height() < scaled(LOW) else 2

    def _rows_height(self) -> int:
        return self._rows() * (PICTURE + scaled(CAPTION))

    def _fit(self) -> None:
        height = self._rows_height()
        if height != self.nearest.height():
            self.nearest.setFixedHeight(height)
            if self._found is not None:
                self._show_nearest(self._found)

    def _show_nearest(self, judgement: Judgement) -> None:
        most = max(IN_A_ROW, self.nearest.columns()) * self._rows()
        self._numbers = tuple(int(number) for number in judgement.numbers[:most])
        tips = [
            tr(
                "Test image {number:,}, {label}, cosine similarity {similarity}",
                number=number,
                label=one_of_class(int(label)),
                similarity=similarity_words(likeness),
            )
            for number, label, likeness in zip(self._numbers, judgement.labels, judgement.likeness, strict=False)
        ]
        labels = [class_name(int(label)) for label in judgement.labels[:most]]
        self.nearest.show_images(judgement.pictures[:most], labels, tips)


def sentence(judgement: Judgement) -> str:
    """Return in words how similar it is to real images, measured by how similar these are to each other."""
    if not judgement.asked:
        return tr(NONE)
    if not len(judgement.likeness):
        return tr(BLANK)
    nearest, things = float(judgement.likeness[0]), _things(judgement)
    if nearest < judgement.least:
        unlike = (
            mark("Unlike any real digit: all {count:,} real {things} that were looked at are more like another.")
            if are_digits()
            else mark("Unlike any real image: all {count:,} real {things} that were looked at are more like another.")
        )
        return tr(unlike, count=judgement.asked, things=things)
    if nearest < judgement.odd:
        # Translators: {things} are `digits`, `images`, `3s` or `images of “ape”`, here and in other texts
        return tr("As unusual as the most unusual of real {things}: 95 of 100 are more like another.", things=things)
    if nearest < judgement.usual:
        return tr("Like a rather unusual one of the real {things}.", things=things)
    usual = (
        mark("As like a real digit as real {things} are to each other.")
        if are_digits()
        else mark("As like a real image as real {things} are to each other.")
    )
    return tr(usual, things=things)


def _rows(judgement: Judgement) -> list[Row]:
    if not judgement.asked:
        return []
    nearest = float(judgement.likeness[0]) if len(judgement.likeness) else 0.0
    if judgement.label is not None:
        name = _name(judgement.label)
        real, unusual = tr("a real {label}", label=name), tr("an unusual {label}", label=name)
    elif are_digits():
        real, unusual = tr("a real digit"), tr("an unusual digit")
    else:
        real, unusual = tr("a real image"), tr("an unusual image")
    usual = tr("On average, to another real image")
    odd = tr("The 5th percentile: 95 of 100 real ones are more like another than that")
    return [
        Row(tr("this image"), max(0.0, nearest), similarity_words(nearest), tr(MEASURE)),
        Row(real, judgement.usual, similarity_words(judgement.usual), usual, False),
        Row(unusual, judgement.odd, similarity_words(judgement.odd), odd, False),
    ]


def _things(judgement: Judgement) -> str:
    if judgement.label is None:
        return tr("digits") if are_digits() else tr("images")
    if is_numbered(judgement.label, answer=True):
        # Translators: several images of a digit, `3s`
        return tr("{label}s", label=judgement.label)
    return tr("images of {label}", label=_name(judgement.label))


def _name(label: int) -> str:
    return f"{label}" if is_numbered(label, answer=True) else tr("“{label}”", label=class_name(label, answer=True))


def similarity_words(likeness: float) -> str:
    """Return a cosine similarity as a whole percentage."""
    return f"{written(100 * likeness, '.0f')} %"


class WordBars(Chart):
    """As high as its rows; all bars begin behind the longest title."""

    heads = mark("what"), mark("share"), mark("figure")
    between = "; "
    smooth = True

    def __init__(self, name: str, title: str) -> None:
        super().__init__(name, title)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.rows: tuple[Row, ...] = ()

    def show_rows(self, rows: Sequence[Row]) -> None:
        self.rows = tuple(rows)
        self.show_data([Datum(row[:3], f"{row.name}: {row.figure}", row.tip) for row in rows])
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(scaled(160), scaled(ROW) * len(self.rows))

    def places(self) -> Places:
        high = scaled(ROW)
        return [(row, QRectF(0, row * high, self.width(), high)) for row in range(len(self.rows))]

    def marks(self, seen: Places) -> Iterator[Mark]:
        gap, label = metrics()["space"]["small"], QFontMetrics(font("label"))
        figure = QFontMetrics(font("small_value", numbers=True)).horizontalAdvance
        widest = max((label.horizontalAdvance(row.name) for row in self.rows), default=0)
        left = min(widest, self.width() // 2)
        right = max((figure(row.figure) for row in self.rows), default=0)
        for number, place in seen:
            row = self.rows[number]
            name = label.elidedText(row.name, Qt.TextElideMode.ElideRight, left + 1)
            yield Words(place, name, "muted", "label")
            yield Words(place, row.figure, "text", "small_value", RIGHT, numbers=True)
            track = track_in(place, left + gap, right + gap, BAR)
            yield Bar(track, "line", radius=BAR / 2)
            bar = part_of(track, max(0.0, min(1.0, row.share)))
            if bar.width() >= 1:
                yield Bar(bar, "accent" if row.stands_out else "faint", radius=BAR / 2)


class OneIdealImage(QObject):
    """What is done with a single image of a painting. Its judgement takes the place of the settings."""

    def __init__(
        self, tab: Tab, painting: Painting, panel: IdealPanel, left: QStackedWidget, judgement: JudgementPanel
    ) -> None:
        super().__init__(tab)
        self.painting, self.panel, self.board = painting, panel, panel.board
        self.judgement, self.selection = judgement, tab.selection
        self._left = left
        self._chosen: int | None = None
        self._query = tab.query(self._ask, every_ms=0, patience_ms=0)
        self._query.listen(Judgement, judgement.show_judgement)
        panel.judge.clicked.connect(self._judge)
        panel.draw.clicked.connect(self._send)
        self.board.sent.connect(lambda _: self._send())
        self.board.pointed.connect(self._point)
        self.board.chosen.connect(self._take_choice)
        judgement.closeWanted.connect(self.close_judgement)
        judgement.imageChosen.connect(lambda number: self.selection.change(image=number))

    def _point(self, place: Pixel | None) -> None:
        message = self.painting.latest
        self.panel.show_readout(pixel(message, *place) if message is not None and place is not None else "")

    def _take_choice(self, place: int) -> None:
        self.choose(place)
        message = self.painting.latest
        if message is not None and message.layer is not None:
            self.selection.change(neuron=Neuron(message.layer, message.wanted[place]))
        elif message is not None:
            self.selection.change(label=message.wanted[place])
        self.judge_again()

    def choose_again(self) -> None:
        """Choose the same place again, where another image may be now."""
        self.choose(self._chosen)

    def choose(self, place: int | None) -> None:
        message = self.painting.latest
        there = message is not None and place is not None and place < len(message.wanted)
        self._chosen = place if there else None
        self.panel.set_chosen(subject(message, place) if there and message and place is not None else None)
        self.mark()

    def mark(self) -> None:
        """Frame the chosen image, or that of the selected neuron."""
        message, neuron = self.painting.latest, self.selection.neuron
        place = self._chosen
        if message is not None and message.layer is not None and neuron is not None:
            same = neuron.layer == message.layer and neuron.number in message.wanted
            place = message.wanted.index(neuron.number) if same else place
        self.board.mark(place)

    def _send(self) -> None:
        message, place = self.painting.latest, self._chosen
        if message is None or place is None:
            return
        image = message.images[place]
        cut = bool((image < 0).any() or (image > 1).any())
        caption = mark("Ideal image of {subject}, cut off to 0 to 1") if cut else mark("Ideal image of {subject}")
        self.selection.send(np.clip(np.nan_to_num(image), 0, 1), tr(caption, subject=subject(message, place)))

    def _judge(self) -> None:
        self._left.setCurrentWidget(self.judgement)
        self.judge_again()
        self.judgement.close_button.setFocus()

    def judge_again(self) -> None:
        self._query.refresh()

    def _ask(self) -> Request[...] | None:
        lens, message, place = self.selection.lens, self.painting.latest, self._chosen
        if self._left.currentWidget() is not self.judgement or lens is None:
            return None
        if message is None or place is None or not np.isfinite(message.images[place]).all():
            return None
        self.judgement.begin(subject(message, place))
        label = message.wanted[place] if message.layer is None else None
        return Request(judge_image, lens, message.images[place], label)

    def close_judgement(self) -> None:
        self._left.setCurrentIndex(0)
