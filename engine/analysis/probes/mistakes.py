"""The test images that the network misreads, its answers and their probabilities."""

import numpy as np

from engine.core.lazy import Array
from engine.core.messages import LensAnswer, Turns
from engine.data.dataset import Dataset
from engine.model.network.activations import activations_of
from engine.model.network.lens_network import LensNetwork
from engine.model.network.plain import softmax
from engine.model.network.probe import KnownRuns, runs_probe
from engine.model.training.learned import answer_names, remark_on

# The images of one class with one answer; `None` stands for all classes, or all answers, but only misread images.
type Cell = tuple[int | None, int | None]

ALL: Cell = (None, None)  # all misread images


class Mistakes(LensAnswer):
    """The answers to all test images."""

    names: tuple[str, ...]  # the names of the images' classes; there may be fewer names than the network has classes
    answer_names: tuple[str, ...]  # the names of the answers: the same, unless the run learned from other data
    labels: Array  # the true class of each image (images,)
    answers: Array  # the likeliest class of each image (images,)
    probabilities: Array  # the probability of each answer (images,)
    confusion: Array  # the number of images of the row's class with the column's answer (classes, classes), integers
    order: Array  # all classes (classes,), those that are confused most next to each other
    is_finite: bool = True  # whether all logits are finite; otherwise the answers mean nothing
    remark: str = ""  # a sentence if the run learned from other data; else empty

    @property
    def wrong(self) -> int:
        """The number of misread images."""
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
        return np.divide(self.confusion.diagonal(), counts, out=np.full(len(counts), np.nan), where=counts > 0)

    def images(self, cell: Cell = ALL, *, highest_first: bool = True) -> Array:
        """Return the numbers of the images of a cell, ordered by the probability of the answer."""
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
def mistakes(network: LensNetwork, data: Dataset, runs: KnownRuns) -> Turns[Mistakes]:
    """Return the network's answers to all test images of a data set, in turns."""
    activations = yield from activations_of(network, data)
    answers, classes = activations.answers, network.architecture.classes
    is_finite = bool(np.isfinite(activations.logits).all())
    probabilities = softmax(activations.logits.astype(np.float64)).max(axis=1) if is_finite else np.zeros(len(answers))
    confusion = confused(activations.labels, answers, classes)
    run = runs[network.key.run]
    return Mistakes(
        **network.shown,
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
    """Return the number of images of each class (rows) with each answer (columns): integers (classes, classes)."""
    pairs = labels.astype(np.int64) * classes + answers
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def similar_order(confusion: Array) -> Array:
    """Return all classes (classes,) in a row, those that are confused most next to each other.

    Pairs are joined from the most to the least confused, if both are at an end of their chain; others come by number.
    """
    classes = len(confusion)
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    mixed = shares + shares.T
    ones, others = np.triu_indices(classes, 1)
    chains = {label: [label] for label in range(classes)}  # for each class its chain
    for pair in np.argsort(-mixed[ones, others], kind="stable"):
        one, other = int(ones[pair]), int(others[pair])
        left, right = chains[one], chains[other]
        are_ends = one in (left[0], left[-1]) and other in (right[0], right[-1])
        if not mixed[one, other] or left is right or not are_ends:
            continue
        joined = (left if left[-1] == one else left[::-1]) + (right if right[0] == other else right[::-1])
        chains |= dict.fromkeys(joined, joined)
    whole = {id(chain): chain if chain[0] < chain[-1] else chain[::-1] for chain in chains.values()}
    return np.array([label for chain in whole.values() for label in chain], np.int64)
