"""Which test images does the network misread, for what does it take them, and with what probability?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.core.array import Array
from engine.core.messages import LensAnswer
from engine.core.turns import Turns
from engine.data.dataset import Dataset
from engine.model.network.activations import activations_of
from engine.model.network.lens_network import LensNetwork
from engine.model.network.plain import softmax
from engine.model.network.probe import runs_probe
from engine.model.training.learned import answer_names, remark_on
from engine.model.training.run import Run

if TYPE_CHECKING:
    from collections.abc import Mapping

type Cell = tuple[int | None, int | None]
"""Images of one class with one answer. Where one is `None`: those of all classes, or with all answers, but only what is
misread."""

ALL: Cell = (None, None)
"""All that is misread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistakes(LensAnswer):
    """How all test images are read."""

    names: tuple[str, ...]
    """What the classes of the images are called; there may be fewer names than the network has classes."""
    answer_names: tuple[str, ...]
    """What the answers are called: the same, unless the run learned from other data."""
    labels: Array
    """The true class of each image (images,)."""
    answers: Array
    """The likeliest class of each image (images,)."""
    probabilities: Array
    """How probable the network takes its answer to be (images,)."""
    confusion: Array
    """How often the class of the row was answered with that of the column (classes, classes), whole numbers."""
    order: Array
    """All classes (classes,), those that are mixed up most side by side."""
    is_finite: bool = True
    """Whether all logits are numbers; otherwise there is no answer worth the name."""
    remark: str = ""
    """A sentence that says that the run learned from other data; empty where it did not."""

    @property
    def wrong(self) -> int:
        """How many images are misread."""
        return int(self.confusion.sum() - self.confusion.trace())

    @property
    def accuracy(self) -> float:
        """The share of images that are classified correctly; NaN without images."""
        total = len(self.labels)
        return (total - self.wrong) / total if total else float("nan")

    @property
    def class_accuracy(self) -> Array:
        """The same for each class (classes,); NaN for a class without images."""
        counts = self.confusion.sum(axis=1)
        return np.divide(
            self.confusion.diagonal(), counts, out=np.full(len(counts), np.nan), where=counts > 0
        )

    def images(self, cell: Cell = ALL, *, highest_first: bool = True) -> Array:
        """Return the numbers of the images of a cell, by the probability of the answer."""
        label, answer = cell
        chosen = np.ones(len(self.labels), bool)
        if label is None or answer is None:
            chosen = self.labels != self.answers
        if label is not None:
            chosen &= self.labels == label
        if answer is not None:
            chosen &= self.answers == answer
        numbers = np.flatnonzero(chosen)
        shares = self.probabilities[numbers]
        return numbers[np.argsort(-shares if highest_first else shares, kind="stable")]


@runs_probe
def mistakes(network: LensNetwork, data: Dataset, runs: Mapping[str, Run]) -> Turns[Mistakes]:
    """Return how the network reads all test images of a data set, in turns."""
    activations = yield from activations_of(network, data)
    answers, classes = activations.answers, network.architecture.classes
    is_finite = bool(np.isfinite(activations.logits).all())
    probabilities = (
        softmax(activations.logits.astype(np.float64)).max(axis=1) if is_finite else np.zeros(len(answers))
    )
    confusion = confused(activations.labels, answers, classes)
    run = runs[network.key.run]
    return Mistakes(
        run=network.key.run,
        step=network.key.step,
        names=data.classes,
        answer_names=answer_names(data, run),
        labels=activations.labels,
        answers=answers,
        probabilities=probabilities,
        confusion=confusion,
        order=similar_order(confusion),
        is_finite=is_finite,
        remark=remark_on(data, run),
    )


def confused(labels: Array, answers: Array, classes: int) -> Array:
    """Return how often each class (rows) was answered with each (columns): whole numbers (classes, classes)."""
    pairs = labels.astype(np.int64) * classes + answers
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def similar_order(confusion: Array) -> Array:
    """Return all classes (classes,) in a row, those that are mixed up most side by side.

    The pairs are joined from the most mixed up to the least, as far as both still stand at an end of their chain. What
    counts of a pair is the share of each class that is taken for the other. What was never mixed up comes by number.
    """
    classes = len(confusion)
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    mixed = shares + shares.T
    ones, others = np.triu_indices(classes, 1)
    chains = {label: [label] for label in range(classes)}
    """For each class the chain in which it stands."""
    for pair in np.argsort(-mixed[ones, others], kind="stable"):
        one, other = int(ones[pair]), int(others[pair])
        left, right = chains[one], chains[other]
        if not mixed[one, other] or left is right or one not in _ends(left) or other not in _ends(right):
            continue
        joined = (left if left[-1] == one else left[::-1]) + (right if right[0] == other else right[::-1])
        chains |= dict.fromkeys(joined, joined)
    whole = {id(chain): chain if chain[0] < chain[-1] else chain[::-1] for chain in chains.values()}
    return np.array([label for chain in whole.values() for label in chain], np.int64)


def _ends(chain: list[int]) -> tuple[int, int]:
    return chain[0], chain[-1]
