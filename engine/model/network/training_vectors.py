"""A network's last hidden layer for its training images, to find those that are similar to a picture."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from engine.core.lazy import Array, tf
from engine.core.messages import Turns
from engine.data.dataset import DataCache, Dataset
from engine.model.network.lens_network import Key, LensNetwork
from engine.model.training.learned import compared_with
from engine.model.training.run import Run
from engine.model.training.tensors import tensors_of

MOST_KEPT = 2  # cached networks: 66 MB each for the blog's network
MORE = 4  # this many times the wanted number of images is compared again, exactly
USUAL = 0.995  # share of the training images within the limit of each distance; 1 of 100 exceeds either
MOST_ASKED = 4000  # training images, evenly picked, from which the limits are computed
MOST_PIXELS = 8_000_000  # pixels that a picture is compared with: all images of a class of MNIST, some 5 ms
AT_ONCE = 300_000_000  # multiplications in a turn: some 15 ms


class Seen(NamedTuple):
    """Pictures, with their vectors in the network and its answers."""

    pictures: Array  # of shape (n, rows, columns), float32, 0 to 1
    vectors: Array  # in the last hidden layer, (n, neurons)
    answers: Array  # the likeliest class of each, (n,)

    def some(self, chosen: Array) -> "Seen":
        """Return a subset by indices."""
        return Seen(*(part[chosen] for part in self))


class TrainingVectors:
    """One network's vectors of the training images of a data set, as far as they have been computed."""

    def __init__(self, data: Dataset) -> None:
        self._done, self._data = 0, data
        self._total = len(data.train_images)
        self.all = np.empty((0, 0), np.float32)  # (images, neurons), once they have been computed
        self._halves = np.zeros(self._total, np.float32)  # half of each vector's square
        self._pixel_halves = np.zeros(self._total, np.float32)  # the same of its pixels, 0 to 255
        self._answers = np.zeros(self._total, np.int64)
        self._usual: Array | None = None

    def go_on(self, network: LensNetwork, images: "tf.Tensor") -> Turns[None]:
        """Compute the vectors of the remaining ones of all `images`, which are on the device."""
        yield from network.make_ready()
        last = network.plan.last_hidden
        while self._done < len(images):  # another job may continue it in its own turns
            chosen, hidden, logits = network.batch(images, self._done)
            part = hidden[last] if hidden else (images[chosen].numpy() / np.float32(255)).reshape(len(logits), -1)
            if not self._done:
                self.all = np.empty((self._total, part.shape[1]), np.float32)
            self.all[chosen] = part
            self._halves[chosen] = np.einsum("ij,ij->i", part, part) / 2
            pixels = self._data.train_images[chosen].reshape(len(part), -1).astype(np.float32)
            self._pixel_halves[chosen] = np.einsum("ij,ij->i", pixels, pixels) / 2
            self._answers[chosen] = logits.argmax(axis=1)
            self._done = chosen.stop
            yield None

    def nearest(self, vector: Array, count: int) -> tuple[Array, Array]:
        """Return numbers and Euclidean distances of the `count` images nearest to a vector (neurons,): (k,) each."""
        # |a - b|² = |a|² + |b|² - 2 a b: one product for all, but rounded, so the first few are compared again.
        ranks = self._halves - self.all @ vector.astype(np.float32)
        few = min(MORE * count, self._total)
        numbers = np.argpartition(ranks, few - 1)[:few]
        distances = np.linalg.norm(self.all[numbers].astype(np.float64) - vector, axis=1)
        order = np.lexsort((numbers, distances))[:count]
        return numbers[order], distances[order]

    def unlikeness(self, seen: Seen, own: Array | None = None) -> Turns[Array]:
        """Return two distances of pictures to the training images, (pictures, 2), in turns.

        The smallest cosine distance, 0 to 2, of the vectors (1 for a zero vector), and the Euclidean distance of the
        pixels, 0 to 1 each, to the nearest image of the answered class, or of any where there is none; images are
        evenly picked above `MOST_PIXELS`. For a vector that is not finite both are NaN. Pictures with their numbers in
        `own` are training images and not compared with themselves.
        """
        # Two distances rather than the probability, as softmax gives a heart 99.99 %, too: with the first alone, hearts
        # were noticed in 24 % (run A) and noise in 100 or 0 %, with either in 49 and 100 %. The energy score,
        # Mahalanobis distances to class means and the residual of a PCA were worse than the cosine distance.
        distances = np.zeros((len(seen.answers), 2))
        compared = self.all.size + min(self._data.train_images.size // 10, MOST_PIXELS)
        parts = min(len(distances), max(1, len(distances) * compared // AT_ONCE))
        for part in np.array_split(np.argsort(seen.answers, kind="stable"), parts):  # one or two classes in each
            distances[part] = self._unlikeness(seen.some(part), None if own is None else own[part])
            if parts > 1:
                yield None
        return distances

    def _unlikeness(self, seen: Seen, own: Array | None) -> Array:
        lengths = np.linalg.norm(seen.vectors, axis=1, keepdims=True)
        directions = (seen.vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
        cosines = directions @ self.all.T
        cosines /= np.where(self._halves > 0, np.sqrt(2 * self._halves), 1)
        if own is not None:
            cosines[np.arange(len(own)), own] = -1
        distances = np.stack([1 - cosines.max(axis=1).clip(-1, 1), np.zeros(len(cosines))], axis=1)
        for answer in np.unique(seen.answers):
            at = np.flatnonzero(seen.answers == answer)
            distances[at, 1] = self._in_pixels(int(answer), seen.pictures[at], None if own is None else own[at])
        distances[np.isnan(distances[:, 0]), 1] = np.nan
        return distances

    def _in_pixels(self, answer: int, pictures: Array, own: Array | None) -> Array:
        """Return the distance of pictures with one answer to the nearest image of that class (pictures,)."""
        numbers = np.flatnonzero(self._data.train_labels == answer)
        numbers = numbers if len(numbers) else np.arange(self._total)
        most = max(1, MOST_PIXELS // math.prod(self._data.shape))
        numbers = numbers[:: -(-len(numbers) // most)]
        images = self._data.train_images[numbers].reshape(len(numbers), -1).astype(np.float32)
        pixels = pictures.reshape(len(pictures), -1).astype(np.float32) * np.float32(255)
        # As in `nearest`: the product finds the nearest one, and its distance is computed again.
        ranks = self._pixel_halves[numbers] - pixels @ images.T
        if own is not None:
            ranks[own[:, None] == numbers] = np.inf
        nearest = ranks.argmin(axis=1)
        distances = np.linalg.norm(images[nearest] - pixels, axis=1) / 255
        return np.where(np.isinf(ranks[np.arange(len(ranks)), nearest]), np.inf, distances)

    def usual(self) -> Turns[Array]:
        """Return the distances to all others that `USUAL` of the training images do not exceed (2,), in turns.

        An image that is the only one of its class has no nearest one there, and does not count.
        """
        if self._usual is None:
            numbers = np.linspace(0, self._total - 1, min(MOST_ASKED, self._total)).astype(int)
            seen = Seen(self._data.train_images[numbers] / np.float32(255), self.all[numbers], self._answers[numbers])
            yield None
            distances = yield from self.unlikeness(seen, numbers)
            distances = distances[~np.isinf(distances[:, 1])]
            self._usual = np.quantile(distances, USUAL, axis=0) if len(distances) else np.full(2, np.inf)
        return self._usual


def training_vectors(network: LensNetwork, data: Dataset, runs: Mapping[str, Run]) -> Turns[TrainingVectors]:
    """Return a network's vectors of the images that its run is `compared_with`, in turns; cached, even partly."""
    learned = compared_with(data, runs[network.key.run], runs).data
    vectors = _kept.get((network.key, learned)) or _kept.put((network.key, learned), TrainingVectors(learned))
    yield from vectors.go_on(network, tensors_of(data, learned=learned).train_images)
    return vectors


def vector_of(network: LensNetwork, picture: Array) -> Array:
    """Return the last hidden layer's output for a picture (neurons,), or the pixels where there is no hidden layer."""
    hidden, _ = network.answer(picture)
    return hidden[network.plan.last_hidden] if hidden else picture.ravel()


def seen_by(network: LensNetwork, pictures: Array) -> Turns[Seen]:
    """Return the network's vectors and answers for pictures (n, rows, columns), float32, 0 to 1, in turns."""
    layers = [network.plan.last_hidden] if network.layers else []
    hidden, logits = yield from network.outputs_in_turns(pictures, layers)
    return Seen(pictures, hidden[0] if hidden else pictures.reshape(len(pictures), -1), logits.argmax(axis=1))


_kept: DataCache[tuple[Key, Dataset], TrainingVectors] = DataCache(count=MOST_KEPT)
