"""The images of a data set, fetched as they are seen; the classes with their counts; the brightness of the pixels."""

import math
from collections.abc import Iterator, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QScrollBar

from engine.analysis.probes.data_images import NOTHING, ImageList, Part
from engine.analysis.probes.data_overview import DataOverview
from engine.core.language import mark, tr
from engine.core.lazy import Array
from engine.core.text import printable, written
from gui.look.class_names import class_cell, class_name, fitted_name, names_room, one_of_class
from gui.look.color_maps import magnitude_image
from gui.look.fonts import font, scaled
from gui.look.layout import Fitted
from gui.look.percents import percent
from gui.look.theme import theme
from gui.widgets.figures.table import Table
from gui.widgets.painted import RIGHT, Bar, Bars, Frame, Image, Mark, Rule, Words, around, draw, smooth_painter
from gui.widgets.pictures.fetched_grid import FetchedGrid
from gui.widgets.pictures.picture_grid import PictureGrid
from gui.widgets.plots.chart import Chart, Datum, Places

WARNED_FRAME = 1.5  # of the frame around an image with a wrong label or a wrong answer
PAIR = "{}→{}"  # caption of an image whose class differs from its label, or from the answer
IMAGE_OF = {"train": mark("Training image {number:,}, {name}"), "test": mark("Test image {number:,}, {name}")}
UNUSED = 0.28  # opacity of a picture that no run learns from


class DataGrid(FetchedGrid):
    """The images of a listing."""

    def __init__(self) -> None:
        super().__init__("data.grid", tr("Images of the data set"), scale=2, widest=120, grows=True)
        self.shown: ImageList | None = None  # what is listed

    @property
    def part(self) -> Part:
        return self.shown.listing.part if self.shown else "train"

    @property
    def numbers(self) -> Array:
        return self.shown.numbers if self.shown else super().numbers

    def set_data(self, shape: tuple[int, int], classes: int) -> None:
        """Show nothing: other data are open, with images of that shape."""
        self.shown = None
        super().set_data(shape, classes)

    def show_list(self, listed: ImageList, marked: int | None) -> None:
        """Show a list of images, or the same with more known of it; `marked` is the number of the one with a frame."""
        before, self.shown = self.shown, listed
        is_new = before is None or before.listing != listed.listing or len(before.numbers) != len(listed.numbers)
        self._show_listed(marked, is_new=is_new)

    def possible_captions(self) -> Sequence[str]:
        listed = self.shown
        if listed is not None and (listed.listing.which == "misread" or (listed.learned_as != listed.labels).any()):
            is_answer = listed.listing.which == "misread"
            others = [class_name(label, answer=is_answer) for label in range(len(self._classes))]
            return [self._fitted(PAIR, name, max(others, key=len)) for name in self._classes]
        return [self._fitted("{}", name) for name in self._classes]

    def caption_of(self, number: int) -> str:
        if self.shown is None:
            return ""
        label, other = self._pair(number)
        if label == other:
            return self._fitted("{}", class_name(label))
        is_answer = self.shown.listing.which == "misread"
        return self._fitted(PAIR, class_name(label), class_name(other, answer=is_answer))

    def _pair(self, place: int) -> tuple[int, int]:
        """Return the class of an image, and its answer or the label that it is learned with."""
        assert self.shown is not None
        answer = int(self.shown.answers[place])
        other = answer if answer != NOTHING else int(self.shown.learned_as[place])
        return int(self.shown.labels[place]), other

    def is_warned(self, number: int) -> bool:
        return self.shown is not None and len(set(self._pair(number))) > 1

    def tell(self, place: int) -> str:
        """Return a sentence about the image at a place, without its full stop."""
        listed = self.shown
        if listed is None or not place < len(listed.numbers):
            return ""
        is_train = listed.listing.part == "train"
        label = int(listed.labels[place])
        parts = [tr(IMAGE_OF[listed.listing.part], number=int(listed.numbers[place]), name=one_of_class(label))]
        if int(listed.answers[place]) != NOTHING:
            parts.append(tr("read as {name}", name=one_of_class(int(listed.answers[place]), answer=True)))
        if not listed.remark and is_train and not listed.used[place]:
            run = printable(listed.run)
            parts.append(tr("not learned by run {run}", run=run) if run else tr("left out by the next run"))
        elif not listed.remark and int(listed.learned_as[place]) != label:
            parts.append(tr("with the wrong label {name}", name=class_name(int(listed.learned_as[place]))))
        return ", ".join(parts)

    def table(self) -> Table | None:
        listed = self.shown
        if listed is None or not len(listed.numbers):
            return None
        of = mark("label for the next run"), mark("learned by the next run")
        if listed.run:
            of = f"label for run {listed.run}", f"learned by run {listed.run}"  # no text: `Table` has it
        columns = (mark("image"), mark("class"), *of, mark("answer"))
        rows = [
            (
                number,
                class_cell(label),
                None if listed.remark else class_cell(learned),
                None if listed.remark else used,
                None if answer == NOTHING else class_cell(answer, answer=True),
            )
            for number, label, learned, used, answer in zip(
                *(listed.numbers.tolist(), listed.labels.tolist(), listed.learned_as.tolist()),
                *(listed.used.tolist(), listed.answers.tolist()),
                strict=True,
            )
        ]
        return Table(columns, rows)

    def paint_picture(self, painter: QPainter, number: int, place: QRectF) -> None:
        """Paint an image, faintly where no run learns from it."""
        listed = self.shown
        assert listed is not None
        is_left_out = self.part == "train" and not listed.used[number]
        painter.setOpacity(UNUSED if is_left_out else 1.0)
        super().paint_picture(painter, number, place)
        painter.setOpacity(1.0)
        # In the other lists all images have a wrong label or answer.
        if listed.listing.which in ("all", "used", "learned") and self.is_warned(number):
            draw(painter, Frame(place.adjusted(-1, -1, 1, 1), "curve_2", WARNED_FRAME))


