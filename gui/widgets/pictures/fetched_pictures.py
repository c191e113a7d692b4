"""Pictures of test images, which the engine is asked for as they are wanted."""

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QObject, Signal

from engine.analysis.probes.images import SomeImages, some_images
from engine.core.cache import Cache
from engine.core.lazy import Array
from engine.session.jobs.data import DatasetOpened
from gui.state.link.query import Request
from gui.widgets.tab import Tab


class FetchedPictures(QObject):
    """The pictures that were wanted last, (rows, columns[, 3]), uint8, by the numbers of the images."""

    come = Signal()  # more pictures are there

    def __init__(self, tab: Tab, size: int, *, most: int, every_ms: int = 0) -> None:
        """Keep `size` bytes of pictures; if more than `most` are wanted at once, the oldest requests are dropped."""
        super().__init__(tab)
        self.pictures: Cache[int, Array] = Cache(size=size, bytes_of=lambda picture: picture.nbytes)
        self._wanted: list[int] = []
        self._most = most
        self._query = tab.query(self._ask, every_ms=every_ms)
        self._query.listen(SomeImages, self._take)
        tab.listen(DatasetOpened, lambda _: self._forget())

    def want(self, numbers: Iterable[int]) -> None:
        """Fetch the pictures of these images, unless they are there."""
        if new := [number for number in numbers if number not in self.pictures]:
            self._wanted = [*new, *self._wanted][: self._most]
            self._query.refresh()

    def _forget(self) -> None:
        self.pictures.clear()
        self._wanted = []
        self._query.drop()

    def _ask(self) -> Request[...] | None:
        numbers, self._wanted = self._wanted, []
        numbers = [number for number in numbers if number not in self.pictures]
        return Request(some_images, np.array(numbers)) if numbers else None

    def _take(self, message: SomeImages) -> None:
        for number, picture in zip(message.numbers.tolist(), message.pictures, strict=True):
            self.pictures.put(number, picture)
        self.come.emit()
