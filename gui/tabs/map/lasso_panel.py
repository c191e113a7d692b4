"""The images within the lasso: how many of which class, and what they look like."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from engine.analysis.probes.images import SomeImages
from gui.look.class_names import class_name, one_of_class
from gui.look.layout import add
from gui.look.words import named, words
from gui.widgets.panel import Panel
from gui.widgets.pictures.picture_grid import ImageGrid

MOST_IMAGES = 500  # shown as pictures, evenly chosen
NOTHING = "Go around points with the lasso, or drag with Shift: the images in it come here."


class LassoPanel(Panel):
    """Counts, pictures, and the button that sends one to the canvas."""

    imageChosen = Signal(int)  # the number of the test image that was clicked
    sendWanted = Signal(object, str)  # a picture (rows, columns), uint8, and what it is

    def __init__(self) -> None:
        super().__init__("Selected images", "map.lasso")
        self.figure = self.add_figure()
        self.counts = named(words(NOTHING, "label", wrapped=True), "map.lasso.counts")
        self.grid = ImageGrid("map.lasso.images", "Images within the lasso", scale=1, grows=True)
        self.grid.setToolTip("Click an image to look at it in all tabs.")
        self.send = named(QPushButton("To Draw"), "map.send", title="Draw on the selected image")
        self.send.setToolTip("Put the image that is marked onto the canvas.")
        self.send.setEnabled(False)
        self._shown: SomeImages | None = None
        self._one: SomeImages | None = None
        self._answer: int | None = None  # the network's answer to the image in `_one`
        self._answers: Mapping[int, int] = {}
        add(self.body, self.counts, (self.grid, 1), self.send)
        self.grid.chosen.connect(self._choose)
        self.send.clicked.connect(self._send)

    def hasHeightForWidth(self) -> bool:
        """Say no: with words that wrap, Qt would take the preferred height for the least one."""
        return False

    def show_counts(self, labels: Sequence[int]) -> None:
        """Show how many images of which class there are, or what to do where there are none."""
        counts = np.bincount(np.asarray(labels, np.int64))
        parts = [f"{class_name(label)}: {count:,}" for label, count in enumerate(counts.tolist()) if count]
        self.figure.setText(f"{len(labels):,}" if len(labels) else "")
        if parts:
            self.counts.setText("   ".join(parts))
        else:
            self.show_images(None, {})

    def show_images(self, images: SomeImages | None, answers: Mapping[int, int]) -> None:
        """Show pictures; `answers` are the network's, by image number."""
        self._shown, self._answers = images, answers
        if images is None:
            self._show_alone()
            return
        pairs = list(zip(images.numbers.tolist(), images.labels.tolist(), strict=True))
        wrong = frozenset(place for place, (number, label) in enumerate(pairs) if self._is_wrong(number, label))
        self.grid.show_images(
            images.pictures,
            [class_name(label) for _, label in pairs],
            [describe(number, label, answers.get(number)) for number, label in pairs],
            warned=wrong,
        )

    def show_one(self, image: SomeImages | None, answer: int | None = None) -> None:
        """Offer the selected image for drawing on, with the network's answer to it.

        Within a lasso it is marked among the others; without one it is shown by itself.
        """
        self._one = image if image is not None and len(image.numbers) else None
        self._answer = answer
        self.send.setEnabled(self._one is not None)
        places: Any = []
        if self._shown is None:
            self._show_alone()
            return
        if self._one is not None:
            places = np.flatnonzero(self._shown.numbers == self._one.numbers[0])
        self.grid.mark(int(places[0]) if len(places) else None)

    def _show_alone(self) -> None:
        """Show the selected image, or what to do where there is none."""
        one = self._one
        if one is None:
            self.counts.setText(NOTHING)
            self.grid.show_images(np.zeros((0, 28, 28), np.uint8), [])
            return
        number, label = int(one.numbers[0]), int(one.labels[0])
        text = describe(number, label, self._answer)
        self.counts.setText(f"{text}.")
        is_wrong = self._answer is not None and self._answer != label
        self.grid.show_images(one.pictures[:1], [class_name(label)], [text], warned=frozenset({0} if is_wrong else ()))
        self.grid.mark(0)

    def _is_wrong(self, number: int, label: int) -> bool:
        return self._answers.get(number, label) != label

    def _choose(self, place: int) -> None:
        if self._shown is not None:
            self.imageChosen.emit(int(self._shown.numbers[place]))

    def _send(self) -> None:
        if self._one is not None:
            number, label = int(self._one.numbers[0]), int(self._one.labels[0])
            self.sendWanted.emit(self._one.pictures[0], f"Test image {number:,}, {one_of_class(label)}")


def describe(number: int, label: int, answer: int | None) -> str:
    """Return an image in a few words."""
    read = "" if answer is None else f", predicted {class_name(answer, answer=True)}"
    return f"Test image {number:,}, {one_of_class(label)}{read}"
