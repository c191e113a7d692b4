"""How far is an image from real ones, and what do all runs of the session say of it?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from engine.core.array import Array
from engine.core.errors import UserError
from engine.core.lens import Lens
from engine.core.messages import Job, LensAnswer
from engine.core.specs import PRESETS
from engine.core.text import isolated
from engine.data.dataset import Dataset
from engine.data.kept import remembered
from engine.model.network.fitting import fits
from engine.model.network.lens_network import lens_network
from engine.model.network.plain import softmax
from engine.model.training.run import Run
from engine.session.session import Session

SAMPLE = 200
"""Number of real images whose nearest neighbour is looked for: their mean is known within a few per cent."""

TURN_IMAGES, TURN_OTHERS = 40, 1_000
"""Numbers of images on both sides whose similarities are computed in a turn."""

MOST_RUNS = 8
"""Maximum number of runs that are asked; more would not fit beside each other."""

ODD_SHARE = 0.05


class Verdict(NamedTuple):
    """What one run makes of the image: its likeliest class and how probable it is."""

    run: str
    title: str
    """What it is called, or its preset; empty where there is nothing to say."""
    answer: int
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement(LensAnswer):
    """The test images that are most like an image, and what the runs say of it, that of the lens first.

    Likeness is the cosine of the angle between two pictures: 1 where they differ in strength alone, 0 where they have
    nothing in common, less where one has ink taken away that the other has. (Distances between pixels would call a
    faint image near, whatever it shows: most of a real picture is empty.) Without data that fit, or where the image is
    blank, the arrays are empty; without data `usual`, `odd` and `least` are NaN.
    """

    label: int | None
    """The class whose real images it is compared with; `None` for all."""
    numbers: Array
    """In the test images, the most similar first (k,)."""
    labels: Array
    pictures: Array
    """Of shape (k, rows, columns), uint8."""
    likeness: Array
    usual: float
    """Mean cosine similarity of a real image of the class to its nearest neighbour, ..."""
    odd: float
    """... what 95 of 100 surpass ..."""
    least: float
    """... and what all of them reach."""
    asked: int
    """How many real images of the class were asked."""
    verdicts: tuple[Verdict, ...]


def judge_image(session: Session, lens: Lens, image: Array, label: int | None = None, count: int = 8) -> Job:
    """Answer with `Judgement` of an image (rows, columns) that is for a class, or for none.

    How like real images are to each other is computed once for a class of a data set, in turns.
    """
    network = lens_network(session, lens)
    numbers, likeness, alike = np.zeros(0, np.int64), np.zeros(0), np.full(1, np.nan)
    real = _real(session.data()) if fits(session.dataset, network.architecture) else None
    if real is not None:
        label = label if real.has(label) else None
        yield from real.go_on(label)
        alike = real.fellows[label].alike
        numbers, likeness = real.nearest(image, count)
        yield None
    verdicts = []
    for each in _lenses(session, lens):
        verdict = _verdict(session, each, image)
        verdicts += [verdict] if verdict else []
        yield None
    shape = network.architecture.shape
    yield Judgement(
        run=lens.run,
        step=network.key.step,
        label=label,
        numbers=numbers,
        labels=real.data.test_labels[numbers] if real else np.zeros(0, np.uint8),
        pictures=real.data.shown(numbers) if real else np.zeros((0, *shape), np.uint8),
        likeness=likeness,
        usual=float(alike.mean()),
        odd=float(np.quantile(alike, ODD_SHARE)),
        least=float(alike.min()),
        asked=len(alike) if real else 0,
        verdicts=tuple(verdicts),
    )


class _Fellows:
    """Some real images, and the similarity of each to its nearest neighbour; what of that is still to be computed."""

    def __init__(self, chosen: Array, total: int) -> None:
        self.chosen, self.alike = chosen, np.full(len(chosen), -1.0)
        parts = range(0, total, TURN_OTHERS)
        self.left = [(first, part) for first in range(0, len(chosen), TURN_IMAGES) for part in parts]


class _Real:
    """The test images of a data set, as vectors of length 1, and some similarities to the nearest neighbour."""

    def __init__(self, data: Dataset) -> None:
        self.data = data
        self._units = np.empty((len(data.test_images), data.test_images[0].size), np.float32)
        self._read = 0
        self.fellows: dict[int | None, _Fellows] = {}
        """By class; under `None` those of all classes together."""

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
        found = np.argpartition(ranks, few - 1)[:few]  # some more, of which the exact likeness decides
        exact = self._units[found].astype(np.float64) @ (vector / size)
        order = np.lexsort((found, -exact))[:count]
        return found[order], exact[order]

    def go_on(self, label: int | None) -> Job:
        """Read the images and look for the fellows of this class that are left."""
        while self._read < len(self._units):
            read = slice(self._read, self._read + TURN_OTHERS)
            units = self._units[read]
            units[:] = self.data.test_images[read].reshape(len(units), -1)
            units /= np.maximum(np.linalg.norm(units, axis=1, keepdims=True), 1e-6)  # a blank one stays blank
            self._read = read.stop
            yield None
        fellows = self._fellows_of(label)
        while fellows.left:  # another job may go on with it meanwhile
            first, others = fellows.left.pop()
            chosen = fellows.chosen[first : first + TURN_IMAGES]
            units = self._units[others : others + TURN_OTHERS]
            alike = self._units[chosen] @ units.T
            alike[chosen[:, None] == others + np.arange(len(units))] = -1  # itself
            best = fellows.alike[first : first + TURN_IMAGES]
            np.maximum(best, alike.max(axis=1), out=best)
            yield None

    def _fellows_of(self, label: int | None) -> _Fellows:
        if label not in self.fellows:
            labels = self.data.test_labels
            those = np.flatnonzero(labels == label) if label is not None else np.arange(len(labels))
            chosen = np.random.default_rng(0).permutation(those)[:SAMPLE]
            self.fellows[label] = _Fellows(chosen, len(labels))
        return self.fellows[label]


_real = remembered(2)(_Real)


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
    try:
        _, logits = lens_network(session, lens).answer(image)
    except (
        UserError
    ):  # deleted between two turns, or its weights can no longer be read: told where it is looked at
        return None
    probabilities = softmax(logits)
    answer = int(probabilities.argmax())
    return Verdict(lens.run, _title(session.runs[lens.run]), answer, float(probabilities[answer]))


def _title(run: Run) -> str:
    return isolated(run.title) or next(
        (preset.title for preset in PRESETS.values() if preset.spec == run.spec), ""
    )
