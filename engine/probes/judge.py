"""How far is an image from real ones, and what do all runs of the session say of it?"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from engine.data.fitting import fits
from engine.errors import UserError
from engine.lens import Lens
from engine.messages import Job, Message, read_only
from engine.network.plain import softmax
from engine.network.product import product, times_vector
from engine.network.shown import shown
from engine.specs import PRESETS

if TYPE_CHECKING:
    from engine.data.dataset import Dataset
    from engine.session import Session
    from engine.training.run import Run

    type Array = np.ndarray[Any, Any]

SAMPLE = 200
"""So many real images are asked for their nearest neighbour: their mean is known within a few per cent."""

TURN_IMAGES, TURN_OTHERS = 40, 1_000
"""Distances between so many images and so many others are a turn."""

MOST_RUNS = 8
"""So many runs are asked; more would not fit beside each other."""

FAR_SHARE = 0.95


class Verdict(NamedTuple):
    """What one run makes of the image: its likeliest class and how probable it is."""

    run: str
    title: str
    """What it is called, or its preset; empty where there is nothing to say."""
    answer: int
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement(Message):
    """The test images nearest to an image, in pixels, and what the runs say of it, that of the lens first.

    Distances are Euclidean, pixels between 0 and 1 (those of the image may lie outside). Without data that fit, the
    arrays are empty and `usual` and `far` are NaN.
    """

    latest_only: ClassVar[bool] = True
    run: str
    step: int
    numbers: Array
    """In the test images, the nearest first (k,)."""
    labels: Array
    pictures: Array
    """Of shape (k, rows, columns), uint8."""
    distances: Array
    usual: float
    """How far a real test image is from its nearest fellow, on average, ..."""
    far: float
    """... and what 95 of 100 keep within."""
    verdicts: tuple[Verdict, ...]


def judge_image(session: Session, lens: Lens, image: Array, count: int = 8) -> Job:
    """Answer with `Judgement` of an image (rows, columns); of a run that was deleted there is nothing to tell.

    How far real images are from each other is reckoned once for a data set, in turns.
    """
    if lens.run not in session.runs or not session.runs[lens.run].moments:
        return
    network = shown(session, lens)
    numbers, distances, usual, far = np.zeros(0, np.int64), np.zeros(0), float("nan"), float("nan")
    real = _real(session.data()) if fits(session, network.architecture) else None
    if real is not None:
        yield from real.go_on()
        numbers, distances = real.nearest(image, count)
        yield None
        usual, far = float(real.apart.mean()), float(np.quantile(real.apart, FAR_SHARE))
    verdicts = []
    for each in _lenses(session, lens):
        verdict = _verdict(session, each, image)
        verdicts += [verdict] if verdict else []
        yield None
    shape = network.architecture.shape
    yield Judgement(
        run=lens.run,
        step=network.key.step,
        numbers=read_only(numbers),
        labels=read_only(real.data.test_labels[numbers] if real else np.zeros(0, np.uint8)),
        pictures=read_only(real.data.test_images[numbers] if real else np.zeros((0, *shape), np.uint8)),
        distances=read_only(distances),
        usual=usual,
        far=far,
        verdicts=tuple(verdicts),
    )


class _Real:
    """The test images of a data set, as vectors, and how far some of them are from their nearest fellow."""

    def __init__(self, data: Dataset) -> None:
        self.data = data
        total = len(data.test_images)
        self._vectors = np.empty((total, data.test_images[0].size), np.float32)
        self._squares = np.empty(total, np.float32)
        self._read = 0
        self._chosen = np.random.default_rng(0).permutation(total)[:SAMPLE]
        self.apart = np.full(len(self._chosen), np.inf)
        """Distance of each sampled image to its nearest fellow; infinite where that is not yet known."""
        parts = range(0, total, TURN_OTHERS)
        self._left = [(first, part) for first in range(0, len(self._chosen), TURN_IMAGES) for part in parts]

    def nearest(self, image: Array, count: int) -> tuple[Array, Array]:
        """Return numbers and distances of the `count` nearest, (k,) each."""
        vector = image.ravel().astype(np.float32)
        ranks = self._squares - 2 * times_vector(self._vectors, vector)
        few = min(4 * count, len(ranks))
        found = np.argpartition(ranks, few - 1)[:few]  # some more, of which the exact distance decides
        exact = np.linalg.norm(self._vectors[found].astype(np.float64) - image.ravel(), axis=1)
        order = np.lexsort((found, exact))[:count]
        return found[order], exact[order]

    def go_on(self) -> Job:
        """Read the images and look for the neighbours that are left."""
        while self._read < len(self._vectors):
            read = slice(self._read, self._read + TURN_OTHERS)
            vectors = self._vectors[read]
            np.divide(self.data.test_images[read].reshape(len(vectors), -1), np.float32(255), out=vectors)
            self._squares[read] = np.einsum("ij,ij->i", vectors, vectors)
            self._read = read.stop
            yield None
        while self._left:  # another job may go on with it meanwhile
            first, others = self._left[-1]
            chosen = self._chosen[first : first + TURN_IMAGES]
            vectors = self._vectors[others : others + TURN_OTHERS]
            squares = self._squares[chosen, None] + self._squares[others : others + TURN_OTHERS]
            squares -= 2 * product(self._vectors[chosen], vectors.T)
            squares[chosen[:, None] == others + np.arange(len(vectors))] = np.inf  # itself
            apart = self.apart[first : first + TURN_IMAGES]
            np.minimum(apart, np.sqrt(np.maximum(squares.min(axis=1), 0)), out=apart)
            self._left.pop()
            yield None


_real = functools.lru_cache(2)(_Real)


def _lenses(session: Session, lens: Lens) -> Iterator[Lens]:
    """Yield the lens itself, then the newest moments of the other runs that read such images."""
    yield lens
    shape = session.runs[lens.run].shape
    others = (
        run for run in session.runs.values() if run.name != lens.run and run.shape == shape and run.moments
    )
    for run, _ in zip(list(others), range(MOST_RUNS - 1), strict=False):
        yield Lens(run.name)


def _verdict(session: Session, lens: Lens, image: Array) -> Verdict | None:
    if lens.run not in session.runs:  # deleted between two turns
        return None
    try:
        _, logits = shown(session, lens).answer(image)
    except UserError:  # weights that can no longer be read: told where that run is looked at
        return None
    probabilities = softmax(logits)
    answer = int(probabilities.argmax())
    return Verdict(lens.run, _title(session.runs[lens.run]), answer, float(probabilities[answer]))


def _title(run: Run) -> str:
    return run.title or next((preset.title for preset in PRESETS.values() if preset.spec == run.spec), "")
