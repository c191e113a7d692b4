"""The page of the answers: how often both are right, and the images that the two networks answer differently."""

from collections.abc import Iterator, Sequence

import numpy as np
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QPushButton, QWidget

from engine.analysis.probes.comparison import Comparison
from engine.core.language import headed, mark, tr, with_marks
from engine.core.lazy import Array
from engine.core.text import printable
from gui.look.class_names import class_cell, class_name, fitted_name, names_room, one_of_class
from gui.look.first_look import rarely
from gui.look.fonts import font, scaled, sized
from gui.look.layout import add, hbox, holder, vbox
from gui.look.percents import fine_percent, percent, probability_text
from gui.look.words import NO_BREAK, Elided, enable, for_hands, named, set_figure, words
from gui.tabs.compare.other import Names, sentence
from gui.widgets.figures.table import Table
from gui.widgets.forms.controls import Segments
from gui.widgets.painted import CENTER, LEFT, RIGHT, Bar, Mark, Words, track_in
from gui.widgets.panel import Panel
from gui.widgets.pictures.fetched_grid import FetchedGrid
from gui.widgets.plots.chart import Chart, Datum, Places, most
from gui.widgets.reflow import ACROSS, UP, Turn

SIDE = 372  # width of the panels beside the images
CAPTION = "{}: {} | {}"  # an image's class, and both answers
NOTHING_CHOSEN = mark("Click an image to pick it out in all tabs; double-click to draw on it.")
NO_IMAGE = mark("They answer no image like that.")
WHICH = {
    "all": (mark("All"), mark("All images that they answer differently")),
    "one": (mark("{one} right"), mark("Those that only {the_one} reads correctly")),
    "other": (mark("{other} right"), mark("Those that only {the_other} reads correctly")),
    "none": (mark("Neither"), mark("Those that both read wrongly, each in its own way")),
}


