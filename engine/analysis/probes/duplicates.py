"""Test images that are also training images, or nearly: they say nothing about generalisation.

Equal images are found by a hash, near ones by the cosine similarity of their pixels. All pairs of MNIST would take some
40 s of a core; so each image is first made coarse: its projection onto blocks of pixels, and the length of the
residual. By the Cauchy-Schwarz inequality the product of two coarse images is an upper bound of the similarity, and
only pairs whose bound exceeds the best so far are compared exactly: 14 s, with the same result.
"""

import hashlib
from collections.abc import Generator
from typing import Any

from engine.core.lazy import Array, np
from engine.core.messages import Answer, Job, slices
from engine.data.dataset import Dataset, Results
from engine.model.network.probe import data_probe

NEAR = 0.95  # images with a higher cosine similarity are called nearly the same
MOST_PAIRS = 200  # maximum number of pairs that are listed, the most similar first; all are counted
MOST_KEPT = 4  # maximum number of data sets whose pairs are cached
# Blocks per side. With 7 x 7 blocks more pairs pass the bound: MNIST takes 38 s instead of 14.
SIDE = 14
HASHED, COARSE = 4_000, 2_000  # numbers of images that are hashed, or made coarse, in a turn of some 10 ms
TESTS, TRAINS = 250, 1_000  # numbers of images whose pairs are bounded in a turn
TURNS = 40  # number of turns, some tenths of a second, from answer to answer
MANY = 10_000  # more pairs take a turn of their own to be sorted
COMPARED = 3_000_000  # number of pixels that are compared exactly in a turn
ROUNDING = 1e-4  # tolerance for the rounding of the bounds


class Duplicates(Answer):
    """Pairs (pairs,) of a test image and the most similar training image, the `MOST_PAIRS` most similar so far."""

    tests: Array  # numbers of test images, each once ...
    trains: Array  # ... and of the training image most similar to it; the first of several that are equally similar
    similarity: Array  # the cosine similarity of their pixels, `NEAR` to 1
    equal: Array  # whether they are equal in all pixels
    test_labels: Array
    train_labels: Array
    pictures: Array  # the two images of each pair, the test image first: (pairs, 2, rows, columns[, 3]), uint8
    all_equal: int  # number of test images that equal a training image, listed or not
    all_near: int  # number of other test images whose cosine similarity to a training image is above `NEAR`
    of_two_classes: int  # number of all these pairs that have different labels
    done: float  # the share of the work that is done, 0 to 1


@data_probe
def find_duplicates(data: Dataset) -> Job:
    """Answer with `Duplicates`, first the equal ones, then in turns the others; a stopped search is continued."""

    def search() -> Job:
        search = _Search(data)
        yield from search.equal()
        yield search.answer(0.05)
        yield from search.near()
        yield search.answer(1.0)

    yield from _results.job(data, None, search)


_results: Results[None] = Results(MOST_KEPT)


