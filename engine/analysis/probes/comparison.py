"""Two networks side by side: which images they answer differently, and how alike their layers are."""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from engine.core.array import Array
from engine.core.lens import Lens, Share
from engine.core.messages import Job, LensAnswer
from engine.core.turns import slices
from engine.data.dataset import Dataset
from engine.data.kept import DataCache
from engine.model.network.activations import Activations, activations_of
from engine.model.network.fitting import fitting_data
from engine.model.network.lens_network import Key, lens_network
from engine.model.network.mixture import are_alike, in_order, matching
from engine.model.network.plain import softmax
from engine.model.network.product import product_over_rows
from engine.model.network.summary import summary
from engine.model.training.learned import remark_on
from engine.session.session import Session

BLOCK = 4096
"""Number of images in a turn."""

type Part = Literal["answers", "layers", "neurons"]

PARTS: tuple[Part, ...] = ("answers", "layers", "neurons")
"""What a comparison consists of: what both answer, how alike layers are, and how neurons differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(LensAnswer):
    """What the networks of two lenses make of the same test images."""

    other: Share
    """The other network at the step that was meant, matched where that could be; its weight does not matter."""
    labels: Array
    """The true class of each test image, (images,)."""
    answers: Array
    """What the one and the other answers, (2, images)."""
    probabilities: Array
    """The probability that each gives to its answer, (2, images) float32."""
    alike: Array
    """Linear CKA between each layer of the one and each of the other, outputs last: (layers, layers of the other)."""
    means: tuple[Array, ...]
    """Per hidden layer the mean outputs of the one less those of the other, (classes, neurons); none where the
    networks have different layers or numbers of classes."""
    means_before: tuple[Array, ...]
    """Of the one alone, of the same shapes."""
    weights: tuple[Array, ...]
    """Kernels of the one less those of the other; none where the networks differ as above."""
    remarks: tuple[str, ...] = ()
    """A sentence for each of both runs that learned from other data."""

    @property
    def differing(self) -> Array:
        """The numbers of the test images that are answered differently, rising: (n,)."""
        return np.flatnonzero(self.answers[0] != self.answers[1])

    @property
    def right(self) -> tuple[int, int, int, int]:
        """How many images both read rightly, only the one, only the other, none of them."""
        one, other = self.answers == self.labels
        return (
            int((one & other).sum()),
            int((one & ~other).sum()),
            int((~one & other).sum()),
            int((~one & ~other).sum()),
        )


def compare(session: Session, lens: Lens, other: Share, parts: Collection[Part] = PARTS) -> Job:
    """Answer with `Comparison`, in turns; what is in no wanted part is empty.

    Of `other` run and moment count; where it is matched its neurons are put in the order in which they are most like
    the one's, if both `are_alike`. The other network need not know the classes of examples that the one was taught:
    of their images it reads none correctly. Raises `NotYetError` when a run is not there or has no weights, `UserError`
    when the data are not what the networks read.
    """
    alone = Lens(other.run, other.moment)
    networks = lens_network(session, lens), lens_network(session, alone)
    data = fitting_data(session.data(), networks[0].architecture)
    # Of a network that was taught more classes the other one lacks them.
    fitting_data(data, networks[1].architecture, beside=other.run)
    one = yield from activations_of(networks[0], data)
    another = yield from activations_of(networks[1], data)
    is_alike = are_alike(session.run(lens.run), session.run(other.run))
    orders: tuple[Array, ...] = tuple(np.arange(layer.width) for layer in networks[1].layers)
    matched = is_alike and other.matched
    if matched and "neurons" in parts:
        orders = matching(networks[0].layers, networks[0].weights, networks[1].weights)
        yield None
    alike = np.empty((0, 0))
    if "layers" in parts:
        keys = [(network.key, data) for network in networks]
        alike = yield from _similarities(one, another, keys)
    means: list[Array] = []
    before: list[Array] = []
    weights: list[Array] = []
    if is_alike and "neurons" in parts:
        there = in_order(networks[1].layers, networks[1].weights, orders)
        weights = [a - b for a, b in zip(networks[0].weights[::2], there[::2], strict=True)]
        classes = networks[0].architecture.classes
        for number, order in enumerate(orders):
            here = yield from summary(one.hidden[number], one.labels, classes)
            others = yield from summary(another.hidden[number], another.labels, classes)
            before.append(here.means)
            means.append(here.means - others.means[:, order])
    labels, answers, shares = np.empty(0, one.labels.dtype), np.empty((2, 0), np.int64), np.empty((2, 0))
    if "answers" in parts:
        labels = one.labels
        answers = np.stack([one.answers, another.answers])
        everyone = np.arange(len(labels))
        shares = np.stack(
            [softmax(one.logits)[everyone, answers[0]], softmax(another.logits)[everyone, answers[1]]]
        )
    runs = session.run(lens.run), session.run(other.run)
    remarks = (remark_on(data, run) for run in runs)
    yield Comparison(
        run=lens.run,
        step=networks[0].key.step,
        other=Share(other.run, networks[1].key.step, 1.0, matched),
        labels=labels,
        answers=answers,
        probabilities=shares,
        alike=alike,
        means=tuple(means),
        means_before=tuple(before),
        weights=tuple(weights),
        remarks=tuple(dict.fromkeys(filter(None, remarks))),
    )


class _OfLayer(NamedTuple):
    """What a layer's similarity to others is computed from, besides its activations."""

    sums: Array
    """Of each neuron over all images, (neurons,) float64."""
    norm: float
    """The sum of its squared covariances with itself."""


_known: DataCache[tuple[Key, Dataset], list[_OfLayer]] = DataCache(count=8)
"""Of networks on test images, for each layer: along a road only the one end changes."""


def _similarities(
    one: Activations, other: Activations, keys: Sequence[tuple[Key, Dataset]]
) -> Generator[None, Any, Array]:
    """Return the linear CKA of all pairs of layers, the logits last: 1 where one is the other but for a turn and size.

    Kornblith et al., Similarity of Neural Network Representations Revisited (2019), equation 3 with linear kernels.
    """
    layers, others = (*one.hidden, one.logits), (*other.hidden, other.logits)
    known = []
    for key, all_of in zip(keys, (layers, others), strict=True):
        own = _known.get(key) or []
        for layer in all_of[len(own) :]:
            sums = product_over_rows(np.ones((1, len(layer)), np.float32), layer)[0]
            own.append(_OfLayer(sums, (yield from _shared(layer, layer, sums, sums))))
        known.append(_known.put(key, own))
    similarities = np.empty((len(layers), len(others)))
    for row, (layer, mine) in enumerate(zip(layers, known[0], strict=True)):
        for column, (other_layer, its) in enumerate(zip(others, known[1], strict=True)):
            shared = yield from _shared(layer, other_layer, mine.sums, its.sums)
            scale = np.sqrt(mine.norm * its.norm)
            similarities[row, column] = shared / scale if scale > 0 else 0.0
    return similarities


def _shared(one: Array, other: Array, sums: Array, other_sums: Array) -> Generator[None, Any, float]:
    """Return the sum of the squared covariances between the neurons of two layers, (images, neurons) each."""
    total = np.zeros((one.shape[1], other.shape[1]))
    for block in slices(len(one), BLOCK):
        parts = [layer[block].astype(np.float32, copy=False) for layer in (one, other)]
        total += product_over_rows(parts[0].T, parts[1])
        yield None
    covariance = total - np.outer(sums, other_sums) / len(one)
    return float(np.square(covariance).sum())
