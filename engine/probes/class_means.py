"""How does a hidden layer answer to the test images of each class, on average?"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from engine.data.fitting import fitting_data
from engine.errors import UserError
from engine.messages import Job, Message, read_only
from engine.network.shown import Key, Shown, shown

if TYPE_CHECKING:
    from engine.data.dataset import Dataset
    from engine.lens import Lens
    from engine.session import Session

MOST_KEPT = 64
"""Of so many lenses the means are kept, at some kilobytes each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassMeans(Message):
    """The mean output of each neuron of hidden layer `layer` (from 0) over the test images of each class.

    `means` is (classes, neurons), NaN for a class without images. Asked again, the answer is the very same message.
    """

    latest_only: ClassVar[bool] = True
    run: str
    step: int
    layer: int
    means: np.ndarray[Any, Any]


def class_means(session: Session, lens: Lens, layer: int = 0) -> Job:
    """Answer with `ClassMeans`, in turns; what was reckoned is kept, also when the job is stopped half-way.

    Of a run that was deleted meanwhile there is nothing to tell. Raises `UserError` when the data are not what the
    network reads, or there is no such layer.
    """
    if lens.run not in session.runs:
        return
    network = shown(session, lens)
    if not 0 <= layer < len(network.layers):
        raise UserError(f"Run {lens.run} has no hidden layer {layer + 1}.")
    gathering = _gathering(network.key, fitting_data(session, network.architecture))
    yield from gathering.go_on(session, network)
    yield gathering.message(layer)


class _Gathering:
    """The sums of all hidden layers for one network and data set, as far as they were reckoned."""

    def __init__(self, key: Key, data: Dataset) -> None:
        self._key, self._data, self._done = key, data, 0
        self._sums: list[np.ndarray[Any, Any]] = []
        self._messages: dict[int, ClassMeans] = {}

    def go_on(self, session: Session, network: Shown) -> Job:
        """Go through the images that are left."""
        classes = network.architecture.classes
        images = session.tensors().test_images
        while self._done < len(images):  # another job may go on with it meanwhile
            chosen, hidden, _ = network.some(images, self._done)
            members = np.arange(classes)[:, None] == self._data.test_labels[chosen]  # (classes, images)
            sums = [members.astype(np.float64) @ layer for layer in hidden]
            self._sums = [
                old + new for old, new in itertools.zip_longest(self._sums, sums, fillvalue=np.zeros(()))
            ]
            self._done = chosen.stop
            yield None

    def message(self, layer: int) -> ClassMeans:
        if layer not in self._messages:
            counts = np.bincount(self._data.test_labels, minlength=len(self._sums[layer]))[:, None]
            means = np.divide(
                self._sums[layer], counts, out=np.full_like(self._sums[layer], np.nan), where=counts > 0
            )
            self._messages[layer] = ClassMeans(
                run=self._key.run, step=self._key.step, layer=layer, means=read_only(means.astype(np.float32))
            )
        return self._messages[layer]


_gathering = functools.lru_cache(MOST_KEPT)(_Gathering)
