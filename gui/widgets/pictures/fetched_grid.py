"""A grid of images of the data set, which loads only the visible ones."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPaintEvent

from engine.core.lazy import Array
from gui.look.class_names import class_name, elided_name
from gui.look.color_maps import picture_image
from gui.look.fonts import font, scaled
from gui.look.theme import theme
from gui.widgets.pictures.picture_grid import ImageGrid

if TYPE_CHECKING:
    from engine.analysis.probes.data_images import DataPictures, Part

MOST_KEPT = 4_000  # maximum number of pictures in the cache: some screens full


class FetchedGrid(ImageGrid):
    """Sends `wanted` while pictures are missing that are visible, or will be after a little scrolling; see `missing`.

    Subclasses override `part` and `numbers`, which images are listed, and `tell`, the tooltip of each.
    """

    wanted = Signal()

    def __init__(self, name: str, title: str, *, scale: int, widest: int, grows: bool = False) -> None:
        """Create it; `widest` is the maximum width of a caption in pixels, to which names in it are shortened."""
        super().__init__(name, title, scale=scale, grows=grows)
        self._widest = widest
        self._classes: Sequence[str] = ()  # names of all classes, for the width of captions
        self._images: OrderedDict[tuple[str, int], QImage] = OrderedDict()
        # The pictures of which the images are made.
        self._source: dict[tuple[str, int], Any] = {}
        theme().changed.connect(self._images.clear)

    @property
    def part(self) -> "Part":
        """The part of the data."""
        return "test"

    @property
    def numbers(self) -> Array:
        """Numbers of the listed images, ascending (n,)."""
        return np.zeros(0, np.int64)

    def tell(self, place: int) -> str:
        """Return a sentence about the image at a place in the list, without its full stop."""
        return ""

    def tip_of(self, number: int) -> str | None:
        return self.tell(number)

    def set_data(self, shape: tuple[int, int], classes: int) -> None:
        """Clear everything, for other data with images of that shape."""
        self._shape, self._classes = shape, [class_name(label) for label in range(classes)]
        self._images.clear()
        self._source.clear()
        self._show_listed(None, is_new=True)

    def _show_listed(self, marked: int | None, *, is_new: bool) -> None:
        """Show the listed images, with a frame around the one with number `marked`; a new list from its top."""
        if is_new:
            self.set_current(None)
            self.bar.setValue(0)
        self.mark_number(marked)
        self._measure()
        self.update()

    def _fitted(self, form: str, *names: str) -> str:
        """Return a caption with names of classes in place of {} in `form`, shortened as by `elided_name`."""
        letters = font("caption", numbers=True)
        wide, room = QFontMetricsF(letters).horizontalAdvance, scaled(self._widest)
        if wide(caption := form.format(*names)) <= room:
            return caption
        share = (room - wide(form.replace("{}", ""))) / len(names)
        return form.format(*(elided_name(name, share, letters) for name in names))

    def mark_number(self, number: int | None) -> None:
        """Frame the image with that number, if it is listed."""
        self.mark(None if number is None else self.place_of_number(number))

    def place_of_number(self, number: int) -> int | None:
        """Return the place of an image in the list; `None` if it is not listed."""
        numbers = self.numbers
        place = int(np.searchsorted(numbers, number))
        return place if place < len(numbers) and numbers[place] == number else None

    def missing(self) -> Array:
        """Return the numbers of the missing images (n,): visible ones, and a screen above and below."""
        part, numbers, seen = self.part, self.numbers, self.seen()
        if all((part, int(numbers[place])) in self._source for place in seen):
            return np.zeros(0, np.int64)
        more = range(max(0, seen.start - len(seen)), min(self.count(), seen.stop + len(seen)))
        near = [int(numbers[place]) for place in more]
        return np.array([number for number in near if (part, number) not in self._source], np.int64)

    def add_pictures(self, message: "DataPictures") -> None:
        """Add pictures that were missing, and drop the oldest."""
        for number, picture in zip(message.numbers.tolist(), message.pictures, strict=True):
            self._source[message.part, number] = picture
        while len(self._source) > MOST_KEPT:
            oldest = next(iter(self._source))
            del self._source[oldest]
            self._images.pop(oldest, None)
        self.update()

    def picture_of(self, number: int) -> Array | None:
        """Return the picture of an image of the current part, if it is there."""
        return self._source.get((self.part, number))

    def count(self) -> int:
        return len(self.numbers)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if len(self.missing()):
            self.wanted.emit()

    def paint_picture(self, painter: QPainter, number: int, place: QRectF) -> None:
        """Paint an image, or an empty area for a missing one."""
        key = self.part, int(self.numbers[number])
        picture = self._source.get(key)
        if picture is None:
            painter.fillRect(place, theme().current.color("raised"))
            return
        image = self._images.get(key)
        if image is None:
            image = self._images[key] = picture_image(picture)
        painter.drawImage(place, image)
