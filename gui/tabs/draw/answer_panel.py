"""The answer: the winner large, its probability, a bar for each class, and what can be done to the drawing."""

import functools
import math
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QAccessible, QAction, QFont, QFontMetrics, QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QLabel, QStackedWidget

from engine.analysis.probes.familiarity import Familiarity
from engine.core.language import mark, tr
from engine.core.lazy import Array
from engine.core.text import printable, written
from gui.look.class_names import are_digits, class_cells, class_name, fitted_name, names_room
from gui.look.first_look import rarely
from gui.look.fonts import font, keep, measured, metrics, scaled, set_font, text_size
from gui.look.layout import SPRING, Spring, add, hbox, vbox
from gui.look.percents import probability_text, say_likeliest
from gui.look.theme import theme
from gui.look.words import named, set_tip, set_tone, words
from gui.state.link.clock import CLOCK, Clock
from gui.tabs.draw.answer_menus import COUNT_TIP, NOTICING, LearnChip, NoticingMenu
from gui.tabs.draw.play import PlayRow
from gui.widgets.empty_state import NetworkOffer
from gui.widgets.heard import say
from gui.widgets.painted import RIGHT, Bar, Ground, Mark, Words, part_of, track_in
from gui.widgets.panel import Panel
from gui.widgets.plots.chart import Chart, Datum, Places

WORD_ROOM = 118  # room for the winner and its words, so that the bars never move
WIDE_SCORE = 88.88  # an answer's score is hardly ever wider
BUTTON_ROOM = 30  # height of the button below these words, with a gap
UNLIKE = mark("unlike anything in the training images")

UNLIKE_HELP = mark(
    "The network has to choose a class, whatever it is shown; but in its last hidden layer, or in the pixels, all "
    "training images are farther from your drawing than is usual."
)

SCORE_HELP = mark("What the network computes for this answer before softmax makes probabilities of all scores")
BAR_HEIGHT, THICK = 14, 0.4  # least height of a bar, and its share of a high row
ROOMY = 40  # from this height of a row on its words are large, in pixels
RADIUS = 3
GLYPH_ROOM = 22
FEW = 10

# Lower rows would overlap: then there are several columns, as many as have room.
LEAST_ROW, LEAST_COLUMN = 16, 130

CLEAR = 0.9  # from this probability on no second class is named
POSSIBLE = 0.1  # a less probable class is not named, where there is a better second one

# A screen reader says another answer once the pen has been at rest for so long: between two strokes of a digit it is
# up for half a second, and to say an answer takes about one.
SILENCE_MS = 1000


