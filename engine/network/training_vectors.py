"""What a network makes of the training images it learned from, in its last hidden layer, to find what is like a
picture there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from engine.data.fitting import fitting_data
from engine.data.kept import DataCache
from engine.data.learned import compared_with
from engine.network.lens_network import Key, LensNetwork, lens_network

if TYPE_CHECKING:
    from engine.base.lens import Lens
    from engine.base.turns import Turns
    from engine.data.dataset import Dataset
    from engine.session.session import Session

    type Array = np.ndarray[Any, Any]

MOST_KEPT = 2
"""Maximum number of lenses whose vectors are cached: 66 MB each for the blog's network."""

MORE = 4
"""Factor by which more images than wanted are compared once more, exactly."""

USUAL = 0.99
"""The share of the training images that are taken to be usual."""

MOST_ASKED = 1000
"""The number of training images, evenly picked, from which it is found how far from each other the usual ones are."""

AT_ONCE = 300_000_000
"""Number of multiplications in a turn: some 15 ms."""


class TrainingVectors:
    """What one network makes of the training images of a data set, as far as it was computed."""

    def __init__(self, data: Dataset) -> None:
        self._done, self._data = 0, data
        self._total = len(data.train_images)
        self._vectors = np.empty((0, 0), np.float32)
        self._halves = np.zeros(self._total, np.float32)  # half of each vector's square
        self._usual: float | None = None

    @property
    def all(self) -> Array:
        """The vectors of all images, (images, neurons) float32, once they are computed."""
        return self._vectors

    def go_on(self, session: Session, network: LensNetwork) -> Turns[None]:
        """Go through the images that are left."""
        images = session.tensors(None, self._data).train_images
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

    def nearest(self, vector: Array, count: int) -> tuple[Array, Array]:
        """Return numbers and Euclidean distances of the `count` nearest to a vector (neurons,): (k,) each."""
        # |a - b|² = |a|² + |b|² - 2 a b: one product of a matrix for all, with some rounding; so the first few are
        # compared once more.
        ranks = self._halves - self._vectors @ vector.astype(np.float32)
        few = min(MORE * count, self._total)
        found = np.argpartition(ranks, few - 1)[:few]
        distances = np.linalg.norm(self._vectors[found].astype(np.float64) - vector, axis=1)
        order = np.lexsort((found, distances))[:count]
        return found[order], distances[order]

    def unlikeness(self, vectors: Array, own: Array | None = None) -> Array:
        """Return the cosine distance, 0 to 2, of each vector (n, neurons) to the training image that is most like it.

        `own` (n,): these are training images' vectors themselves, by number, and none is compared with itself. A vector
        of zeros has no direction; it is 1 from all others.
        """
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        cosines = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32) @ self._vectors.T
        cosines /= np.where(self._halves > 0, np.sqrt(2 * self._halves), 1)
        if own is not None:
            cosines[np.arange(len(own)), own] = -1
        most: Array = 1 - cosines.max(axis=1).clip(-1, 1)
        return most

    def usual(self) -> Turns[float]:
        """Return which unlikeness to all others `USUAL` of the training images do not exceed, found in turns."""
        if self._usual is None:
            count = min(MOST_ASKED, self._total)
            numbers = np.linspace(0, self._total - 1, count).astype(int)
            parts = np.array_split(numbers, max(1, count * self._vectors.size // AT_ONCE))
            found = []
            for part in parts:
                found.append(self.unlikeness(self._vectors[part], part))
                yield None
            self._usual = float(np.quantile(np.concatenate(found), USUAL))
        return self._usual


def training_vectors(session: Session, lens: Lens) -> Turns[TrainingVectors]:
    """Return what the network makes of the images that its run is `compared_with`, computed in turns once.

    They are kept also when the job is stopped half-way. Raises `UserError` when the data are not what the network
    reads.
    """
    network = lens_network(session, lens)
    data = fitting_data(session, network.architecture)
    asked = network.key, compared_with(data, session.run(lens.run)).data
    vectors = _kept.get(asked) or _kept.put(asked, TrainingVectors(asked[1]))
    yield from vectors.go_on(session, network)
    return vectors


def vector_of(network: LensNetwork, picture: Array) -> Array:
    """Return what the last hidden layer makes of a picture (neurons,); a network without one takes the pixels."""
    hidden, _ = network.answer(picture)
    return hidden[-1] if hidden else picture.ravel()


_kept: DataCache[tuple[Key, Dataset], TrainingVectors] = DataCache(count=MOST_KEPT)
