"""A grid of images of the data set, of which only those that are seen are there."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPaintEvent

from engine.core.array import Array
from gui.look.class_names import class_name, elided_name
from gui.look.color_maps import picture_image
from gui.look.fonts import font
from gui.look.text_size import scaled
from gui.look.theme import theme
from gui.widgets.pictures.picture_grid import ImageGrid

if TYPE_CHECKING:
    from engine.analysis.probes.data_images import DataPictures, Part

MOST_KEPT = 4_000  # maximum number of pictures kept as images of the screen: some screens full


class FetchedGrid(ImageGrid):
    """What is seen, or will be after a little scrolling, and is not there yet is `wanted`: `missing` says what it is.

    A kind of grid says by `part` and `numbers` which images it lists, and by `tell` what is known of each.
    """

    wanted = Signal()

    def __init__(self, name: str, title: str, *, scale: int, widest: int, grows: bool = False) -> None:
        """Make it; `widest` is the maximum width of a caption, in pixels: the names in a longer one are shortened."""
        super().__init__(name, title, scale=scale, grows=grows)
        self._widest = widest
        self._classes: Sequence[str] = ()  # the names of all classes, for the room that captions need
        self._kept: OrderedDict[tuple[str, int], QImage] = OrderedDict()
        # The pictures themselves, as long as their images are kept.
        self._source: dict[tuple[str, int], Any] = {}
        theme().changed.connect(self._kept.clear)

    @property
    def part(self) -> Part:
        """Of which part of the data the images are."""
        return "test"

    @property
    def numbers(self) -> Array:
        """Which images are listed, rising (n,)."""
        return np.zeros(0, np.int64)

    def tell(self, place: int) -> str:
        """Return in a sentence without its full stop what is known of the image at a place in the list."""
        return ""

    def tip_of(self, number: int) -> str | None:
        return self.tell(number)

    def set_data(self, shape: tuple[int, int], classes: int) -> None:
        """Forget everything: there are other data, of images of that shape."""
        self._shape, self._classes = shape, [class_name(label) for label in range(classes)]
        self._kept.clear()
        self._source.clear()
        self._show_listed(None, is_new=True)

    def _show_listed(self, marked: int | None, *, is_new: bool) -> None:
        """Show what is listed now, with a frame around the image of the number `marked`; a new list from its top."""
        if is_new:
            self.set_current(None)
            self.bar.setValue(0)
        self.mark_number(marked)
        self._measure()
        self.update()

    def _fitted(self, form: str, *called: str) -> str:
        """Return a caption with classes' names at the places {} of `form`, each shortened as `elided_name` does."""
        letters = font("caption", numbers=True)
        wide, room = QFontMetricsF(letters).horizontalAdvance, scaled(self._widest)
        if wide(caption := form.format(*called)) <= room:
            return caption
        share = (room - wide(form.replace("{}", ""))) / len(called)
        return form.format(*(elided_name(name, share, letters) for name in called))

    def mark_number(self, number: int | None) -> None:
        """Put a frame around the image of that number, if it is listed."""
        self.mark(None if number is None else self.place_of_number(number))

    def place_of_number(self, number: int) -> int | None:
        """Return the place of an image in the list; `None` where it is not listed."""
        numbers = self.numbers
        place = int(np.searchsorted(numbers, number))
        return place if place < len(numbers) and numbers[place] == number else None

    def missing(self) -> Array:
        """Return the numbers of images that are seen, and of a screen above and below, that are not there yet (n,)."""
        part, numbers, seen = self.part, self.numbers, self.seen()
        if all((part, int(numbers[place])) in self._source for place in seen):
            return np.zeros(0, np.int64)
        more = range(max(0, seen.start - len(seen)), min(self.count(), seen.stop + len(seen)))
        near = [int(numbers[place]) for place in more]
        return np.array([number for number in near if (part, number) not in self._source], np.int64)

    def add_pictures(self, told: DataPictures) -> None:
        """Take in pictures that were missing."""
        for number, picture in zip(told.numbers.tolist(), told.pictures, strict=True):
            self._source[told.part, number] = picture
        while len(self._source) > MOST_KEPT:
            oldest = next(iter(self._source))
            del self._source[oldest]
            self._kept.pop(oldest, None)
        self.update()

    def picture_of(self, number: int) -> Array | None:
        """Return the picture of an image of the part that is shown, if it is there."""
        return self._source.get((self.part, number))

    def count(self) -> int:
        return len(self.numbers)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if len(self.missing()):
            self.wanted.emit()

    def paint_picture(self, painter: QPainter, number: int, place: QRectF) -> None:
        """Paint an image, or an empty place for one that is to come."""
        key = self.part, int(self.numbers[number])
        picture = self._source.get(key)
        if picture is None:
            painter.fillRect(place, theme().current.color("raised"))
            return
        image = self._kept.get(key)
        if image is None:
            image = self._kept[key] = picture_image(picture)
        painter.drawImage(place, image)