class AnswersPage(QWidget):
    """Shows both networks' answers; images come as they are seen."""

    imageChosen = Signal(int, int)  # a test image's number and its class
    sendWanted = Signal(object, str)  # a picture (rows, columns), uint8, and what it is

    def __init__(self) -> None:
        super().__init__()
        self.bars, self.classes = RightBars(), ClassDifferences()
        self.grid = DifferentGrid()
        self.which = Segments(
            "compare.which",
            {key: (tr(title, one="A", other="B"), tr("Which images are listed")) for key, (title, _) in WHICH.items()},
        )
        self.sentence = named(words("", "label", wrapped=True), "compare.sentence")
        self.detail = Elided("compare.detail", "label")
        self.send = named(QPushButton(tr("To Draw")), "compare.send", title=tr("Send the image to the Draw tab"))
        self._found: Comparison | None = None
        self._names = Names()
        self._image: int | None = None
        right = Panel(tr("Read correctly"), "compare.right")
        add(right.body, self.bars, self.sentence)
        by_class = Panel(tr("Only one is right, by class"), "compare.classes.panel")
        by_class.body.addWidget(self.classes, 1)
        bars = vbox(right, (by_class, 1), gap="medium")
        self.side = side = holder(bars)
        sized(side.setFixedWidth, SIDE, shrinks=False)
        images = Panel(tr("Answered differently"), "compare.images", shortens=True)
        self._key = Elided("compare.key")
        add(images.head, "small", (self._key, 9))  # wider than the spring beside the figure
        self._figure = named(images.add_figure(), "compare.figure")
        images.head.addWidget(self.which)
        rarely(self.which)
        self.grid.setToolTip(for_hands(tr(NOTHING_CHOSEN)))
        add(images.body, (self.grid, 1), hbox((self.detail, 1), (self.send, 0, Qt.AlignmentFlag.AlignRight)))
        columns = hbox(side, (images, 1), gap="medium", on=self)
        self.turns = Turn(columns, UP, (1, 1)), Turn(bars, ACROSS, (1, 1))
        self.which.chosen.connect(lambda _: self._show_images())
        self.grid.chosen.connect(self._choose)
        self.grid.sent.connect(lambda _: self._send())
        self.send.clicked.connect(self._send)
        self._show_detail()

    def show_comparison(self, comparison: Comparison, names: Names) -> None:
        self._found, self._names = comparison, names
        both, one, other, none = comparison.right
        images = max(1, both + one + other + none)
        self.bars.show_counts((both, one, other, none), names)
        self.classes.show_classes(comparison, names)
        share, other_share = (fine_percent(count / images, images) for count in (both + one, both + other))
        # Translators: {the_one}, {the_other}: `run A`, `run A at epoch 3.0` or `the mixture`, here and in other texts
        text = tr(
            "{the_one} reads {share} of {images:,} test images correctly, {the_other} {other_share}.",
            the_one=names.the_one,
            share=share,
            images=images,
            the_other=names.the_other,
            other_share=other_share,
        )
        text = " ".join([sentence(text), *map(printable, comparison.remarks)])
        self.sentence.setText(text.replace(" %", NO_BREAK))
        self._key.set_words(headed(tr("class"), f"{names.one} | {names.other}"))
        for key, (title, tip) in WHICH.items():
            self.which.set_title(key, tr(title, one=names.one, other=names.other))
            self.which.set_tip(key, tr(tip, the_one=names.the_one, the_other=names.the_other))
        self._show_images()

    def set_data(self, shape: tuple[int, int], classes: int) -> None:
        """Show nothing: other data are open."""
        self._found = None
        self.grid.set_data(shape, classes)

    def pick(self, number: int | None) -> None:
        self._image = number
        self.grid.mark_number(number)
        self._show_detail()

    def _show_images(self) -> None:
        if (comparison := self._found) is None:
            return
        numbers = comparison.differing
        right = comparison.answers[:, numbers] == comparison.labels[numbers] if len(numbers) else np.zeros((2, 0), bool)
        chosen = {"all": right[0] | True, "one": right[0], "other": right[1], "none": ~right.any(axis=0)}
        self.grid.show_differing(comparison, numbers[chosen[self.which.key]], self._names, self._image)
        set_figure(self._figure, with_marks(f"{self.grid.count():,}"))
        self._show_detail()

    def _show_detail(self) -> None:
        place = self.grid.marked
        text = "" if place is None else f"{self.grid.tell(place)}."
        is_empty = self._found is not None and not self.grid.count()
        self.detail.set_words(text or (tr(NO_IMAGE) if is_empty else for_hands(tr(NOTHING_CHOSEN))))
        enable(
            self.send, bool(text), tr("Put this image onto the canvas of the Draw tab."), tr("Choose an image first.")
        )

    def _choose(self, place: int) -> None:
        if self._found is not None and place < self.grid.count():
            number = int(self.grid.numbers[place])
            self.imageChosen.emit(number, int(self._found.labels[number]))

    def _send(self) -> None:
        if self.grid.marked is None:
            return
        if (picture := self.grid.picture_of(int(self.grid.numbers[self.grid.marked]))) is not None:
            self.sendWanted.emit(picture, self.grid.tell(self.grid.marked))


