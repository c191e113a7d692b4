"""What a network makes of all test images: every hidden layer, and the logits. Reckoned once for all who ask."""

from __future__ import annotations

import functools
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.data.fitting import fitting_data
from engine.messages import read_only
from engine.network.shown import Key, Shown, shown

if TYPE_CHECKING:
    from engine.data.dataset import Dataset
    from engine.lens import Lens
    from engine.session import Session

    type Array = np.ndarray[Any, Any]

MOST_KEPT = 3
"""Of so many lenses the activations are kept: 12 MB each for the blog's network."""

LARGE = 256_000_000
"""A layer whose activations would take more bytes is kept in half precision: 11 binary digits of each."""


@dataclass(frozen=True, slots=True)
class Activations:
    """The test images' activations after silencing, and the labels. The arrays are read-only and shared."""

    hidden: tuple[Array, ...]
    """For each hidden layer (images, neurons), float32 or, where that is large, float16; feature maps averaged."""
    logits: Array
    """Of shape (images, classes), float32."""
    labels: Array
    """Of shape (images,), uint8."""

    @property
    def answers(self) -> Array:
        """The likeliest class of each image (images,)."""
        return self.logits.argmax(axis=1)


def activations(session: Session, lens: Lens) -> Generator[None, Any, Activations]:
    """Return what the network that the lens shows makes of all test images, in turns.

    What was reckoned is kept, also when the job is stopped half-way. Raises `UserError` when there is no such run, or
    the data are not what the network reads.
    """
    network = shown(session, lens)
    gathering = _gathering(network.key, fitting_data(session, network.architecture))
    yield from gathering.go_on(session, network)
    assert gathering.found is not None
    return gathering.found


class _Gathering:
    """The activations of one network on one data set, as far as they were reckoned."""

    def __init__(self, key: Key, data: Dataset) -> None:
        self.found: Activations | None = None
        self._data, self._done = data, 0
        self._arrays: list[Array] = []

    def go_on(self, session: Session, network: Shown) -> Generator[None, Any, None]:
        """Go through the images that are left."""
        images = session.tensors().test_images
        while self._done < len(images):  # another job may go on with it meanwhile
            chosen, hidden, logits = network.some(images, self._done)
            if not self._arrays:
                self._arrays = [_room_for(len(images), layer) for layer in (*hidden, logits)]
            for array, part in zip(self._arrays, (*hidden, logits), strict=True):
                array[chosen] = part
            self._done = chosen.stop
            yield None
        if self.found is None:
            for array in self._arrays:
                array.flags.writeable = False
            *layers, logits = self._arrays
            self.found = Activations(tuple(layers), logits, read_only(self._data.test_labels))


def _room_for(images: int, part: Array) -> Array:
    shape = (images, part.shape[1])
    return np.empty(shape, np.float16 if 4 * images * part.shape[1] > LARGE else np.float32)


_gathering = functools.lru_cache(MOST_KEPT)(_Gathering)
