"""The panel beside the images: what the next run learns from, the duplicates, the pixels, where the data came from."""

from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QProgressBar, QPushButton, QSizePolicy

from engine.analysis.probes.data_images import ImageList
from engine.analysis.probes.duplicates import NEAR, Duplicates
from engine.core.errors import UserError
from engine.core.lazy import Array
from engine.core.specs import DataSpec
from engine.core.text import isolated, plural, printable
from engine.model.training.learned import chosen_classes
from engine.session.jobs.data import DatasetOpened
from gui.look.class_names import class_name, one_of_class
from gui.look.fonts import sized
from gui.look.layout import SPRING, add, hbox, holder, scrolling, stack, vbox
from gui.look.words import enable, for_hands, named, set_title, words
from gui.state.training.run_progress import TimeLeft, duration
from gui.tabs.data.grid import PixelChart
from gui.widgets.forms.controls import Segments
from gui.widgets.panel import Panel
from gui.widgets.pictures.picture_grid import ImageGrid

PAGES = {
    "learn": ("Learning", "Which of the training images the next run learns from, and with which labels"),
    "duplicates": ("Duplicates", "Test images that are in the training images as well, or nearly so"),
    "pixels": ("Pixels", "How bright the pixels are"),
    "about": ("About", "Where the data came from, and what was done to them"),
}

OTHER_CLASSES = "The classes that are chosen in Train are not classes of these data."
NOT_SEARCHED = "Run compares every test image with every training image."
SHARES = 1_000_000  # of a search, for the time that is left
NONE_FOUND = f"No test image is nearly equal to a training image (cosine similarity above {NEAR})."


