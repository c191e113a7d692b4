"""What the images on a map look like: asked for when they are wanted, and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from engine.base.cache import Cache
from engine.probes.images import SomeImages, some_images
from gui.state.query import Request

if TYPE_CHECKING:
    from gui.widgets.tab import Tab

type Array = np.ndarray[Any, Any]

MOST_BYTES = 3_000_000
"""Size of the cache of pictures, which take a kilobyte each."""

MOST_ASKED = 400
"""Of more that are wanted at once, the oldest wishes are forgotten."""


class MapPictures(QObject):
    """Pictures by the numbers of test images."""

    come = Signal()
    """There are more pictures than before."""

    def __init__(self, tab: Tab) -> None:
        super().__init__(tab)
        self.pictures: Cache[int, Array] = Cache(size=MOST_BYTES, bytes_of=lambda picture: picture.nbytes)
        self._wanted: list[int] = []
        self._query = tab.query(self._ask, every_ms=0)
        self._query.listen(SomeImages, self._show_images)

    def want(self, numbers: Array) -> None:
        """Fetch the pictures of these images that are not there yet."""
        new = [number for number in numbers.tolist() if number not in self.pictures]
        self._wanted = [*new, *self._wanted][:MOST_ASKED]
        self._query.refresh()

    def forget(self) -> None:
        """Forget all pictures: there are other data."""
        self.pictures.clear()
        self._wanted = []
        self._query.drop()

    def _ask(self) -> Request[...] | None:
        wanted, self._wanted = self._wanted, []
        wanted = [number for number in wanted if number not in self.pictures]
        return Request(some_images, np.array(wanted)) if wanted else None

    def _show_images(self, message: SomeImages) -> None:
        for number, picture in zip(message.numbers.tolist(), message.pictures, strict=True):
            self.pictures.put(number, picture)
        self.come.emit()
