"""Which training images look most alike to the network?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from engine.base.cache import Cache
from engine.base.messages import Job, Message, read_only
from engine.data.fitting import fitting_data
from engine.network.lens_network import Key, LensNetwork, lens_network

if TYPE_CHECKING:
    from engine.base.lens import Lens
    from engine.data.dataset import Dataset
    from engine.session.session import Session

MOST_KEPT = 2
"""Maximum number of lenses whose vectors are cached: 66 MB each for the blog's network."""

MORE = 4
"""Factor by which more images than wanted are compared once more, exactly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestImages(Message):
    """The training images nearest to the picture in the space of the last hidden layer, the nearest first."""

    latest_only: ClassVar[bool] = True
    run: str
    step: int
    numbers: np.ndarray[Any, Any]
    """In the training images, (k,)."""
    pictures: np.ndarray[Any, Any]
    """Of shape (k, rows, columns), uint8."""
    labels: np.ndarray[Any, Any]
    """Of shape (k,), uint8."""
    distances: np.ndarray[Any, Any]
    """Euclidean, (k,)."""


def nearest_images(session: Session, lens: Lens, picture: np.ndarray[Any, Any], count: int = 8) -> Job:
    """Answer with `NearestImages`; a network without hidden layers compares the pixels.

    What it makes of all training images is computed in turns once, and kept also when the job is stopped half-way. Of
    a run that was deleted meanwhile there is nothing to tell. Raises `UserError` when the data are not what the
    network reads.
    """
    network = lens_network(session, lens)
    data = fitting_data(session, network.architecture)
    asked = network.key, data
    vectors = _kept.get(asked) or _kept.put(asked, _Vectors(network.key, data))
    yield from vectors.go_on(session, network)
    hidden, _ = network.answer(picture)
    numbers, distances = vectors.nearest(hidden[-1] if hidden else picture.ravel(), count)
    yield NearestImages(
        run=lens.run,
        step=network.key.step,
        numbers=read_only(numbers),
        pictures=read_only(data.shown(numbers, train=True)),
        labels=read_only(data.train_labels[numbers]),
        distances=read_only(distances),
    )


class _Vectors:
    """What one network makes of the training images of a data set, as far as it was computed."""

    def __init__(self, key: Key, data: Dataset) -> None:
        self._key, self._done = key, 0
        self._total = len(data.train_images)
        self._vectors = np.empty((0, 0), np.float32)
        self._halves = np.zeros(self._total, np.float32)  # half of each vector's square

    def go_on(self, session: Session, network: LensNetwork) -> Job:
        """Go through the images that are left."""
        images = session.tensors().train_images
        yield from network.make_ready()
        while self._done < len(images):  # another job may go on with it meanwhile
            chosen, hidden, _ = network.some(images, self._done)
            if hidden:
                part = hidden[-1]
            else:
                part = (images[chosen].numpy() / np.float32(255)).reshape(chosen.stop - chosen.start, -1)
            if not self._done:
                self._vectors = np.empty((self._total, part.shape[1]), np.float32)
            self._vectors[chosen] = part
            self._halves[chosen] = np.einsum("ij,ij->i", part, part) / 2
            self._done = chosen.stop
            yield None

    def nearest(
        self, vector: np.ndarray[Any, Any], count: int
    ) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Return numbers and distances of the `count` nearest, (k,) each."""
        # |a - b|² = |a|² + |b|² - 2 a b: one product of a matrix for all, with some rounding; so the first few are
        # compared once more.
        ranks = self._halves - self._vectors @ vector.astype(np.float32)
        few = min(MORE * count, self._total)
        found = np.argpartition(ranks, few - 1)[:few]
        distances = np.linalg.norm(self._vectors[found].astype(np.float64) - vector, axis=1)
        order = np.lexsort((found, distances))[:count]
        return found[order], distances[order]


_kept: Cache[tuple[Key, Dataset], _Vectors] = Cache(count=MOST_KEPT)
