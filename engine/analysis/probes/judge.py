"""How similar an image is to real ones, and the answers of all runs of the session to it."""

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from engine.core.errors import UserError
from engine.core.lazy import Array
from engine.core.lens import Lens
from engine.core.messages import Job, LensAnswer, Turns, slices
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
    data = session.data() if fits(session.dataset, network.architecture) else None
    if data is not None:
        label = label if np.count_nonzero(data.test_labels == label) > 1 else None
        vectors = yield from _unit_vectors(data.test_images)
        similarities = yield from _similarities(vectors, data, label)
        numbers, likeness = _nearest(vectors, image, count)
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
        labels=data.test_labels[numbers] if data else np.zeros(0, np.uint8),
        pictures=data.shown(numbers) if data else np.zeros((0, *network.architecture.shape), np.uint8),
        likeness=likeness,
        usual=float(similarities.mean()),
        odd=float(np.quantile(similarities, ODD_SHARE)),
        least=float(similarities.min()),
        asked=len(similarities) if data else 0,
        verdicts=tuple(verdicts),
    )


@remembered(2)
def _known(data: Dataset) -> dict[int | None, Array]:
    """What `_similarities` has returned for these data, by class."""
    return {}


def _unit_vectors(images: Array) -> Turns[Array]:
    """Return images as vectors of length 1 (images, pixels), float32; a blank one stays blank."""
    # Not kept: of MNIST they take 31 MB, and 30 ms to compute.
    vectors = np.empty((len(images), images[0].size), np.float32)
    for part in slices(len(images), TURN_OTHERS):
        units = vectors[part]
        units[:] = images[part].reshape(len(units), -1)
        units /= np.maximum(np.linalg.norm(units, axis=1, keepdims=True), 1e-6)
        yield None
    return vectors


def _nearest(vectors: Array, image: Array, count: int) -> tuple[Array, Array]:
    """Return numbers and similarities of the `count` nearest, (k,) each; none for a blank image."""
    vector = image.ravel().astype(np.float64)
    size = np.linalg.norm(vector)
    if not size:
        return np.zeros(0, np.int64), np.zeros(0)
    ranks = -(vectors @ (vector / size).astype(np.float32))
    few = min(4 * count, len(ranks))
    # More than `count`: float64 decides among the close ones.
    nearest = np.argpartition(ranks, few - 1)[:few]
    exact = vectors[nearest].astype(np.float64) @ (vector / size)
    order = np.lexsort((nearest, -exact))[:count]
    return nearest[order], exact[order]


def _similarities(vectors: Array, data: Dataset, label: int | None) -> Turns[Array]:
    """Return the similarity of some real images of the class, or of all, to their nearest neighbours, in turns."""
    known, labels = _known(data), data.test_labels
    if label not in known:
        members = np.flatnonzero(labels == label) if label is not None else np.arange(len(labels))
        chosen = np.random.default_rng(0).permutation(members)[:SAMPLE]
        nearest = np.full(len(chosen), -1.0)
        for part, others in itertools.product(slices(len(chosen), TURN_IMAGES), slices(len(labels), TURN_OTHERS)):
            products = vectors[chosen[part]] @ vectors[others].T
            products[chosen[part, None] == np.arange(len(labels))[others]] = -1  # with itself
            np.maximum(nearest[part], products.max(axis=1), out=nearest[part])
            yield None
        known[label] = nearest
    return known[label]


def _lenses(session: Session, lens: Lens) -> Iterator[Lens]:
    """Yield the lens itself, then the newest moments of the other runs that read images of this shape."""
    yield lens
    shape = session.runs[lens.run].shape
    others = (run for run in session.runs.values() if run.name != lens.run and run.shape == shape and run.moments)
    for run, _ in zip(list(others), range(MOST_RUNS - 1), strict=False):
        yield Lens(run.name)
