"""What the images on a map look like: asked for when they are wanted, and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from engine.base.messages import JobEnded
from engine.probes.some_images import SomeImages, some_images

if TYPE_CHECKING:
    from gui.state.bridge import Bridge

type Array = np.ndarray[Any, Any]

MOST_KEPT = 3000
"""So many pictures are kept, at a kilobyte each."""

MOST_ASKED = 400
"""Of more that are wanted at once, the oldest wishes are forgotten."""


class MapPictures(QObject):
    """Pictures by the numbers of test images. It has one question at a time, and the last one always."""

    come = Signal()
    """There are more pictures than before."""

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self.pictures: dict[int, Array] = {}
        self._bridge = bridge
        self._job: int | None = None
        self._wanted: list[int] = []
        bridge.listen(SomeImages, self._show_images, job=lambda: self._job)
        bridge.listen(JobEnded, lambda _: self._go_on(), job=lambda: self._job)

    def want(self, numbers: Array) -> None:
        """Fetch the pictures of these images that are not there yet."""
        new = [number for number in numbers.tolist() if number not in self.pictures]
        self._wanted = [*new, *self._wanted][:MOST_ASKED]
        if self._job is None:
            self._go_on()

    def forget(self) -> None:
        """Forget all pictures: there are other data."""
        self.pictures, self._wanted, self._job = {}, [], None

    def _go_on(self) -> None:
        wanted, self._wanted, self._job = self._wanted, [], None
        wanted = [number for number in wanted if number not in self.pictures]
        if wanted:
            self._job = self._bridge.ask(some_images, np.array(wanted))

    def _show_images(self, message: SomeImages) -> None:
        if len(self.pictures) + len(message.numbers) > MOST_KEPT:
            self.pictures.clear()
        self.pictures.update(zip(message.numbers.tolist(), message.pictures, strict=True))
        self.come.emit()