class DifferentGrid(FetchedGrid):
    """Images that two networks answer differently; below each its class and both answers."""

    def __init__(self) -> None:
        super().__init__("compare.grid", tr("Images that are answered differently"), scale=2, widest=150, grows=True)
        self._found: Comparison | None = None
        self._numbers = np.zeros(0, np.int64)
        self._names = Names()

    @property
    def numbers(self) -> Array:
        return self._numbers

    def set_data(self, shape: tuple[int, int], classes: int) -> None:
        """Show nothing: other data are open, with images of that shape."""
        self._found, self._numbers = None, np.zeros(0, np.int64)
        super().set_data(shape, classes)

    def show_differing(self, comparison: Comparison, numbers: Array, names: Names, marked: int | None) -> None:
        is_new = not np.array_equal(numbers, self._numbers)
        self._found, self._numbers, self._names = comparison, numbers, names
        self._show_listed(marked, is_new=is_new)

    def possible_captions(self) -> Sequence[str]:
        return [self._fitted(CAPTION, name, name, name) for name in self._classes]

    def caption_of(self, number: int) -> str:
        """Return class and both answers: `3: 5 | 3`."""
        return self._fitted(CAPTION, *self._called(number))

    def tell(self, place: int) -> str:
        """Return both answers to the image at a place in a sentence without its full stop."""
        comparison = self._found
        if comparison is None or not place < len(self._numbers):
            return ""
        number = int(self._numbers[place])
        label, *answers = self._labels(place)
        one, other = (self._names.one_of(which, answer) for which, answer in enumerate(answers))
        share, other_share = (probability_text(float(share)) for share in comparison.probabilities[:, number])
        names = self._names
        return tr(
            "Test image {number:,}, {label}: {the_one} says {one} (probability {share}), {the_other} "
            "{other} ({other_share})",
            number=number,
            label=one_of_class(label),
            the_one=names.the_one,
            one=one,
            share=share,
            the_other=names.the_other,
            other=other,
            other_share=other_share,
        )

    def table(self) -> Table | None:
        comparison, numbers = self._found, self._numbers
        if comparison is None or not len(numbers):
            return None
        names, sure = self._names, mark("probability")
        columns = (mark("image"), mark("class"), names.the_one, sure, names.the_other, sure)
        rows = [
            (number, label, one, sure, other, other_sure)
            for place, number in enumerate(numbers.tolist())
            for (label, one, other), (sure, other_sure) in (
                (self._cells(place), comparison.probabilities[:, number].tolist()),
            )
        ]
        return Table(columns, rows)

    def _called(self, place: int) -> tuple[str, str, str]:
        """Return the names of an image's class and of both answers."""
        label, one, other = self._labels(place)
        return class_name(label), self._names.answer_of(0, one), self._names.answer_of(1, other)

    def _cells(self, place: int) -> tuple[int | str, ...]:
        pairs = zip(self._labels(place), self._called(place), strict=True)
        return tuple(label if name == f"{label}" else name for label, name in pairs)

    def _labels(self, place: int) -> tuple[int, int, int]:
        assert self._found is not None
        number = int(self._numbers[place])
        one, other = self._found.answers[:, number].tolist()
        return int(self._found.labels[number]), one, other


ROW, LOW_ROW, LEAST_BAR = 26, 19, 2
CLIP = Qt.TextFlag.TextDontClip


class RightBars(Chart):
    """A row for each: both right, only the first, only the second, neither."""

    heads = mark("read correctly by"), mark("images")

    def __init__(self) -> None:
        title, size = tr("Who reads how many images correctly"), (320, 4 * ROW)
        super().__init__("compare.bars", title, size=size, least=(200, 4 * LOW_ROW))
        self._names = Names()

    def show_counts(self, counts: tuple[int, int, int, int], names: Names) -> None:
        """Show how many images both read correctly, only the first, only the second, neither."""
        self._names = names
        titles = tr("Both"), tr("Only {run}", run=names.one), tr("Only {run}", run=names.other), tr("Neither")
        rows = zip(titles, counts, strict=True)
        self.show_data([Datum((title, count), f"{title}: {with_marks(f'{count:,}')}") for title, count in rows])

    def finding(self) -> str:
        """Return how many images both read correctly, and how many only one."""
        if not self._total:
            return ""
        both, here, there, _ = (datum.cells[1] for datum in self.data)
        names = self._names
        return tr(
            "Both read {both:,} of {total:,} images correctly, only {one} {here:,}, only {other} {there:,}.",
            both=both,
            total=self._total,
            one=names.one,
            here=here,
            other=names.other,
            there=there,
        )

    def table(self) -> Table | None:
        return super().table() if self._total else None

    @property
    def _total(self) -> int:
        return sum(datum.cells[1] for datum in self.data)

    def places(self) -> Places:
        high = self.height() / 4
        shown = self.data if self._total else ()
        return [(row, QRectF(0, row * high, self.width(), high)) for row in range(len(shown))]

    def marks(self, seen: Places) -> Iterator[Mark]:
        if not seen:
            return
        titles, counts = zip(*(datum.cells for datum in self.data), strict=True)
        figures = [with_marks(f"{count:,}") for count in counts]
        shares = [percent(count / self._total) for count in counts]
        label, value = font("label"), font("value", numbers=True)
        room, wide, narrow = (
            max(map(QFontMetricsF(letters).horizontalAdvance, texts)) + scaled(gap)
            for letters, texts, gap in ((label, titles, 12), (value, figures, 10), (label, shares, 10))
        )
        for number, row in seen:
            yield Words(row, titles[number], "muted", "label")
            yield Words(row, shares[number], "muted", "label", RIGHT)
            yield Words(row.adjusted(0, 0, -narrow, 0), figures[number], "text", "value", RIGHT, numbers=True)
            track = track_in(row, room, wide + narrow, min(scaled(10), row.height() - 6), whole=False)
            long = max(0.0, track.width()) * counts[number] / self._total
            track.setWidth(max(LEAST_BAR if counts[number] else 0, long))
            yield Bar(track, TONES[number])


