"""The page of the confusion matrix, and beside it the images of the cell that is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from engine.probes.mistakes import ALL
from gui.look.fonts import metrics
from gui.look.named import named
from gui.look.percents import certainty
from gui.look.words import set_figure, words
from gui.tabs.mistakes.confusion_matrix import ConfusionMatrix
from gui.tabs.mistakes.confusion_words import name_of, one_of, sentence, title
from gui.widgets.image_grid import ImageGrid
from gui.widgets.panel import Panel
from gui.widgets.segments import Segments

if TYPE_CHECKING:
    from engine.probes.mistakes import Cell, Mistakes
    from engine.probes.some_images import SomeImages

MOST_IMAGES = 1000
"""Maximum number of images of a cell that are shown."""

NOTHING_CHOSEN = "Click an image to pick it out in all tabs."

VALUE_TIPS = {"counts": "How many images", "shares": "How many percent of the images of the true class"}
ORDER_TIPS = {
    "number": "The classes by number",
    "similar": "Classes side by side that this network mixes up most",
}
FIRST_TIPS = {
    "surest": "First the images of whose answer the network was surest",
    "doubtful": "First the images of whose answer the network was least sure",
}


class ConfusionPage(QWidget):
    """Shows how everything is misread. It keeps the chosen cell while the network changes."""

    imagesWanted = Signal(object)
    """Carries the numbers (n,) of the images that are to be shown."""
    labelChosen = Signal(int)
    imageChosen = Signal(int)
    """Carries a test image's number."""
    sendWanted = Signal(object, str)
    """Carries a picture (rows, columns), uint8, and what it is."""

    def __init__(self) -> None:
        super().__init__()
        self.matrix = ConfusionMatrix("mistakes.matrix")
        self.values = Segments("mistakes.values", {"counts": "Counts", "shares": "Shares"}, VALUE_TIPS)
        self.sorting = Segments("mistakes.order", {"number": "Number", "similar": "Similarity"}, ORDER_TIPS)
        self.sentence = named(words("", "label"), "mistakes.sentence")
        self.images = ImageGrid("mistakes.images", "Images of the chosen cell", scale=3)
        self.images.setToolTip(NOTHING_CHOSEN)
        self.first = Segments("mistakes.first", {"surest": "Surest", "doubtful": "Least sure"}, FIRST_TIPS)
        self.all = named(QPushButton("All mistakes"), "mistakes.all")
        self.detail = named(words(NOTHING_CHOSEN, "label"), "mistakes.detail")
        self.send = named(QPushButton("To Draw"), "mistakes.send")
        self._found: Mistakes | None = None
        self._cell: Cell = ALL
        self._order: np.ndarray | None = None
        self._wanted = np.zeros(0, np.int64)
        self._shown: SomeImages | None = None
        self._image: int | None = None
        self._arrange()
        self._connect()
        self._show_detail()

    @property
    def cell(self) -> Cell:
        """The cell whose images are shown."""
        return self._cell

    def show_mistakes(self, found: Mistakes) -> None:
        """Show how the test images are read."""
        before, self._found = self._found, found
        if before is None or before.run != found.run or before.confusion.shape != found.confusion.shape:
            self._order = None
            if any(each is not None and each >= len(found.confusion) for each in self._cell):
                self._cell = ALL
        self._show_matrix()
        self._want_images()

    def show_images(self, told: SomeImages) -> None:
        """Show the pictures that were wanted."""
        if self._found is None or not np.array_equal(told.numbers, self._wanted):
            return
        self._shown = told
        self._show_pictures()

    def forget(self) -> None:
        """Show nothing: the images are no longer those that were told of."""
        self._found, self._order, self._shown, self._cell = None, None, None, ALL
        self._wanted = np.zeros(0, np.int64)
        self.matrix.show_confusion(None, np.zeros(0, np.int64), shares=False)
        self.images.show_images(np.zeros((0, 28, 28), np.uint8), [])
        self.sentence.setText("")
        self._show_detail()

    def pick(self, number: int | None) -> None:
        """Mark a test image, wherever it was chosen."""
        self._image = number
        self.images.mark(self._place_of_image())
        self._show_detail()

    # Showing ------------------------------------------------------------------------------------------------------

    def _show_matrix(self) -> None:
        found = self._found
        if found is None:
            return
        if self._order is None:
            similar = self._sorting == "similar"
            self._order = found.order if similar else np.arange(len(found.confusion))
        self.matrix.show_confusion(found, self._order, shares=self._values == "shares")
        self.matrix.mark(self._cell)
        self._say(None)

    def _want_images(self) -> None:
        """Ask for the images of the cell, unless they are there."""
        if self._found is None:
            return
        numbers = self._found.images(self._cell, surest_first=self._first == "surest")
        self._show_title(len(numbers))
        is_new = not np.array_equal(numbers[:MOST_IMAGES], self._wanted)
        self._wanted = numbers[:MOST_IMAGES]
        if is_new or self._shown is None:
            self.imagesWanted.emit(self._wanted)
        else:
            self._show_pictures()

    def _show_title(self, many: int) -> None:
        assert self._found is not None
        self._images_panel.set_title(title(self._found, self._cell))
        of = f"{MOST_IMAGES:,} of {many:,}" if many > MOST_IMAGES else f"{many:,}"
        set_figure(self._figure, of)
        self.images.setToolTip(NOTHING_CHOSEN if many else "No image is read like this.")

    def _show_pictures(self) -> None:
        found, shown = self._found, self._shown
        if found is None or shown is None:
            return
        captions = [self._caption(number) for number in shown.numbers.tolist()]
        tips = [self._tell(number) for number in shown.numbers.tolist()]
        bar = self.images.verticalScrollBar()
        kept = bar.value()
        self.images.show_images(shown.pictures, captions, tips, marked=self._place_of_image())
        bar.setValue(kept)
        self._show_detail()

    def _caption(self, number: int) -> str:
        assert self._found is not None
        found = self._found
        answer = name_of(found.names, int(found.answers[number]))
        sure = short_percent(float(found.probabilities[number]))
        if None not in self._cell:
            return f"{answer} · {sure}"
        return f"{name_of(found.names, int(found.labels[number]))}→{answer} · {sure}"

    def _tell(self, number: int) -> str:
        assert self._found is not None
        found = self._found
        label, answer = (name_of(found.names, int(each[number])) for each in (found.labels, found.answers))
        sure = certainty(float(found.probabilities[number]))
        how = "read rightly" if label == answer else f"read as {one_of(answer)}"
        return f"{self._called(number)}, {how}, {sure} sure"

    def _called(self, number: int) -> str:
        assert self._found is not None
        name = name_of(self._found.names, int(self._found.labels[number]))
        return f"Test image {number:,}, a {name}"

    def _show_detail(self) -> None:
        place = self._place_of_image()
        there = place is not None and self._image is not None
        self.detail.setText(
            f"{self._tell(self._image)}." if there and self._image is not None else NOTHING_CHOSEN
        )
        self.send.setEnabled(there)
        self.send.setToolTip(
            "Put this image onto the canvas of the Draw tab." if there else "Choose an image first."
        )

    def _place_of_image(self) -> int | None:
        if self._image is None or self._shown is None or self._found is None:
            return None
        places = np.flatnonzero(self._shown.numbers == self._image)
        return int(places[0]) if len(places) else None

    def _say(self, cell: Cell | None) -> None:
        if self._found is not None:
            text = sentence(self._found, cell or self._cell)
            self.sentence.setText(text)
            self.matrix.setAccessibleDescription(text)

    # What a person does -------------------------------------------------------------------------------------------

    def choose(self, cell: Cell) -> None:
        """Show the images of a cell."""
        self._cell = cell
        self.matrix.mark(cell)
        self._say(None)
        self.images.verticalScrollBar().setValue(0)
        self._want_images()
        if cell[0] is not None:
            self.labelChosen.emit(cell[0])

    def _choose_values(self, key: str) -> None:
        self._values = key
        self._show_matrix()

    def _choose_order(self, key: str) -> None:
        self._sorting, self._order = key, None
        self._show_matrix()

    def _choose_first(self, key: str) -> None:
        self._first = key
        self.images.verticalScrollBar().setValue(0)
        self._want_images()

    def _choose_image(self, place: int) -> None:
        if self._shown is not None and place < len(self._shown.numbers):
            self.imageChosen.emit(int(self._shown.numbers[place]))

    def _send(self) -> None:
        place = self._place_of_image()
        if place is not None and self._shown is not None and self._image is not None:
            self.sendWanted.emit(self._shown.pictures[place], self._called(self._image))

    # Putting together ---------------------------------------------------------------------------------------------

    _values, _sorting, _first = "counts", "number", "surest"

    def _arrange(self) -> None:
        space = metrics()["space"]
        matrix = Panel("Confusion", "mistakes.confusion")
        matrix.head.addSpacing(space["small"])
        matrix.head.addStretch(1)
        matrix.head.addWidget(self.sorting)
        matrix.head.addWidget(self.values)
        matrix.body.addWidget(self.matrix, 1)
        matrix.body.addWidget(self.sentence)
        self._images_panel = images = Panel("All mistakes", "mistakes.cell")
        images.head.addSpacing(space["small"])
        self._figure = named(images.add_figure(), "mistakes.cell.figure")
        images.head.addWidget(self.first)
        self.all.setProperty("look", "chip")
        images.head.addWidget(self.all)
        self.all.setToolTip("Show the images of all mistakes.")
        self.all.setAccessibleName("Show all mistakes")
        self.send.setAccessibleName("Send the image to the Draw tab")
        images.body.addWidget(self.images, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.detail, 1)
        foot.addWidget(self.send, 0, Qt.AlignmentFlag.AlignRight)
        images.body.addLayout(foot)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(space["medium"])
        row.addWidget(matrix, 507)
        row.addWidget(images, 493)

    def _connect(self) -> None:
        self.matrix.chosen.connect(self.choose)
        self.matrix.pointed.connect(self._say)
        self.values.chosen.connect(self._choose_values)
        self.sorting.chosen.connect(self._choose_order)
        self.first.chosen.connect(self._choose_first)
        self.all.clicked.connect(lambda: self.choose(ALL))
        self.images.chosen.connect(self._choose_image)
        self.send.clicked.connect(self._send)


def short_percent(probability: float) -> str:
    """Return a probability with one digit behind the point; with two where it would seem to be certain."""
    return f"{100 * probability:.1f} %" if probability < 0.9995 else certainty(probability)