# Least and greatest height of a row, least and greatest width of a name, the gap before a count; height of a bar.
ROW, MOST_ROW, LEAST_NAME, WIDEST_NAME, COUNT_GAP, THICK = 16, 60, 22, 110, 10, 14.0


class ClassBars(Fitted, PictureGrid):
    """A row for each class: its mean image, its name, how many training and test images. A click chooses a class."""

    cleared = Signal()  # all classes are to be listed

    def __init__(self) -> None:
        super().__init__("data.bars", tr("Classes"), size=(320, 260), follows_mouse=True, takes_keys=True)
        self._found: DataOverview | None = None
        self._learned: Array | None = None
        self.chosen_class: int | None = None
        self.bar = QScrollBar(Qt.Orientation.Vertical, self)
        self.bar.valueChanged.connect(self.update)
        theme().changed.connect(self._fit)

    def show_classes(self, data: DataOverview | None) -> None:
        self._found, self._learned = data, None
        self.set_current(None)
        self._fit()
        self.update()

    def show_learned(self, learned: Array) -> None:
        """Show the number of images of each class (classes,) that the next run learns from."""
        self._learned = learned
        self.update()

    def finding(self) -> str:
        """Return how many images there are, and of how many a class has at least and at most."""
        if (data := self._found) is None:
            return ""
        train, test = data.train_counts, data.test_counts
        sentence = tr(
            "{train:,} training images and {test:,} test images of {classes} classes; a class has {least:,} to "
            "{most:,} for training.",
            train=train.sum(),
            test=test.sum(),
            classes=len(train),
            least=train.min(),
            most=train.max(),
        )
        if self.chosen_class is None:
            return sentence
        return f"{sentence} {tr('Listed is class {name}.', name=class_name(self.chosen_class))}"

    def choose(self, label: int | None) -> None:
        self.chosen_class = label
        self.update()

    def table(self) -> Table | None:
        if (data := self._found) is None:
            return None
        learned = data.train_counts if self._learned is None else self._learned
        rows = [
            (class_cell(label), train, used, test)
            for label, (train, used, test) in enumerate(
                zip(data.train_counts.tolist(), learned.tolist(), data.test_counts.tolist(), strict=True)
            )
        ]
        return Table(
            (mark("class"), mark("training images"), mark("chosen for the next run"), mark("test images")), rows
        )

    def count(self) -> int:
        return len(self._found.train_counts) if self._found else 0

    def columns(self) -> int:
        return 1

    def place_of(self, number: int) -> QRectF:
        wide = self.width() - (self.bar.width() + 2 if self.bar.isVisible() else 0)
        return QRectF(0, number * self._row() - self.bar.value(), wide, self._row())

    def tip_of(self, number: int) -> str | None:
        data = self._found
        if data is None or number >= self.count():
            return None
        train, test = int(data.train_counts[number]), int(data.test_counts[number])
        learned = train if self._learned is None else int(self._learned[number])
        return tr(
            mark("{name}: {train:,} training images; {test:,} test images")
            if learned == train
            else mark(
                "{name}: {train:,} training images, {learned:,} of them chosen for the next run; {test:,} test images"
            ),
            name=class_name(number),
            train=train,
            learned=learned,
            test=test,
        )

    def minimumSizeHint(self) -> QSize:
        return QSize(scaled(220), 4 * scaled(ROW))

    def _row(self) -> int:
        count, seen = max(1, self.count()), max(1, self.height() // scaled(ROW))
        if seen < count:
            return math.ceil(self.height() / seen)  # nothing of the row below them is seen
        return min(scaled(MOST_ROW), self.height() // count)

    def _fit(self) -> None:
        wide = self.bar.sizeHint().width()
        self.bar.setGeometry(self.width() - wide, 0, wide, self.height())
        self.bar.setMaximum(max(0, self.count() * self._row() - self.height()))
        self.bar.setPageStep(self.height())
        self.bar.setSingleStep(self._row())
        self.bar.setVisible(self.bar.maximum() > 0)

    def set_current(self, number: int | None) -> None:
        super().set_current(number)
        if number is not None:
            top = number * self._row()
            self.bar.setValue(max(min(self.bar.value(), top), top + self._row() - self.height()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.chosen_class is not None:
            self.cleared.emit()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()
        if self.bar.maximum() > 0:
            QApplication.sendEvent(self.bar, event)

    def count_room(self) -> float:
        """Return the width of a column of counts with the gap before it."""
        data = self._found
        most = max(int(data.train_counts.max()), int(data.test_counts.max())) if data else 0
        return QFontMetricsF(font("axis", numbers=True)).horizontalAdvance(written(most, ",")) + scaled(COUNT_GAP)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = smooth_painter(self)
        rows = [(label, self.place_of(label)) for label in range(self.count())]
        seen = [(label, row) for label, row in rows if row.bottom() > 0 and row.top() < self.height()]
        draw(painter, *self._marks(seen))

    def _marks(self, seen: Places) -> Iterator[Mark]:
        """Yield mean, name, bars and counts of each class."""
        data, wide = self._found, self.count_room()
        if data is None:
            return
        most = max(1, int(data.train_counts.max()), int(data.test_counts.max()))
        learned = data.train_counts if self._learned is None else self._learned
        room = names_room(self.count(), font("value"), scaled(LEAST_NAME), scaled(WIDEST_NAME))
        rows, columns = data.means.shape[1:]
        right = RIGHT | Qt.TextFlag.TextDontClip
        for label, row in seen:
            high = row.height()
            if label == self.chosen_class:
                yield Bar(row, "accent_soft")
            if label == self.current and self.hasFocus():
                yield Frame(row.adjusted(0.5, 0.5, -0.5, -0.5), "faint")
            scale = (high - 4) / max(rows, columns)
            fitted = around(QPointF(high / 2, row.center().y()), columns * scale, rows * scale)
            yield Image(fitted, magnitude_image(data.means[label], 1.0))
            name = QRectF(high + 6, row.top(), room, high)
            yield Words(name, fitted_name(label, room, font("value")), "text", "value")
            left, thick, middle = name.right() + 4, min(max(3.0, high / 2 - 4), THICK), row.center().y()
            train, test = int(data.train_counts[label]), int(data.test_counts[label])
            longest = max(0.0, row.right() - left - 2 * wide - 2)
            for count, top, color, opacity in (
                (train, middle - thick - 1, "curve_1", 0.25),  # what is there to learn from,
                (int(learned[label]), middle - thick - 1, "curve_1", 1.0),  # and how much of it is
                (test, middle + 1, "curve_2", 1.0),
            ):
                yield Bar(QRectF(left, top, longest * (count / most), thick), color, opacity)
            for count, end, color in ((train, wide + 2, "curve_1"), (test, 2, "curve_2_text")):
                place = QRectF(row.right() - end - wide, row.top(), wide, high)
                yield Words(place, written(count, ","), color, "axis", right, numbers=True)


EDGE = 18


class PixelChart(Chart):
    """The distribution of the pixels' brightness in the training images of a class, or of all."""

    heads = mark("from"), mark("to"), mark("share of the pixels")
    between = "; "

    def __init__(self) -> None:
        super().__init__("data.pixels.chart", tr("Brightness of the pixels"), size=(280, 90), follows_mouse=True)

    def show_pixels(self, counts: Array) -> None:
        """Show numbers of pixels from black to white (bins,)."""
        bins, total = len(counts), int(counts.sum())
        data = []
        for number, share in enumerate((counts / total).tolist() if total else ()):
            low, high = number / bins, (number + 1) / bins
            tip = tr("Brightness {low:.2f} to {high:.2f}: {share}", low=low, high=high, share=percent(share, 2))
            data.append(Datum((low, high, share), tip, tip))
        self.show_data(data)

    def finding(self) -> str:
        """Return the brightness that most pixels have, and what part is the brightest."""
        if not self.data:
            return ""
        most = max(self.data, key=lambda datum: datum.cells[2])
        return tr("Most pixels: {most}. Brightest: {brightest}.", most=most.says, brightest=self.data[-1].says)

    def places(self) -> Places:
        wide, high = (self.width() - 2) / max(1, len(self.data)), self.height()
        return [(number, QRectF(1 + number * wide, 0, wide, high)) for number in range(len(self.data))]

    def marks(self, seen: Places) -> Iterator[Mark]:
        """Return a bar for each step, as high as the root of its share: most pixels are empty."""
        area = QRectF(self.rect()).adjusted(1, 4, -1, -scaled(EDGE))
        yield Rule(area.bottomLeft(), area.bottomRight())
        below, top = area.adjusted(0, area.height() + 2, 0, scaled(EDGE)), Qt.AlignmentFlag.AlignTop
        yield Words(below, tr("0, ground"), "faint", "axis", Qt.AlignmentFlag.AlignLeft | top)
        yield Words(below, tr("brightness"), "faint", "axis", Qt.AlignmentFlag.AlignHCenter | top)
        yield Words(below, tr("1, full"), "faint", "axis", Qt.AlignmentFlag.AlignRight | top)
        most = max((datum.cells[2] for datum in self.data), default=1.0)
        bottom, room, foot = area.bottom(), area.height(), area.bottom() - self.height()
        bars = []
        for number, place in seen:
            high = math.sqrt(self.data[number].cells[2] / most) * room
            bars.append(place.adjusted(0, bottom - high, -1, foot))
        yield Bars(bars, "accent")