TONES = "faint", "curve_1", "curve_2", "faint"
HEAD, LEAST_ROW, MOST_ROW, NAMES = 18, 11, 60, (18, 90)


class ClassDifferences(Chart):
    """For each class how many of its images only the one reads correctly (left), and only the other (right)."""

    between = "; "

    def __init__(self) -> None:
        title, least = tr("Images that only one reads correctly, by class"), (200, HEAD + 10 * LEAST_ROW)
        super().__init__("compare.classes", title, size=(320, 240), least=least, follows_mouse=True)
        self._counts = np.zeros((2, 0), np.int64)
        self._names = Names()

    def show_classes(self, comparison: Comparison, names: Names) -> None:
        """Count the images of each class that only one of both reads correctly."""
        right = comparison.answers == comparison.labels
        classes = int(max(comparison.labels.max(initial=0), comparison.answers.max(initial=0))) + 1
        only = right & ~right[::-1]
        self._counts = np.stack([np.bincount(comparison.labels[images], minlength=classes) for images in only])
        self._names = names
        self.heads = mark("class"), *(tr("only {run}", run=name) for name in (names.the_one, names.the_other))
        data = []
        for label, (here, there) in enumerate(self._counts.T.tolist()):
            says = tr(
                "{label}: {here:,} only {the_one} reads correctly, {there:,} only {the_other}",
                label=class_name(label),
                here=here,
                the_one=names.the_one,
                there=there,
                the_other=names.the_other,
            )
            data.append(Datum((class_cell(label), here, there), says, says))
        self.show_data(data)

    def finding(self) -> str:
        """Return the class in which both differ most."""
        if not self._counts.any():
            return tr("In no class does only one read an image correctly.") if self.data else ""
        here, there = self._counts
        return tr("Both differ most in class {counts}.", counts=self.data[int(np.abs(here - there).argmax())].says)

    def places(self) -> Places:
        head = scaled(HEAD)
        shown = most(self._counts.sum(axis=0), (self.height() - head) // scaled(LEAST_ROW))
        high = min(scaled(MOST_ROW), (self.height() - head) / max(1, len(shown)))
        return [(label, QRectF(0, head + row * high, self.width(), high)) for row, label in enumerate(shown)]

    def marks(self, seen: Places) -> Iterator[Mark]:
        if not seen:
            return
        room = names_room(len(self.data), font("value"), *map(scaled, NAMES)) + scaled(8)
        half, high, largest = (self.width() - room) / 2, seen[0][1].height(), max(1, int(self._counts.max()))
        one, other = (tr("only {run}", run=name) for name in self._names[:2])
        yield Words(QRectF(0, 0, half, scaled(HEAD)), one, "accent", side=RIGHT)
        yield Words(QRectF(half + room, 0, half, scaled(HEAD)), other, "curve_2_text")
        is_high, small = high >= scaled(14), font("caption", numbers=True)
        letters, role = (font("value"), "value") if is_high else (small, "caption")
        digits, gap = QFontMetricsF(small).horizontalAdvance(with_marks(f"{largest:,}")) + scaled(6), scaled(4)
        for label, row in seen:
            name, here = fitted_name(label, room, letters), QRectF(half, row.top(), room, high)
            yield Words(here, name, "text", role, CENTER | CLIP, numbers=not is_high)
            for is_right, count in enumerate(self._counts[:, label].tolist()):
                long = max(LEAST_BAR if count else 0, (half - digits) * count / largest)
                bar = track_in(row, half + room, 0, max(1.0, min(scaled(12), high - 4), 0.4 * high), whole=False)
                bar.setWidth(long)
                beside = QRectF(bar.right() + gap, row.top(), digits - gap, high)
                if not is_right:
                    bar.moveRight(half)
                    beside.moveLeft(bar.left() - digits)
                yield Bar(bar, TONES[1 + is_right])
                if count:
                    side = (LEFT if is_right else RIGHT) | CLIP
                    yield Words(beside, with_marks(f"{count:,}"), "muted", "caption", side, numbers=True)
