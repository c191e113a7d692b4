"""Two networks side by side: the images that they answer differently, and how similar their layers are."""

from collections.abc import Collection, Generator, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from engine.core.language import tr
from engine.core.lazy import Array
from engine.core.lens import Lens, Share
from engine.core.messages import Job, LensAnswer, slices
from engine.data.dataset import DataCache, Dataset, say_summary
from engine.model.network.activations import Activations, activations_of
from engine.model.network.lens_network import Key, fitting_data, lens_network
from engine.model.network.mixture import are_alike, check_orders, in_order, matching
from engine.model.network.plain import softmax
from engine.model.network.summary import product_over_rows, summary
from engine.model.training.learned import remark_on
from engine.session.session import Session

BLOCK = 4096  # number of images in a turn

type Part = Literal["answers", "layers", "neurons"]

# The parts of a comparison: both networks' answers, the similarity of layers, and the differences of neurons.
PARTS: tuple[Part, ...] = ("answers", "layers", "neurons")


class Comparison(LensAnswer):
    """What the networks of two lenses make of the same test images."""

    other: Share  # the other network at the step that was used, matched if possible; its weight has no meaning here
    labels: Array  # the true class of each test image, (images,)
    answers: Array  # the answers of the first and the other network, (2, images)
    probabilities: Array  # the probability that each gives to its answer, (2, images) float32
    # Linear CKA between each layer of the first and each of the other, outputs last: (layers, layers of the other).
    alike: Array
    # For each hidden layer the first network's mean outputs minus the other's, (classes, neurons); empty if the
    # networks have different layers or numbers of classes.
    means: tuple[Array, ...]
    means_before: tuple[Array, ...]  # the first network's own means, of the same shapes
    weights: tuple[Array, ...]  # kernels of the first minus those of the other; empty if the networks differ as above
    reads: tuple[int, ...]  # the shape of what the first of these kernels reads
    remarks: tuple[str, ...] = ()  # a sentence for each of the two runs that learned from other data

    @property
    def differing(self) -> Array:
        """The numbers of the test images that are answered differently, ascending: (n,)."""
        return np.flatnonzero(self.answers[0] != self.answers[1])

    @property
    def right(self) -> tuple[int, int, int, int]:
        """The numbers of images that both read correctly, only the first, only the other, neither."""
        one_wrong, other_wrong = self.answers != self.labels
        both, one, other, neither = np.bincount(2 * one_wrong + other_wrong, minlength=4).tolist()
        return both, one, other, neither


def compare(session: Session, lens: Lens, other: Share, parts: Collection[Part] = PARTS) -> Job:
    """Answer with `Comparison`, in turns; the arrays of other parts than `parts` are empty.

    The neurons of a matched `other` are reordered, if both `are_alike`. It never answers with classes of examples that
    only the first network was taught. Raises `NotYetError` without a run or weights, `UserError` for unfit data, and
    for a matched `other` whose neurons have no order of their own.
    """
    # Only the parts that the page shows: along a road every place is another network, and CKA alone takes longer than
    # the pause between two steps of the slider, so with all parts no answer would finish during a drag.
    networks = lens_network(session, lens), lens_network(session, Lens(other.run, other.moment))
    data = fitting_data(session.data(), networks[0].architecture)
    # The first network may have been taught more classes than the other has.
    fitting_data(data, networks[1].architecture, beside=other.run)
    is_alike = are_alike(session.run(lens.run), session.run(other.run))
    matched = is_alike and other.matched
    if matched:
        check_orders(session.run(other.run))
    first = yield from activations_of(networks[0], data)
    second = yield from activations_of(networks[1], data)
    orders: tuple[Array, ...] = tuple(np.arange(layer.width) for layer in networks[1].layers)
    reordered = networks[1].weights
    if matched and "neurons" in parts:
        orders = matching(networks[0].layers, networks[0].weights, reordered)
        reordered = in_order(networks[1].layers, reordered, orders)
        yield None
    alike = np.empty((0, 0))
    if "layers" in parts:
        alike = yield from _similarities(first, second, [(network.key, data) for network in networks])
    means: list[Array] = []
    before: list[Array] = []
    weights: list[Array] = []
    if is_alike and "neurons" in parts:
        weights = [networks[0].weights[number] - reordered[number] for number in networks[0].plan.kernels]
        classes = networks[0].architecture.classes
        for number, order in enumerate(orders):
            own = yield from summary(first.hidden[number], first.labels, classes)
            others = yield from summary(second.hidden[number], second.labels, classes)
            before.append(own.means)
            means.append(own.means - others.means[:, order])
    labels, answers, shares = np.empty(0, first.labels.dtype), np.empty((2, 0), np.int64), np.empty((2, 0))
    if "answers" in parts:
        labels = first.labels
        answers = np.stack([first.answers, second.answers])
        images = np.arange(len(labels))
        probabilities = softmax(first.logits), softmax(second.logits)
        shares = np.stack([probabilities[place][images, answers[place]] for place in (0, 1)])
    runs = [session.run(name) for name in dict.fromkeys((lens.run, other.run))]
    remarks = tuple(filter(None, (remark_on(data, run) for run in runs)))
    if len(remarks) == 2 and runs[0].dataset == runs[1].dataset:
        remarks = (tr("Both learned from other data: {data}.", data=say_summary(runs[0].dataset)),)
    yield Comparison(
        **networks[0].shown,
        other=Share(other.run, networks[1].key.step, 1.0, matched),
        labels=labels,
        answers=answers,
        probabilities=shares,
        alike=alike,
        means=tuple(means),
        means_before=tuple(before),
        weights=tuple(weights),
        reads=networks[0].plan.read_by(0 if networks[0].layers else -1),
        remarks=remarks,
    )


class _LayerStatistics(NamedTuple):
    sums: Array  # the sum of each neuron over all images, (neurons,) float64
    norm: float  # the sum of the squared covariances of the layer with itself


# By network and test images, for each layer: along a road only one end changes.
_statistics: DataCache[tuple[Key, Dataset], list[_LayerStatistics]] = DataCache(count=8)


def _similarities(
    first: Activations, second: Activations, keys: Sequence[tuple[Key, Dataset]]
) -> Generator[None, Any, Array]:
    """Return the linear CKA of all pairs of layers, the logits last: Kornblith et al. (2019), equation 3."""
    layers, others = (*first.hidden, first.logits), (*second.hidden, second.logits)
    statistics = []
    for key, network_layers in zip(keys, (layers, others), strict=True):
        own = _statistics.get(key) or []
        for layer in network_layers[len(own) :]:
            sums = product_over_rows(np.ones((1, len(layer)), np.float32), layer)[0]
            own.append(_LayerStatistics(sums, (yield from _shared(layer, layer, sums, sums))))
        statistics.append(_statistics.put(key, own))
    similarities = np.empty((len(layers), len(others)))
    for row, (layer, mine) in enumerate(zip(layers, statistics[0], strict=True)):
        for column, (other_layer, its) in enumerate(zip(others, statistics[1], strict=True)):
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