class SidePanel(Panel):
    """Four pages. The tab carries out what is searched for."""

    shows_lens = False

    searchWanted, stopWanted = Signal(), Signal()
    imageWanted = Signal(str, int)  # a part, and the number of an image in it that is to be shown

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__("", "data.side", spoken="About the data")
        self.page = Segments("data.page", PAGES)
        add(self.head, self.page, SPRING)
        self.sentence = named(words("", wrapped=True), "data.sentence")
        tip = "Go to the settings in Train: how many images, which classes, wrong labels, a part for validation."
        self.choose = named(QPushButton("Choose in Train"), "data.choose", title="Choose in Train", tip=tip)
        tip = "Learn from all training images, with their labels."
        self.all = named(QPushButton("Learn from all"), "data.all", title="Learn from all images", tip=tip)
        self.pairs = ImageGrid("data.pairs", "Test images with the training images most like them", scale=2)
        self.search = named(QPushButton("Run"), "data.duplicates.run", look="small")
        self.progress = named(QProgressBar(), "data.duplicates.progress", title="How much is compared")
        self.said = named(words(NOT_SEARCHED, "label", wrapped=True), "data.duplicates.said")
        self.to_test = named(QPushButton("Test image"), "data.duplicates.test", look="small")
        self.to_train = named(QPushButton("Training image"), "data.duplicates.train", look="small")
        self.pixels = PixelChart()
        self.pixel_words = named(words("", "label", wrapped=True), "data.pixels.words")
        self.about = named(words("", wrapped=True), "data.about.words")
        self._found: Duplicates | None = None
        self._pair: int | None = None
        self._is_busy = False
        self._left = TimeLeft(clock)
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        sized(self.progress.setFixedWidth, 60)
        sized(self.search.setMinimumWidth, 64)
        self.to_test.setAccessibleName("Show the test image of the pair")
        self.to_train.setAccessibleName("Show the training image of the pair")
        self.about.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.about.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        learn = vbox(self.sentence, hbox(self.choose, self.all, SPRING, gap="small"), SPRING, gap="small")
        buttons = hbox(self.to_test, self.to_train, SPRING, self.progress, self.search, gap="tight")
        pages = {
            "learn": holder(learn),
            "duplicates": holder(vbox((self.pairs, 1), self.said, buttons, gap="tight")),
            "pixels": holder(vbox((self.pixels, 1), self.pixel_words, gap="tight")),
            "about": scrolling(self.about, "data.about"),  # a path may be long
        }
        self._stack = stack(*pages.values())
        for key, page in pages.items():
            named(page, f"data.{key}", title=PAGES[key][0])
        self.body.addWidget(self._stack, 1)
        self.page.chosen.connect(lambda key: self._stack.setCurrentIndex(list(PAGES).index(key)))
        self.search.clicked.connect(lambda: (self.stopWanted if self._is_busy else self.searchWanted).emit())
        self.pairs.chosen.connect(self._choose_pair)
        self.pairs.sent.connect(lambda _: self._go("test"))
        self.to_test.clicked.connect(lambda: self._go("test"))
        self.to_train.clicked.connect(lambda: self._go("train"))
        self.set_busy(False)
        self.show_pairs(None)

    def set_data(self, data: DatasetOpened) -> None:
        """Show where the data came from."""
        rows, columns = data.shape
        lines = [
            f"{isolated(data.name)}",
            f"{data.train_images:,} training images, {data.test_images:,} test images",
            f"{rows} × {columns} pixels, {_classes(data.classes)}",
            f"From {isolated(str(data.source))}" if data.source else "Came with Layerlight",
            printable(data.remark),
        ]
        self.about.setText("\n".join(filter(None, lines)))
        self.show_pairs(None)

    def show_learned(self, listed: ImageList, *, fits: bool) -> None:
        """Show how many images the next run learns from; `fits`: whether its classes are classes of the data."""
        if not fits:
            self.sentence.setText(OTHER_CLASSES)
            return
        learned, there = int(listed.learned.sum()), len(np.flatnonzero(listed.learned))
        total = listed.total if listed.listing.part == "train" else None
        of = f" of {total:,}" if total is not None and total != learned else ""
        sentence = f"The next run learns from {learned:,}{of} training images"
        if there < len(listed.learned):
            sentence += f" of {_classes(there)}"
        if listed.held_out:
            sentence += f"; {listed.held_out:,} are held out to choose the best epoch on"
        if listed.wrong:
            sentence += f"; {listed.wrong:,} of them have a wrong label"
        self.sentence.setText(f"{sentence}.")

    def set_busy(self, busy: bool) -> None:
        self._is_busy = busy
        self._left.forget()
        if self._found is not None and self._pair is None:
            self._say_found(self._found)
        if busy:
            set_title(self.search, "Stop", "Stop searching", "Stop; what is found stays.")
        else:
            set_title(self.search, "Run", "Search for duplicates", NOT_SEARCHED)
        self.progress.setVisible(busy)

    def show_pairs(self, pairs: Duplicates | None) -> None:
        """Show the pairs that are known so far; `None` before a search."""
        before, self._found = self._found, pairs
        self._pair = None
        self._show_ways()
        if pairs is None:
            self.pairs.show_images(np.zeros((0, 28, 28), np.uint8), [])
            self.said.setText(NOT_SEARCHED)
            self.pairs.setToolTip(NOT_SEARCHED)
            return
        self.progress.setValue(round(1000 * pairs.done))
        if self._is_busy and pairs.done < 1:
            self._left.update(round(SHARES * pairs.done), SHARES)
        self._say_found(pairs)
        if before is not None and np.array_equal(before.tests, pairs.tests):
            return
        rows, columns = pairs.pictures.shape[2:4]
        gap = np.zeros((len(pairs.tests), rows, max(1, columns // 14), *pairs.pictures.shape[4:]), np.uint8)
        side_by_side = np.concatenate([pairs.pictures[:, 0], gap, pairs.pictures[:, 1]], axis=2)
        captions = [
            "equal" if equal else _similarity(similar)
            for equal, similar in zip(pairs.equal.tolist(), pairs.similarity.tolist(), strict=True)
        ]
        tips = [self._tell(place) for place in range(len(captions))]
        other = frozenset(np.flatnonzero(pairs.test_labels != pairs.train_labels).tolist())
        scrolled = self.pairs.bar.value()
        self.pairs.show_images(side_by_side, captions, tips, warned=other)
        self.pairs.bar.setValue(scrolled)
        self.pairs.setToolTip(for_hands("Click a pair, then go to one of its images."))

    def _say_found(self, pairs: Duplicates) -> None:
        seconds = self._left.seconds()
        left = f" {duration(seconds)} left." if seconds is not None and pairs.done < 1 else ""
        if not len(pairs.tests):
            self.said.setText(NONE_FOUND if pairs.done >= 1 else f"None is found yet.{left}")
            return
        same = f"{plural(pairs.all_equal, 'test image')} equal to a training image" if pairs.all_equal else ""
        one = "one" if same else "a training image"
        what = f"{pairs.all_near:,} more" if same else plural(pairs.all_near, "test image")
        near = f"{what} nearly equal to {one} (cosine similarity above {NEAR})" if pairs.all_near else ""
        shown = len(pairs.tests)
        listed = f"the {shown} most alike are listed" if shown < pairs.all_equal + pairs.all_near else ""
        two = f" {plural(pairs.of_two_classes, 'pair')} of two classes." if pairs.of_two_classes else ""
        self.said.setText(f"{'; '.join(filter(None, (same, near, listed)))}.{two}{left}")

    def _tell(self, place: int) -> str:
        pairs = self._found
        assert pairs is not None
        how = "equal to" if pairs.equal[place] else f"similar ({_similarity(pairs.similarity[place])}) to"
        return (
            f"Test image {pairs.tests[place]:,}, {one_of_class(int(pairs.test_labels[place]))}, is {how} "
            f"training image {pairs.trains[place]:,}, {one_of_class(int(pairs.train_labels[place]))}"
        )

    def _choose_pair(self, place: int) -> None:
        self._pair = place
        self.pairs.mark(place)
        self.said.setText(f"{self._tell(place)}.")
        self._show_ways()

    def _show_ways(self) -> None:
        for button, tip in ((self.to_test, "test image"), (self.to_train, "training image")):
            enable(button, self._pair is not None, f"Show its {tip} among the images.", "Choose a pair first.")

    def _go(self, part: str) -> None:
        if self._found is not None and self._pair is not None:
            numbers = self._found.tests if part == "test" else self._found.trains
            self.imageWanted.emit(part, int(numbers[self._pair]))

    def show_pixels(self, pixels: Array, label: int | None) -> None:
        """Show the brightness of the training images (classes, bins), of one class or, for `None`, of all."""
        self.pixels.show_pixels(pixels.sum(axis=0) if label is None else pixels[label])
        whose = "All training images" if label is None else f"Training images of class {class_name(label)}"
        self.pixel_words.setText(f"{whose}. The height is the square root of the share.")


def _similarity(cosine: float) -> str:
    """Return a similarity with four digits; only equal images have 1."""
    return f"{min(cosine, 0.9999):.4f}"


def _classes(count: int) -> str:
    return f"{count} class{'es' if count != 1 else ''}"


def fitting(spec: DataSpec, names: Sequence[str]) -> DataSpec:
    """Return the settings; without the classes where data with these names have none that are called so."""
    try:
        chosen_classes(spec.classes, names)
    except UserError:
        return spec.but(classes="")
    return spec
