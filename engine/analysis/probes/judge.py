"""How similar an image is to real ones, and the answers of all runs of the session to it."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from engine.core.errors import UserError
from engine.core.lazy import Array
from engine.core.lens import Lens
from engine.core.messages import Job, LensAnswer, Turns
from engine.core.specs import PRESETS
from engine.core.text import isolated
from engine.data.dataset import Dataset, remembered
from engine.model.network.lens_network import fits, lens_network
from engine.model.network.plain import softmax
from engine.session.session import Session

SAMPLE = 200  # real images whose nearest neighbour is searched: enough for the mean within a few per cent
TURN_IMAGES, TURN_OTHERS = 40, 1_000  # images on both sides whose similarities are computed in a turn
MOST_RUNS = 8  # maximum number of runs that answer: the view has no room for more
ODD_SHARE = 0.05


class Verdict(NamedTuple):
    """One run's answer to the image: the likeliest class and its probability."""

    run: str
    title: str  # the run's title, or that of its preset; empty if it has neither
    answer: int
    probability: float


class Judgement(LensAnswer):
    """The test images most similar to an image, and the runs' answers to it, that of the lens first.

    Similarity is the cosine between two pictures. Without data that fit, and for a blank image, the arrays are empty;
    without data `usual`, `odd` and `least` are NaN.
    """

    # Not a distance: most of a picture is empty, so a faint image is close to thin digits whatever it shows.
    label: int | None  # the class of the real images that it is compared with; `None` for all
    numbers: Array  # in the test images, the most similar first (k,)
    labels: Array
    pictures: Array  # of shape (k, rows, columns), uint8
    likeness: Array
    usual: float  # mean cosine similarity of a real image of the class to its nearest neighbour, ...
    odd: float  # ... the value that 95 of 100 exceed, ...
    least: float  # ... and the smallest
    asked: int  # the number of real images of the class behind these
    verdicts: tuple[Verdict, ...]


def judge_image(session: Session, lens: Lens, image: Array, label: int | None = None, count: int = 8) -> Job:
    """Answer with `Judgement` of an image (rows, columns), compared with a class or (`None`) with all images."""
    network = lens_network(session, lens)
    numbers, likeness, similarities = np.zeros(0, np.int64), np.zeros(0), np.full(1, np.nan)
    real = _RealImages(session.data()) if fits(session.dataset, network.architecture) else None
    if real is not None:
        label = label if real.has(label) else None
        similarities = yield from real.similarities(label)
        numbers, likeness = real.nearest(image, count)
        yield None
    verdicts = []
    for run_lens in _lenses(session, lens):
        try:
            _, logits = lens_network(session, run_lens).answer(image)
        except UserError:
            # Deleted between two turns, or its weights cannot be read: a view that shows the run says so.
            continue
        probabilities = softmax(logits)
        answer = int(probabilities.argmax())
        run = session.runs[run_lens.run]
        presets = (preset.title for preset in PRESETS.values() if preset.spec == run.spec)
        title = isolated(run.title) or next(presets, "")
        verdicts.append(Verdict(run_lens.run, title, answer, float(probabilities[answer])))
        yield None
    yield Judgement(
        **network.shown,
        label=label,
        numbers=numbers,
        labels=real.data.test_labels[numbers] if real else np.zeros(0, np.uint8),
        pictures=real.data.shown(numbers) if real else np.zeros((0, *network.architecture.shape), np.uint8),
        likeness=likeness,
        usual=float(similarities.mean()),
        odd=float(np.quantile(similarities, ODD_SHARE)),
        least=float(similarities.min()),
        asked=len(similarities) if real else 0,
        verdicts=tuple(verdicts),
    )


class _NeighbourSimilarity:
    """Some real images, the similarity of each to its nearest neighbour so far, and the blocks left to compare."""

    def __init__(self, chosen: Array, total: int) -> None:
        self.chosen, self.values = chosen, np.full(len(chosen), -1.0)
        others = range(0, total, TURN_OTHERS)
        self.left = [(first, other) for first in range(0, len(chosen), TURN_IMAGES) for other in others]


@remembered(2)
class _RealImages:
    """The test images of a data set, as vectors of length 1, and similarities among them."""

    def __init__(self, data: Dataset) -> None:
        self.data = data
        self._units = np.empty((len(data.test_images), data.test_images[0].size), np.float32)
        self._read = 0
        # By class; `None` for those of all classes together.
        self._similarities: dict[int | None, _NeighbourSimilarity] = {}

    def has(self, label: int | None) -> bool:
        """Whether there are several images of the class."""
        return label is not None and int(np.count_nonzero(self.data.test_labels == label)) > 1

    def nearest(self, image: Array, count: int) -> tuple[Array, Array]:
        """Return numbers and similarities of the `count` nearest, (k,) each; none for a blank image."""
        vector = image.ravel().astype(np.float64)
        size = np.linalg.norm(vector)
        if not size:
            return np.zeros(0, np.int64), np.zeros(0)
        ranks = -(self._units @ (vector / size).astype(np.float32))
        few = min(4 * count, len(ranks))
        # More than `count`: float64 decides among the close ones.
        nearest = np.argpartition(ranks, few - 1)[:few]
        exact = self._units[nearest].astype(np.float64) @ (vector / size)
        order = np.lexsort((nearest, -exact))[:count]
        return nearest[order], exact[order]

    def similarities(self, label: int | None) -> Turns[Array]:
        """Return the similarity of some real images of the class to their nearest neighbours, in turns."""
        while self._read < len(self._units):
            read = slice(self._read, self._read + TURN_OTHERS)
            units = self._units[read]
            units[:] = self.data.test_images[read].reshape(len(units), -1)
            units /= np.maximum(np.linalg.norm(units, axis=1, keepdims=True), 1e-6)  # a blank one stays blank
            self._read = read.stop
            yield None
        if label not in self._similarities:
            labels = self.data.test_labels
            members = np.flatnonzero(labels == label) if label is not None else np.arange(len(labels))
            chosen = np.random.default_rng(0).permutation(members)[:SAMPLE]
            self._similarities[label] = _NeighbourSimilarity(chosen, len(labels))
        similarity = self._similarities[label]
        while similarity.left:  # another job may continue it meanwhile
            first, others = similarity.left.pop()
            chosen = similarity.chosen[first : first + TURN_IMAGES]
            units = self._units[others : others + TURN_OTHERS]
            products = self._units[chosen] @ units.T
            products[chosen[:, None] == others + np.arange(len(units))] = -1  # with itself
            best = similarity.values[first : first + TURN_IMAGES]
            np.maximum(best, products.max(axis=1), out=best)
            yield None
        return similarity.values


def _lenses(session: Session, lens: Lens) -> Iterator[Lens]:
    """Yield the lens itself, then the newest moments of the other runs that read images of this shape."""
    yield lens
    shape = session.runs[lens.run].shape
    others = (run for run in session.runs.values() if run.name != lens.run and run.shape == shape and run.moments)
    for run, _ in zip(list(others), range(MOST_RUNS - 1), strict=False):
        yield Lens(run.name)
