"""The panel beside the images: what the next run learns from, the duplicates, the pixels, where the data came from."""

from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QProgressBar, QPushButton, QSizePolicy

from engine.analysis.probes.data_images import ImageList
from engine.analysis.probes.duplicates import NEAR, Duplicates
from engine.core.errors import UserError
from engine.core.language import mark, tr, tr_context, tr_plural
from engine.core.lazy import Array
from engine.core.specs import DataSpec
from engine.core.text import isolated, printable, written
from engine.model.training.learned import chosen_classes
from engine.session.jobs.data import DatasetOpened
from gui.look.class_names import class_name, one_of_class
from gui.look.fonts import measured, scaled, sized
from gui.look.layout import SPRING, Flow, add, hbox, holder, pixels, scrolling, stack, vbox
from gui.look.words import enable, for_hands, named, set_title, start, words
from gui.state.training.run_progress import TimeLeft, duration
from gui.tabs.data.grid import PixelChart
from gui.widgets.forms.controls import Segments
from gui.widgets.panel import Panel
from gui.widgets.pictures.picture_grid import ImageGrid

PAGES = {
    "learn": (mark("Learning"), mark("Which of the training images the next run learns from, and with which labels")),
    "duplicates": (mark("Duplicates"), mark("Test images that are in the training images as well, or nearly so")),
    "pixels": (mark("Pixels"), mark("How bright the pixels are")),
    "about": (mark("About"), mark("Where the data came from, and what was done to them")),
}

OTHER_CLASSES = mark("The classes that are chosen in Train are not classes of these data.")
# What a run learns from: whether that is a part of the training images, and whether of a part of the classes.
LEARNS = {
    (False, False): mark("The next run learns from {learned:,} training images"),
    (True, False): mark("The next run learns from {learned:,} of {total:,} training images"),
    (False, True): mark("The next run learns from {learned:,} training images of {classes}"),
    (True, True): mark("The next run learns from {learned:,} of {total:,} training images of {classes}"),
}
NOT_SEARCHED = mark("Run compares every test image with every training image.")
SHARES = 1_000_000  # of a search, for the time that is left


