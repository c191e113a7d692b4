"""The page of the answers: who reads what correctly, and the images that the two networks answer differently."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QWidget

from engine.analysis.probes.comparison import Comparison
from engine.core.array import Array
from engine.core.text import printable
from gui.look.class_names import class_cell, class_name, fitted_name, names_room, one_of_class
from gui.look.elided import Elided
from gui.look.fonts import font
from gui.look.layout import add, hbox, holder, vbox
from gui.look.named import named
from gui.look.percents import fine_percent, percent, probability_text
from gui.look.text_size import scaled, sized
from gui.look.theme import theme
from gui.look.words import for_hands, set_figure, words
from gui.tabs.compare.names import Names
from gui.widgets.figures.table import Table
from gui.widgets.forms.segments import Segments
from gui.widgets.painted import Painted
from gui.widgets.panel import Panel
from gui.widgets.pictures.fetched_grid import FetchedGrid

SIDE = 372  # width of what stands beside the images
CAPTION = "{}: {} | {}"  # of an image: its class, and the answers of both
NOTHING_CHOSEN = for_hands("Click an image to pick it out in all tabs; double-click to draw on it.")
NO_IMAGE = "They answer no image like that."
WHICH = {"all": "All", "one": "A right", "other": "B right", "none": "Neither"}


class AnswersPage(QWidget):
    """Shows what both answer; the images come as they are seen."""

    imageChosen = Signal(int, int)  # a test image's number and its class
    sendWanted = Signal(object, str)  # a picture (rows, columns), uint8, and what it is

    def __init__(self) -> None:
        super().__init__()
        self.bars, self.classes = RightBars(), ClassDifferences()
        self.grid = DifferentGrid()
        self.which = Segments("compare.which", WHICH, dict.fromkeys(WHICH, "Which images are listed"))
        self.sentence = named(words("", "label", wrapped=True), "compare.sentence")
        self.detail = Elided("compare.detail", "label")
        self.send = named(QPushButton("To Draw"), "compare.send", title="Send the image to the Draw tab")
        self._found: Comparison | None = None
        self._names = Names()
        self._image: int | None = None
        right = Panel("Read correctly", "compare.right")
        add(right.body, self.bars, self.sentence)
        by_class = Panel("Only one is right, by class", "compare.classes.panel")
        by_class.body.addWidget(self.classes, 1)
        side = holder(vbox(right, (by_class, 1), gap="medium"))
        sized(side.setFixedWidth, SIDE, shrinks=False)
        images = Panel("Answered differently", "compare.images", shortens=True)
        self._figure = named(images.add_figure(), "compare.figure")
        images.head.addWidget(self.which)
        self.grid.setToolTip(NOTHING_CHOSEN)
        add(images.body, (self.grid, 1), hbox((self.detail, 1), (self.send, 0, Qt.AlignmentFlag.AlignRight)))
        hbox(side, (images, 1), gap="medium", on=self)
        self.which.chosen.connect(lambda _: self._show_images())
        self.grid.chosen.connect(self._choose)
        self.grid.sent.connect(lambda _: self._send())
        self.send.clicked.connect(self._send)
        self._show_detail()

    def show_comparison(self, found: Comparison, names: Names) -> None:
        """Show what both answer."""
        self._found, self._names = found, names
        both, one, other, none = found.right
        images = max(1, both + one + other + none)
        self.bars.show_counts((both, one, other, none), names)
        self.classes.show_classes(found, names)
        shares = [fine_percent(count / images, images) for count in (both + one, both + other)]
        self.sentence.setText(
            f"{_capital(names.the_one)} reads {shares[0]} of {images:,} test images correctly, "
            f"{names.the_other} {shares[1]}. {' '.join(map(printable, found.remarks))}".rstrip()
        )
        for key, title, tip in (
            ("all", "All", "All images that they answer differently"),
            ("one", f"{names.one} right", f"Those that only {names.the_one} reads correctly"),
            ("other", f"{names.other} right", f"Those that only {names.the_other} reads correctly"),
            ("none", "Neither", "Those that both read wrongly, each in its own way"),
        ):
            self.which.set_title(key, title)
            self.which.set_tip(key, tip)
        self._show_images()

    def set_data(self, shape: tuple[int, int], classes: int) -> None:
        """Forget everything: there are other data."""
        self._found = None
        self.grid.set_data(shape, classes)

    def pick(self, number: int | None) -> None:
        """Mark a test image, wherever it was chosen."""
        self._image = number
        self.grid.mark_number(number)
        self._show_detail()

    # Showing ------------------------------------------------------------------------------------------------------

    def _show_images(self) -> None:
        found = self._found
        if found is None:
            return
        numbers = found.differing
        right = (
            (found.answers[:, numbers] == found.labels[numbers]) if len(numbers) else np.zeros((2, 0), bool)
        )
        chosen = {"all": right[0] | True, "one": right[0], "other": right[1], "none": ~right.any(axis=0)}
        self.grid.show_differing(found, numbers[chosen[self.which.key]], self._names, self._image)
        set_figure(self._figure, f"{self.grid.count():,}")
        self._show_detail()

    def _show_detail(self) -> None:
        place = self.grid.marked
        told = "" if place is None else f"{self.grid.tell(place)}."
        is_empty = self._found is not None and not self.grid.count()
        self.detail.set_words(told or (NO_IMAGE if is_empty else NOTHING_CHOSEN))
        self.send.setEnabled(bool(told))
        self.send.setToolTip(
            "Put this image onto the canvas of the Draw tab." if told else "Choose an image first."
        )

    def _choose(self, place: int) -> None:
        if self._found is not None and place < self.grid.count():
            number = int(self.grid.numbers[place])
            self.imageChosen.emit(number, int(self._found.labels[number]))

    def _send(self) -> None:
        if self.grid.marked is None:
            return
        picture = self.grid.picture_of(int(self.grid.numbers[self.grid.marked]))
        if picture is not None:
            self.sendWanted.emit(picture, self.grid.tell(self.grid.marked))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# The images ---------------------------------------------------------------------------------------------------------


class DifferentGrid(FetchedGrid):
    """Images that two networks answer differently: below each its class, and what the one and the other say."""

    def __init__(self) -> None:
        super().__init__(
            "compare.grid", "Images that are answered differently", scale=2, widest=150, grows=True
        )
        self._found: Comparison | None = None
        self._numbers = np.zeros(0, np.int64)
        self._names = Names()

    @property
    def numbers(self) -> Array:
        return self._numbers

    def set_data(self, shape: tuple[int, int], classes: int) -> None:
        """Forget everything: there are other data, of images of that shape."""
        self._found, self._numbers = None, np.zeros(0, np.int64)
        super().set_data(shape, classes)

    def show_differing(self, found: Comparison, numbers: Array, names: Names, marked: int | None) -> None:
        """Show these images; `marked` is the number of the one with a frame."""
        is_new = not np.array_equal(numbers, self._numbers)
        self._found, self._numbers, self._names = found, numbers, names
        self._show_listed(marked, is_new=is_new)

    def possible_captions(self) -> Sequence[str]:
        return [self._fitted(CAPTION, name, name, name) for name in self._classes]

    def caption_of(self, number: int) -> str:
        """Return class and both answers: `3: 5 | 3`."""
        return self._fitted(CAPTION, *self._called(number))

    def tell(self, place: int) -> str:
        """Return in a sentence without its full stop what both say of the image at a place."""
        found = self._found
        if found is None or not place < len(self._numbers):
            return ""
        number = int(self._numbers[place])
        label, *answers = self._told(place)
        one, other = (self._names.one_of(which, answer) for which, answer in enumerate(answers))
        shares = [probability_text(float(share)) for share in found.probabilities[:, number]]
        names = self._names
        return (
            f"Test image {number:,}, {one_of_class(label)}: {names.the_one} says {one} (probability {shares[0]}), "
            f"{names.the_other} {other} ({shares[1]})"
        )

    def table(self) -> Table | None:
        """Return number, class and both answers of each image that is listed, with their probabilities."""
        found, numbers = self._found, self._numbers
        if found is None or not len(numbers):
            return None
        names = self._names
        columns = ("image", "class", names.the_one, "probability", names.the_other, "probability")
        rows = [
            (
                number,
                label,
                one,
                float(found.probabilities[0, number]),
                other,
                float(found.probabilities[1, number]),
            )
            for place, number in enumerate(numbers.tolist())
            for label, one, other in (self._cells(place),)
        ]
        return Table(columns, rows)

    def _called(self, place: int) -> tuple[str, str, str]:
        """Return what the class of an image is called, and what both answers are."""
        label, one, other = self._told(place)
        return class_name(label), self._names.answer_of(0, one), self._names.answer_of(1, other)

    def _cells(self, place: int) -> tuple[int | str, ...]:
        """Return the same as values in a table."""
        pairs = zip(self._told(place), self._called(place), strict=True)
        return tuple(label if name == f"{label}" else name for label, name in pairs)

    def _told(self, place: int) -> tuple[int, int, int]:
        """Return the class of an image, and what the one and the other answer."""
        assert self._found is not None
        number = int(self._numbers[place])
        one, other = self._found.answers[:, number].tolist()
        return int(self._found.labels[number]), one, other


# How many ---------------------------------------------------------------------------------------------------------

ROW, LEAST_BAR = 26, 2


class RightBars(Painted):
    """A row for each: both right, only the one, only the other, neither."""

    def __init__(self) -> None:
        super().__init__("compare.bars", "Who reads how many images correctly", size=(320, 4 * ROW))
        self._counts = (0, 0, 0, 0)
        self._names = Names()

    def show_counts(self, counts: tuple[int, int, int, int], names: Names) -> None:
        """Show how many images both read correctly, only the one, only the other, none of them."""
        self._counts, self._names = counts, names
        told = zip(self._titles(), counts, strict=True)
        self.setAccessibleDescription(", ".join(f"{title}: {count:,}" for title, count in told))
        self.update()

    def table(self) -> Table | None:
        """Return the counts."""
        if not sum(self._counts):
            return None
        return Table(("read correctly by", "images"), list(zip(self._titles(), self._counts, strict=True)))

    def sizeHint(self) -> QSize:
        return QSize(scaled(320), scaled(4 * ROW))

    def minimumSizeHint(self) -> QSize:
        return QSize(scaled(200), scaled(4 * ROW))

    def _titles(self) -> tuple[str, str, str, str]:
        return "Both", f"Only {self._names.one}", f"Only {self._names.other}", "Neither"

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colors = QPainter(self), theme().current
        total = sum(self._counts)
        if not total:
            return
        label, value = font("label"), font("value", numbers=True)
        room = max(map(QFontMetricsF(label).horizontalAdvance, self._titles())) + scaled(12)
        counts = [f"{count:,}" for count in self._counts]
        shares = [percent(count / total) for count in self._counts]
        wide, narrow = (
            max(map(QFontMetricsF(letters).horizontalAdvance, texts)) + scaled(10)
            for letters, texts in ((value, counts), (label, shares))
        )
        middle = Qt.AlignmentFlag.AlignVCenter
        height = self.height() / 4
        bar = max(0.0, self.width() - room - wide - narrow)
        tones = ("faint", "curve_1", "curve_2", "faint")
        for row, title in enumerate(self._titles()):
            top = row * height
            painter.setFont(label)
            painter.setPen(colors.color("muted"))
            painter.drawText(QRectF(0, top, room, height), middle, title)
            long = max(LEAST_BAR if self._counts[row] else 0, bar * self._counts[row] / total)
            thick = min(scaled(10), height - 6)
            painter.fillRect(QRectF(room, top + (height - thick) / 2, long, thick), colors.color(tones[row]))
            right = Qt.AlignmentFlag.AlignRight | middle
            painter.drawText(QRectF(self.width() - narrow, top, narrow, height), right, shares[row])
            painter.setFont(value)
            painter.setPen(colors.color("text"))
            painter.drawText(QRectF(self.width() - narrow - wide, top, wide, height), right, counts[row])


# Height of the line of words, and of a row at least and at most; least and most room for names.
HEAD, LEAST_ROW, MOST_ROW, NAMES = 18, 11, 30, (18, 90)


class ClassDifferences(Painted):
    """For each class how many of its images only the one reads correctly (left), and only the other (right)."""

    def __init__(self) -> None:
        super().__init__(
            "compare.classes",
            "Images that only one reads correctly, by class",
            size=(320, 240),
            follows_mouse=True,
        )
        self._counts = np.zeros((2, 0), np.int64)
        self._names = Names()

    def show_classes(self, found: Comparison, names: Names) -> None:
        """Count anew."""
        right = found.answers == found.labels
        classes = int(max(found.labels.max(initial=0), found.answers.max(initial=0))) + 1
        only = right & ~right[::-1]
        self._counts = np.stack([np.bincount(found.labels[images], minlength=classes) for images in only])
        self._names = names
        self.update()

    def table(self) -> Table | None:
        """Return the counts."""
        rows = [(class_cell(label), *pair) for label, pair in enumerate(self._counts.T.tolist())]
        columns = ("class", f"only {self._names.the_one}", f"only {self._names.the_other}")
        return Table(columns, rows) if rows else None

    def tip_at(self, place: QPointF) -> str | None:
        (head, height), shown = self._measures(), self.shown()
        row = int((place.y() - head) // height)
        if not 0 <= row < len(shown):
            return None
        label = shown[row]
        one, other = self._counts[:, label].tolist()
        names = self._names
        return f"{class_name(label)}: {one:,} only {names.the_one} reads correctly, {other:,} only {names.the_other}"

    def minimumSizeHint(self) -> QSize:
        return QSize(scaled(200), scaled(ROW) + 10 * scaled(LEAST_ROW))

    def shown(self) -> list[int]:
        """Return the classes that have a row: where there is too little room, those with the most such images."""
        room = max(1, (self.height() - scaled(HEAD)) // scaled(LEAST_ROW))
        most = np.argsort(-self._counts.sum(axis=0), kind="stable")
        return sorted(most[:room].tolist())

    def _measures(self) -> tuple[float, float]:
        """Return the height of the head, and of a row."""
        head = scaled(HEAD)
        return head, min(scaled(MOST_ROW), (self.height() - head) / max(1, len(self.shown())))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colors = QPainter(self), theme().current
        classes = self._counts.shape[1]
        if not classes:
            return
        head, height = self._measures()
        letters, small = font("value"), font("caption", numbers=True)
        room = names_room(classes, letters, scaled(NAMES[0]), scaled(NAMES[1])) + scaled(8)
        half = (self.width() - room) / 2
        most = max(1, int(self._counts.max()))
        digits = QFontMetricsF(small).horizontalAdvance(f"{most:,}") + scaled(6)
        middle = Qt.AlignmentFlag.AlignVCenter
        sides = ((Qt.AlignmentFlag.AlignRight, "curve_1"), (Qt.AlignmentFlag.AlignLeft, "curve_2"))
        painter.setFont(font("caption"))
        for side, (flag, tone) in enumerate(sides):
            painter.setPen(colors.color("curve_2_text" if tone == "curve_2" else "accent"))
            place = QRectF(side * (half + room), 0, half, head)
            painter.drawText(place, flag | middle, f"only {self._names[side]}")
        for row, label in enumerate(self.shown()):
            top = head + row * height
            painter.setFont(letters if height >= scaled(14) else small)
            painter.setPen(colors.color("text"))
            place = QRectF(half, top, room, height)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip
            painter.drawText(place, flags, fitted_name(label, room, painter.font()))
            painter.setFont(small)
            thick = max(1.0, min(scaled(12), height - 4))
            for side, (flag, tone) in enumerate(sides):
                count = int(self._counts[side, label])
                long = max(LEAST_BAR if count else 0, (half - digits) * count / most)
                left = half - long if side == 0 else half + room
                painter.fillRect(QRectF(left, top + (height - thick) / 2, long, thick), colors.color(tone))
                if count:
                    painter.setPen(colors.color("muted"))
                    begin = left - digits if side == 0 else left + long + scaled(4)
                    place = QRectF(begin, top, digits - scaled(4), height)
                    painter.drawText(place, flag | middle | Qt.TextFlag.TextDontClip, f"{count:,}")