class _Search:
    def __init__(self, data: Dataset) -> None:
        self._data = data
        # The similarity that a training image has to exceed for each test image (tests,).
        self._best = np.full(len(data.test_images), NEAR)
        # The training image most similar to each test image; -1 if none is near.
        self._of = np.full(len(data.test_images), -1, np.int64)
        self._is_equal = np.zeros(len(data.test_images), bool)

    def answer(self, done: float) -> Duplicates:
        matched = np.flatnonzero(self._of >= 0)
        order = np.lexsort((matched, -self._best[matched], ~self._is_equal[matched]))[:MOST_PAIRS]
        tests = matched[order]
        trains = self._of[tests]
        pictures = [self._data.shown(tests), self._data.shown(trains, train=True)]
        return Duplicates(
            tests=tests,
            trains=trains,
            similarity=self._best[tests],
            equal=self._is_equal[tests],
            test_labels=self._data.test_labels[tests],
            train_labels=self._data.train_labels[trains],
            pictures=np.stack(pictures, axis=1),
            all_equal=int(self._is_equal.sum()),
            all_near=len(matched) - int(self._is_equal.sum()),
            of_two_classes=int((self._data.test_labels[matched] != self._data.train_labels[self._of[matched]]).sum()),
            done=done,
        )

    def equal(self) -> Generator[None, Any, None]:
        """Find the test images that equal a training image."""
        numbers: dict[bytes, int] = {}
        train, test = self._data.train_images, self._data.test_images
        for part in slices(len(train), HASHED):
            for number in range(part.start, part.stop):
                numbers.setdefault(_hash(train[number]), number)
            yield None
        for part in slices(len(test), HASHED):
            for number in range(part.start, part.stop):
                place = numbers.get(_hash(test[number]))
                if place is not None:
                    self._of[number], self._best[number], self._is_equal[number] = place, 1.0, True
            yield None

    def near(self) -> Job:
        """Find for each other test image the most similar training image, if that is near."""
        train, test = self._data.train_images, self._data.test_images
        coarse_test, lengths = yield from _coarse(test)
        left = np.flatnonzero(~self._is_equal & (lengths > 0))
        total = max(1, len(left) * len(train))
        done = 0
        for part in slices(len(train), TRAINS):
            numbers = np.arange(part.start, part.stop)
            coarse, _ = _coarse_vectors(train[numbers])
            for turn, chosen in enumerate(slices(len(left), TESTS), 1):
                tests = left[chosen]
                bounds = coarse_test[tests] @ coarse.T
                rows, columns = np.nonzero(bounds > self._best[tests, None] - ROUNDING)
                if len(rows) > MANY:
                    yield None  # in the beginning, before close pairs raise the bar for others
                yield from self._compare(tests[rows], numbers[columns], bounds[rows, columns])
                done += len(tests) * len(numbers)
                is_due = chosen.stop == len(left) or turn % TURNS == 0
                yield self.answer(0.05 + 0.95 * done / total) if is_due else None

    def _compare(self, tests: Array, trains: Array, bounds: Array) -> Generator[None, Any, None]:
        """Compare pairs (pairs,) exactly, in descending order of their bounds."""
        order = np.argsort(-bounds, kind="stable")
        tests, trains, bounds = tests[order], trains[order], bounds[order]
        if len(tests) > MANY:
            yield None
        rows, columns = self._data.shape
        for part in slices(len(tests), max(1, COMPARED // (rows * columns))):
            some, others, bound = tests[part], trains[part], bounds[part]
            is_candidate = bound > self._best[some] - ROUNDING
            some, others = some[is_candidate], others[is_candidate]
            if not len(some):
                continue
            a = self._data.test_images[some].reshape(len(some), -1).astype(np.float32)
            b = self._data.train_images[others].reshape(len(some), -1).astype(np.float32)
            products = np.einsum("ij,ij->i", a, b, dtype=np.float64)
            norms = np.einsum("ij,ij->i", a, a, dtype=np.float64) * np.einsum("ij,ij->i", b, b, dtype=np.float64)
            similar = np.minimum(products / np.sqrt(norms), 1.0)
            for test, train, value in zip(some.tolist(), others.tolist(), similar.tolist(), strict=True):
                is_first = value == self._best[test] and train < self._of[test]
                if value > self._best[test] or is_first:
                    self._best[test], self._of[test] = value, train
            yield None


def _hash(image: Array) -> bytes:
    return hashlib.blake2b(image.tobytes(), digest_size=16).digest()


def _coarse(images: Array) -> Generator[None, Any, tuple[Array, Array]]:
    """Return the coarse images, (n, blocks + 1) float32, and the lengths of the images (n,), in turns."""
    coarse, lengths = list[Any](), list[Any]()
    for chosen in slices(len(images), COARSE):
        vectors, norms = _coarse_vectors(images[chosen])
        coarse.append(vectors)
        lengths.append(norms)
        yield None
    return np.concatenate(coarse), np.concatenate(lengths)


def _coarse_vectors(images: Array) -> tuple[Array, Array]:
    """Return for images (n, rows, columns), uint8, scaled to length 1: their coordinates in the space of pictures that
    are constant in each block, and the length of the residual, (n, blocks + 1); and their true lengths (n,).

    The scalar product of two of these is at least the cosine similarity of the images; it is 0 for an empty image.
    """
    _, rows, columns = images.shape
    edges = [np.unique(np.linspace(0, side, min(side, SIDE) + 1).astype(int)) for side in (rows, columns)]
    pixels = images.astype(np.float32)
    sums = np.add.reduceat(np.add.reduceat(pixels, edges[0][:-1], axis=1), edges[1][:-1], axis=2)
    areas = np.multiply.outer(np.diff(edges[0]), np.diff(edges[1])).astype(np.float32)
    blocks = (sums / np.sqrt(areas)).reshape(len(images), -1)
    squares = np.einsum("nij,nij->n", pixels, pixels)
    lengths = np.sqrt(squares)
    left = np.sqrt(np.maximum(squares - np.einsum("nj,nj->n", blocks, blocks), 0))
    return np.concatenate([blocks, left[:, None]], axis=1) / np.where(lengths > 0, lengths, 1)[:, None], lengths