class SidePanel(Panel):
    """Four pages. The tab carries out what is searched for."""

    shows_lens = False

    searchWanted, stopWanted = Signal(), Signal()
    imageWanted = Signal(str, int)  # a part, and the number of an image in it that is to be shown

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__("", "data.side", spoken=tr("About the data"))
        self.page = Segments("data.page", PAGES)
        add(self.head, self.page, SPRING)
        self.sentence = named(words("", wrapped=True), "data.sentence")
        tip = tr("Go to the settings in Train: how many images, which classes, wrong labels, a part for validation.")
        self.choose = named(QPushButton(tr("Choose in Train")), "data.choose", title=tr("Choose in Train"), tip=tip)
        tip = tr("Learn from all training images, with their labels.")
        self.all = named(QPushButton(tr("Learn from all")), "data.all", title=tr("Learn from all images"), tip=tip)
        self.pairs = ImageGrid("data.pairs", tr("Test images with the training images most like them"), scale=2)
        self.search = named(QPushButton(tr_context("verb", "Run")), "data.duplicates.run", look="small")
        self.progress = named(QProgressBar(), "data.duplicates.progress", title=tr("How much is compared"))
        self.said = named(words(tr(NOT_SEARCHED), "label", wrapped=True), "data.duplicates.said")
        self.to_test = named(QPushButton(tr("Test image")), "data.duplicates.test", look="small")
        self.to_train = named(QPushButton(tr("Training image")), "data.duplicates.train", look="small")
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
        measured(self.search, lambda search: search.setMinimumWidth(max(scaled(64), search.sizeHint().width())))
        self.to_test.setAccessibleName(tr("Show the test image of the pair"))
        self.to_train.setAccessibleName(tr("Show the training image of the pair"))
        self.about.setAlignment(start(Qt.AlignmentFlag.AlignTop))
        self.about.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        ways = Flow(pixels("small"))
        for way in (self.choose, self.all):
            ways.addWidget(way)
        learn = vbox(self.sentence, ways, SPRING, gap="small")
        buttons = hbox(self.to_test, self.to_train, SPRING, self.progress, self.search, gap="tight")
        pages = {
            "learn": holder(learn),
            "duplicates": holder(vbox((self.pairs, 1), self.said, buttons, gap="tight")),
            "pixels": holder(vbox((self.pixels, 1), self.pixel_words, gap="tight")),
            "about": scrolling(self.about, "data.about"),  # a path may be long
        }
        self._stack = stack(*pages.values())
        for key, page in pages.items():
            named(page, f"data.{key}", title=tr(PAGES[key][0]))
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
            tr("{train:,} training images, {test:,} test images", train=data.train_images, test=data.test_images),
            tr("{rows} × {columns} pixels, {classes}", rows=rows, columns=columns, classes=_classes(data.classes)),
            tr("From {source}", source=isolated(str(data.source))) if data.source else tr("Came with Layerlight"),
            printable(data.remark),
        ]
        self.about.setText("\n".join(filter(None, lines)))
        self.show_pairs(None)

    def show_learned(self, listed: ImageList, *, fits: bool) -> None:
        """Show how many images the next run learns from; `fits`: whether its classes are classes of the data."""
        if not fits:
            self.sentence.setText(tr(OTHER_CLASSES))
            return
        learned, there = int(listed.learned.sum()), len(np.flatnonzero(listed.learned))
        total = listed.total if listed.listing.part == "train" else None
        sentence = LEARNS[total is not None and total != learned, there < len(listed.learned)]
        parts = [tr(sentence, learned=learned, total=total, classes=_classes(there))]
        if listed.held_out:
            parts.append(tr("{count:,} are held out to choose the best epoch on", count=listed.held_out))
        if listed.wrong:
            parts.append(tr("{count:,} of them have a wrong label", count=listed.wrong))
        self.sentence.setText(f"{'; '.join(parts)}.")

    def set_busy(self, busy: bool) -> None:
        self._is_busy = busy
        self._left.forget()
        if self._found is not None and self._pair is None:
            self._say_found(self._found)
        if busy:
            set_title(self.search, tr("Stop"), tr("Stop searching"), tr("Stop; what is found stays."))
        else:
            set_title(self.search, tr_context("verb", "Run"), tr("Search for duplicates"), tr(NOT_SEARCHED))
        self.progress.setVisible(busy)

    def show_pairs(self, pairs: Duplicates | None) -> None:
        """Show the pairs that are known so far; `None` before a search."""
        before, self._found = self._found, pairs
        self._pair = None
        self._show_ways()
        if pairs is None:
            self.pairs.show_images(np.zeros((0, 28, 28), np.uint8), [])
            self.said.setText(tr(NOT_SEARCHED))
            self.pairs.setToolTip(tr(NOT_SEARCHED))
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
            tr("equal") if equal else _similarity(similar)
            for equal, similar in zip(pairs.equal.tolist(), pairs.similarity.tolist(), strict=True)
        ]
        tips = [self._tell(place) for place in range(len(captions))]
        other = frozenset(np.flatnonzero(pairs.test_labels != pairs.train_labels).tolist())
        scrolled = self.pairs.bar.value()
        self.pairs.show_images(side_by_side, captions, tips, warned=other)
        self.pairs.bar.setValue(scrolled)
        self.pairs.setToolTip(for_hands(tr("Click a pair, then go to one of its images.")))

    def _say_found(self, pairs: Duplicates) -> None:
        seconds = self._left.seconds()
        left = tr("{time} left.", time=duration(seconds)) if seconds is not None and pairs.done < 1 else ""
        if not len(pairs.tests):
            none = tr(
                "No test image is nearly equal to a training image (cosine similarity above {least}).", least=NEAR
            )
            said = none if pairs.done >= 1 else " ".join(filter(None, (tr("None is found yet."), left)))
            self.said.setText(said)
            return
        same, near, listed, two, shown = "", "", "", "", len(pairs.tests)
        if count := pairs.all_equal:
            same = tr_plural(
                "{count:,} test image equal to a training image",
                "{count:,} test images equal to a training image",
                count,
            )
        if (count := pairs.all_near) and same:
            near = tr("{count:,} more nearly equal to one (cosine similarity above {least})", count=count, least=NEAR)
        elif count:
            near = tr_plural(
                "{count:,} test image nearly equal to a training image (cosine similarity above {least})",
                "{count:,} test images nearly equal to a training image (cosine similarity above {least})",
                count,
                least=NEAR,
            )
        if shown < pairs.all_equal + pairs.all_near:
            listed = tr("the {count} most alike are listed", count=shown)
        if count := pairs.of_two_classes:
            two = tr_plural("{count:,} pair of two classes.", "{count:,} pairs of two classes.", count)
        self.said.setText(" ".join(filter(None, (f"{'; '.join(filter(None, (same, near, listed)))}.", two, left))))

    def _tell(self, place: int) -> str:
        pairs = self._found
        assert pairs is not None
        about = {
            "test": pairs.tests[place],
            "test_class": one_of_class(int(pairs.test_labels[place])),
            "train": pairs.trains[place],
            "train_class": one_of_class(int(pairs.train_labels[place])),
        }
        if pairs.equal[place]:
            return tr("Test image {test:,}, {test_class}, is equal to training image {train:,}, {train_class}", **about)
        return tr(
            "Test image {test:,}, {test_class}, is similar ({cosine}) to training image {train:,}, {train_class}",
            cosine=_similarity(pairs.similarity[place]),
            **about,
        )

    def _choose_pair(self, place: int) -> None:
        self._pair = place
        self.pairs.mark(place)
        self.said.setText(f"{self._tell(place)}.")
        self._show_ways()

    def _show_ways(self) -> None:
        tips = (
            (self.to_test, tr("Show its test image among the images.")),
            (self.to_train, tr("Show its training image among the images.")),
        )
        for button, tip in tips:
            enable(button, self._pair is not None, tip, tr("Choose a pair first."))

    def _go(self, part: str) -> None:
        if self._found is not None and self._pair is not None:
            numbers = self._found.tests if part == "test" else self._found.trains
            self.imageWanted.emit(part, int(numbers[self._pair]))

    def show_pixels(self, pixels: Array, label: int | None) -> None:
        """Show the brightness of the training images (classes, bins), of one class or, for `None`, of all."""
        self.pixels.show_pixels(pixels.sum(axis=0) if label is None else pixels[label])
        whose = (
            tr("All training images.")
            if label is None
            else tr("Training images of class {name}.", name=class_name(label))
        )
        self.pixel_words.setText(f"{whose} {tr('The height is the square root of the share.')}")


def _similarity(cosine: float) -> str:
    """Return a similarity with four digits; only equal images have 1."""
    return written(min(cosine, 0.9999), ".4f")


def _classes(count: int) -> str:
    return tr_plural("{count} class", "{count} classes", count)


def fitting(spec: DataSpec, names: Sequence[str]) -> DataSpec:
    """Return the settings; without the classes where data with these names have none that are called so."""
    try:
        chosen_classes(spec.classes, names)
    except UserError:
        return spec.but(classes="")
    return spec