class AnswerPanel(Panel):
    """Shows the answer, or a sentence in its place."""

    def __init__(self, clock: Clock = CLOCK) -> None:
        super().__init__("", "draw.answer")
        self._silence = clock.timer(self, self._say_aloud)
        self.setAccessibleName(tr("Answer"))
        self.drop_head()
        self.bars = ProbabilityBars("draw.answer.bars")
        self._widest = "0"
        self._probabilities: Array | None = None
        self._familiarity: Familiarity | None = None
        self.winner = named(words(""), "draw.answer.winner", title=tr("Answer"))
        set_tone(self.winner, "accent")
        self.share = named(words("", "value"), "draw.answer.probability")
        set_font(self.share, "value", numbers=True)
        self.noun = named(words("", "caption"), "draw.answer.noun")
        self.doubt = named(words("", "label", wrapped=True), "draw.answer.doubt")
        self.score = named(words("", "caption"), "draw.answer.score", tip=tr(SCORE_HELP))
        set_font(self.score, "caption", numbers=True)
        rows = (self.share, "value", 1), (self.noun, "caption", 1), (self.score, "caption", 1), (self.doubt, "body", 3)
        for label, role, lines in rows:
            keep(label, partial(_give_lines, role=role, lines=lines))
        for label in self._labels():
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.sentence = named(words("", "label", wrapped=True, centred=True), "draw.answer.sentence")
        self._said = named(_Pages(), "draw.answer.pages")
        self._make_room()
        theme().changed.connect(self._make_room)
        self._said.resized.connect(lambda _: self._fit_pages())
        # The button lies in the larger room below.
        page = Ground(vbox(SPRING, *self._labels(), Spring(2), gap="tight"))
        self.offer = NetworkOffer("draw.answer", narrow=True)
        self._instead = Ground(vbox(SPRING, self.sentence, self.offer, SPRING))
        self._said.addWidget(page)
        self._said.addWidget(self._instead)
        self.learn = LearnChip("draw.learn")
        # It lies over the lower edge of the words: below them it would take height from all panels beside.
        self.learn.setParent(self._said)
        measured(self.learn, partial(_make_room_around, pages=self._said, labels=self._labels()))
        self._said.resized.connect(lambda _: self._place_button())
        self.play = PlayRow()
        rarely(self.play, self.score)
        self.noticing = NoticingMenu(self)
        self._notice = named(QAction(f"{tr(NOTICING)}…", self), "draw.noticing.show", tip=tr(COUNT_TIP))
        self._notice.triggered.connect(
            lambda: self.noticing.popup(self._said.mapToGlobal(QPoint(0, self._said.height())))
        )
        add(self.body, (hbox(self._said, (self.bars, 1), gap="medium"), 1), "tight", self.play)

    def menu_actions(self) -> Sequence[QAction]:
        """Measure how well the network notices what is unlike its training images."""
        return [self._notice]

    def _make_room(self) -> None:
        """Find the room for the words below the answer, and the least one with a small one; by the text size."""
        self._below = sum(label.minimumHeight() + metrics()["space"]["tight"] for label in self._labels()[1:])
        self._set_size(font("answer_small").pixelSize())
        self._said.setMinimumHeight(self.winner.minimumHeight() + self._below)
        self._fit_pages()

    def _place_button(self) -> None:
        self.learn.adjustSize()
        self.learn.move((self._said.width() - self.learn.width()) // 2, self._said.height() - self.learn.height())
        self.learn.raise_()

    def _fit_pages(self) -> None:
        """Make the winner as large as the room and the widest name allow: nothing moves when another class wins."""
        room, measure = scaled(WORD_ROOM), QFontMetrics(font("answer", numbers=True))
        high = self._said.height() - scaled(BUTTON_ROOM) - self._below
        part = min((room - GLYPH_ROOM) / measure.horizontalAdvance(self._widest), high / measure.height())
        self._set_size(max(font("answer_small").pixelSize(), int(part * font("answer").pixelSize())))
        self._said.updateGeometry()  # a hidden page does not tell its new size
        self._say_winner()

    def _say_winner(self) -> None:
        if self._probabilities is None:
            return
        best = int(self._probabilities.argmax())
        room, letters, name = scaled(WORD_ROOM), QFont(self._letters), class_name(best, answer=True)
        if (wide := QFontMetrics(letters).horizontalAdvance(name)) > room:
            least = font("title").pixelSize()  # a name that is longer ends in an ellipsis
            letters.setPixelSize(max(least, letters.pixelSize() * room // wide))
        self.winner.setFont(letters)
        self.winner.setText(fitted_name(best, room, letters, answer=True))
        self.winner.setAccessibleDescription(name)

    def _labels(self) -> tuple[QLabel, ...]:
        return self.winner, self.share, self.noun, self.score, self.doubt

    def _set_size(self, pixels: int) -> None:
        self._letters = font("answer", numbers=True)
        self._letters.setPixelSize(pixels)
        self.winner.setFont(self._letters)
        self.winner.setFixedHeight(self.winner.fontMetrics().height())

    def show_answer(self, probabilities: Array, logits: Array) -> None:
        """Show probabilities (classes,); `logits` (classes,) has the winner's logit."""
        if not np.isfinite(probabilities).all():
            self.say(tr("In this snapshot the network's weights are not numbers: its training failed."))
            return
        if self._said.currentWidget() is self._instead:
            self._said.setCurrentIndex(0)
            self.learn.show()
            self._place_button()
        before, best = self._probabilities, int(probabilities.argmax())
        self._probabilities = probabilities
        if before is None or int(before.argmax()) != best:
            self._say_winner()
            if QAccessible.isActive():
                self._silence.start(SILENCE_MS)
        self.share.setText(probability_text(float(probabilities[best])))
        self.noun.setText(tr("probability"))
        self.score.setText(_score_said(logits[best]))
        self._say_doubt()
        self.bars.set_probabilities(probabilities)
        self.play.show_winner(best)

    def hold_words(self) -> None:
        """Let a screen reader wait with another answer: the pen moves."""
        if self._silence.isActive():
            self._silence.start(SILENCE_MS)

    def _say_aloud(self) -> None:
        if (values := self._probabilities) is not None:
            best = int(values.argmax())
            say(self.winner, f"{class_name(best, answer=True)}, {probability_text(float(values[best]))}")

    def show_familiarity(self, familiarity: Familiarity | None) -> None:
        """Say in place of a second class, once the pen rests, that the drawing is unlike all training images."""
        self._familiarity = familiarity
        self._say_doubt()

    def _say_doubt(self) -> None:
        values, familiarity = self._probabilities, self._familiarity
        if values is None:
            return
        text, tip = doubt(values), ""
        is_unlike = familiarity is not None and familiarity.is_unlike
        if familiarity is not None and is_unlike:
            text = tr(UNLIKE)
            distances = tr(
                "In the layer the nearest one is at a cosine distance of {distance:.2f} (limit {limit:.2f}), in pixels "
                "the nearest of this class at {pixels:.2f} (limit {pixels_limit:.2f}); 99 of 100 training images "
                "exceed neither limit.",
                distance=familiarity.unlikeness,
                limit=familiarity.limit,
                pixels=familiarity.pixels,
                pixels_limit=familiarity.pixels_limit,
            )
            tip = f"{tr(UNLIKE_HELP)} {distances} {printable(familiarity.remark)}".strip()
        self.doubt.setText(text)
        set_tip(self.doubt, tip)
        set_tone(self.doubt, "muted" if values.max() >= CLEAR and not is_unlike else "warn")

    def say(self, sentence: str, *, with_offer: bool = False) -> None:
        """Show a sentence in place of an answer, with the offer to train a network or without."""
        self._probabilities = None
        for label in self._labels():
            label.setText("")
        self.doubt.setToolTip("")
        self.sentence.setText(sentence)
        self.offer.setVisible(with_offer)
        self._said.setCurrentWidget(self._instead)
        self.learn.setVisible(not with_offer)
        self._place_button()
        self.bars.set_probabilities(None)
        self.play.show_winner(None)

    def set_classes(self, classes: int) -> None:
        self._widest = max((class_name(label, answer=True) for label in range(classes)), key=len, default="0")
        if are_digits(answer=True):
            self._widest = "0" * len(str(classes - 1))
        self._fit_pages()
        self.bars.set_classes(classes)
        self.play.set_classes(classes)


def _make_room_around(button: LearnChip, pages: QStackedWidget, labels: Iterable[QLabel]) -> None:
    measure = QFontMetrics(font("caption", numbers=True)).horizontalAdvance
    said = tr("probability"), _score_said(WIDE_SCORE)
    room = max(scaled(WORD_ROOM), *(measure(words) + 2 for words in said))
    for label in labels:
        label.setFixedWidth(room)
    pages.setFixedWidth(max(room, button.sizeHint().width()))


def _score_said(score: float) -> str:
    return tr("score (logit) {score}", score=written(score, ".2f"))


def _give_lines(label: QLabel, role: str, lines: int) -> None:
    label.setFixedHeight(lines * QFontMetrics(font(role, numbers=True)).height())


class _Pages(QStackedWidget):
    resized = Signal(int)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit(event.size().height())


class ProbabilityBars(Chart):
    """A row for each class, at a fixed place; where not all fit, rows of the ten most probable ones."""

    heads = mark("class"), mark("probability")
    smooth = True

    def __init__(self, name: str) -> None:
        tip = tr("How probable the network takes each class to be (softmax of the logits)")
        size = 280, 10 * (BAR_HEIGHT + 2)
        super().__init__(name, tr("Probabilities"), tip=tip, size=size, opaque=True)
        self._classes = 10
        self.probabilities: Array | None = None  # those that are shown (classes,)
        self.texts = [""] * self._classes  # the figures behind the bars

    def set_classes(self, classes: int) -> None:
        self._classes = classes
        self.set_probabilities(None)

    def set_probabilities(self, probabilities: Array | None) -> None:
        """Show probabilities (classes,), or empty rows."""
        before, texts = self.probabilities, self.texts
        self.probabilities = probabilities
        if probabilities is None:
            self.texts = [""] * self._classes
            self.show_data(())
            return
        self._classes = len(probabilities)
        self.texts = [probability_text(share) for share in probabilities.tolist()]
        cells = zip(class_cells(self._classes, answer=True), probabilities.tolist(), strict=True)
        names = (class_name(label, answer=True) for label in range(self._classes))
        lines = map("{}: {}".format, names, self.texts)
        data = [Datum(row, words) for row, words in zip(cells, lines, strict=True)]
        if before is None or len(before) != self._classes or self._capacity() < self._classes:
            self.show_data(data)
        else:  # where the figure is the same, the bar is, and a pen changes few
            winners = {int(before.argmax())} ^ {int(probabilities.argmax())}
            pairs = enumerate(zip(texts, self.texts, strict=True))
            changed = [label for label, (old, new) in pairs if old != new or label in winners]
            self.show_data(data, changed=changed)

    def finding(self) -> str:
        return say_likeliest(self.probabilities)

    def _capacity(self) -> int:
        """Return the number of rows: that of the classes, or `FEW` where not all of them fit."""
        most = self.width() // scaled(LEAST_COLUMN) * (self.height() // scaled(LEAST_ROW))
        return self._classes if self._classes <= most else min(self._classes, FEW)

    def shown(self) -> list[int]:
        """Return the classes that have a row: by number, or the likeliest first where not all have one."""
        count = self._capacity()
        if count >= self._classes or self.probabilities is None:
            return list(range(count))
        likeliest: list[int] = np.argsort(-self.probabilities, kind="stable")[:count].tolist()
        return likeliest

    def places(self) -> Places:
        """Return the rows from top to bottom, in several columns where they would be too low in one."""
        shown = self.shown()
        columns = math.ceil(len(shown) * scaled(LEAST_ROW) / max(1, self.height()))
        columns = max(1, min(columns, self.width() // scaled(LEAST_COLUMN)))
        rows = max(1, math.ceil(len(shown) / columns))
        gap = metrics()["space"]["medium"] if columns > 1 else 0
        width, height = (self.width() - gap * (columns - 1)) // columns, self.height() / rows
        tops = [round(row * height) for row in range(rows + 1)]
        return [
            (label, QRectF(column * (width + gap), tops[row], width, tops[row + 1] - tops[row]))
            for place, label in enumerate(shown)
            for column, row in [divmod(place, rows)]
        ]

    def marks(self, seen: Places) -> Iterator[Mark]:
        values, high = self.probabilities, max((place.height() for _, place in seen), default=0.0)
        bold, plain = ("figure", "large_body") if high >= scaled(ROOMY) else ("value", "body")
        letters, winner = font(bold, numbers=True), -1 if values is None else int(values.argmax())
        right = _figure_room(bold, text_size()) + metrics()["space"]["small"]
        widest = 0.35 * max((place.width() for _, place in seen), default=0.0)
        left = names_room(self._classes, letters, scaled(GLYPH_ROOM), widest, answer=True)
        for label, place in seen:
            wins = label == winner
            color, role = ("text", bold) if wins else ("muted", plain)
            name = fitted_name(label, left - 4, font(role, numbers=True), answer=True)
            yield Words(place, name, color, role, numbers=True)
            yield Words(place, self.texts[label], color, role, RIGHT, numbers=True)
            track = track_in(place, left, right, min(max(BAR_HEIGHT, THICK * high), place.height() - 4))
            yield Bar(track, "raised", radius=RADIUS)
            share = 0.0 if values is None else float(values[label])
            if share * track.width() >= 0.5:
                yield Bar(part_of(track, share), "accent", 1.0 if wins else 0.45, RADIUS)


@functools.cache
def _figure_room(role: str, percent: int) -> float:
    return QFontMetricsF(font(role, numbers=True)).horizontalAdvance("> 99.99 %")


def doubt(probabilities: Array) -> str:
    """Return a sentence about probabilities (classes,) when none of them is large, or what comes next."""
    order = [int(place) for place in np.argsort(-probabilities, kind="stable")]
    if probabilities[order[0]] >= CLEAR:
        return tr("next: {name}", name=class_name(order[1], answer=True))
    possible = [place for place in order if probabilities[place] >= POSSIBLE][:3]
    if len(possible) < 2:
        possible = order[:2]
    first, second, *third = (class_name(label, answer=True) for label in possible)
    if third:
        return tr("could be {first}, {second} or {third}", first=first, second=second, third=third[0])
    return tr("could be {first} or {second}", first=first, second=second)
