"""How many neurons or weights does a network need? Accuracy against how much of it is taken away."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

import numpy as np

from engine.data.fitting import fitting_data
from engine.errors import UserError
from engine.messages import Job, Message, read_only
from engine.network.accuracy import accuracy
from engine.network.activations import activations_of
from engine.network.readout import Readout, loss
from engine.network.shown import Varied, shown
from engine.specs import DenseLayer

if TYPE_CHECKING:
    from engine.lens import Lens
    from engine.network.shown import Shown
    from engine.session import Session

    type Array = np.ndarray[Any, Any]

POINTS = 41
"""So many points a curve has at most where each costs a run over all test images."""

MOST_TRAINED, MOST_JUDGED = 10_000, 2_000
"""So many training images are looked at, and so many test images where the network is run anew for each neuron."""

ONE_BY_ONE = {
    "test": "each time the neuron goes whose loss costs the fewest right answers on the test images",
    "train": "each time the neuron goes whose loss costs the fewest right answers on 10,000 training images",
}
AT_ONCE = (
    "each time those 2 % of the neurons that are left go whose loss, each alone, costs the fewest right answers on "
    "{images:,} of the {which} images"
)
ALONE = "the neurons go in the order of what silencing each alone costs on 2,000 test images"


MOST_SINGLY, PARTS = 1_024, 50
"""Of more neurons than that a part goes at once: one by one it would take an hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PruningCurve(Message):
    """The curve as far as it is known; the last one of a job is `finished`."""

    latest_only: ClassVar[bool] = True
    run: str
    step: int
    kind: Literal["neurons", "weights"]
    """What is taken away: neurons of one layer by silencing them, or weights of all kernels by setting them to 0."""
    layer: int | None
    """The hidden layer, from 0; `None` for weights."""
    total: int
    """How many there are."""
    removed: Array
    """How many are gone at each point, (points,) int, rising from 0, ..."""
    accuracies: Array
    """... and the accuracy on all test images then, (points,) float64."""
    order: Array
    """The neurons as they went, the least useful first, (removed,) int; empty for weights."""
    measure: str
    """In words, how the next one to go is chosen."""
    finished: bool


def prune_greedily(session: Session, lens: Lens, layer: int, on: Literal["test", "train"] = "test") -> Job:
    """Silence the neurons of a layer one by one, the least useful first; answer with `PruningCurve` as it grows.

    In the last hidden layer, where that is dense, each next one is that without which most images of `on` are read
    rightly, of equals that with the least loss: the greedy way, which looks one step ahead and no further. In `train`
    these are the first 10,000 training images; the accuracies are always on the test images, so with `test` they
    flatter a little. Of more than 1,024 neurons 2 % of those left go at once, as 2,000 of the images judge each alone.
    In other layers, where each trial means to run the rest of the network, the order is that of
    what silencing each neuron alone costs on some test images, and the curve has fewer points.

    What the lens has silenced already counts as gone. Of a run that was deleted meanwhile there is nothing to tell.
    Raises `UserError` when the data are not what the network reads, or there is no such layer.
    """
    if lens.run not in session.runs:
        return
    network = shown(session, lens)
    if not 0 <= layer < len(network.layers):
        raise UserError(f"Run {lens.run} has no hidden layer {layer + 1}.")
    gone = sorted(each.number for each in network.key.silenced if each.layer == layer)
    left = np.setdiff1d(np.arange(network.layers[layer].width), gone)
    is_linear = layer == len(network.layers) - 1 and isinstance(network.layers[layer], DenseLayer)
    points = _one_by_one(session, network, left, on) if is_linear else _by_cost(session, network, layer, left)
    measure = _say_measure(on, len(left)) if is_linear else ALONE
    yield from _grown(lens.run, network.key.step, layer, gone, len(left), points, measure)


def _grown(
    run: str,
    step: int,
    layer: int,
    gone: list[int],
    left: int,
    points: Iterator[_Point | None],
    measure: str,
) -> Job:
    """Tell the curve of a layer anew with each point."""
    order, removed, accuracies = list(gone), list[int](), list[float]()
    for point in points:
        if point is None:
            yield None
            continue
        order += point.neurons
        removed.append(len(order))
        accuracies.append(point.accuracy)
        yield PruningCurve(
            run=run,
            step=step,
            kind="neurons",
            layer=layer,
            total=left + len(gone),
            removed=read_only(np.array(removed)),
            accuracies=read_only(np.array(accuracies)),
            order=read_only(np.array(order, int)),
            measure=measure,
            finished=len(order) == left + len(gone),
        )


def prune_weights(session: Session, lens: Lens) -> Job:
    """Set the smallest weights of all kernels to 0, more and more; answer with `PruningCurve` as it grows.

    All kernels have one threshold, biases stay. Of a run that was deleted meanwhile there is nothing to tell. Raises
    `UserError` when the data are not what the network reads.
    """
    if lens.run not in session.runs:
        return
    network = shown(session, lens)
    data, images = fitting_data(session, network.architecture), session.tensors().test_images
    sizes = np.sort(np.concatenate([np.abs(kernel).ravel() for kernel in network.weights[::2]]))
    yield None
    removed, accuracies = list[int](), list[float]()
    shares = 1 - (1 - np.linspace(0, 1, POINTS)) ** 2  # closest together where little is left
    for share in shares:
        count = round(share * sizes.size)
        threshold = sizes[count - 1] if count else -1.0
        kernels = [np.where(np.abs(kernel) <= threshold, 0, kernel) for kernel in network.weights[::2]]
        weights = [each for pair in zip(kernels, network.weights[1::2], strict=True) for each in pair]
        logits = yield from _logits(network, images, Varied(weights=weights))
        removed.append(int(np.searchsorted(sizes, threshold, side="right")))
        accuracies.append(accuracy(logits, data.test_labels).whole)
        yield PruningCurve(
            run=lens.run,
            step=network.key.step,
            kind="weights",
            layer=None,
            total=sizes.size,
            removed=read_only(np.array(removed)),
            accuracies=read_only(np.array(accuracies)),
            order=read_only(np.zeros(0, int)),
            measure="the smallest weights of all kernels go first",
            finished=len(removed) == len(shares),
        )


def needed(curve: PruningCurve, loss: float = 0.01) -> int:
    """Return how many suffice, as far as the curve goes, for an accuracy at most `loss` below its first."""
    enough = curve.accuracies >= curve.accuracies[0] - loss - 1e-12
    return curve.total - int(curve.removed[enough].max())


class _Point(NamedTuple):
    """What came next: the neurons that went since the last point, and the accuracy without them and all before."""

    neurons: list[int]
    accuracy: float


type _Points = Generator[_Point | None, Any, None]


def _one_by_one(session: Session, network: Shown, left: Array, on: Literal["test", "train"]) -> _Points:
    """Go through the last hidden layer."""
    found = yield from activations_of(session, network)
    kernel = network.weights[-2]
    test = Readout(found.hidden[-1], found.logits, found.labels, kernel)
    judge = test
    if on == "train":
        judge = Readout(*(yield from _on_training_images(session, network)), kernel)
    yield _Point([], test.accuracy())
    if left.size > MOST_SINGLY:
        yield from _many_at_once(test, judge.some(MOST_JUDGED), left)
        return
    while left.size:
        neuron = yield from judge.least_useful(left)
        left = left[left != neuron]
        judge.silence(neuron)
        if test is not judge:
            test.silence(neuron)
        yield _Point([neuron], test.accuracy())


def _many_at_once(test: Readout, judge: Readout, left: Array) -> _Points:
    """Go through a wide last hidden layer."""
    while left.size:
        count = -(-left.size // PARTS)
        neurons = yield from judge.least_useful_of_many(left, count)
        left = np.setdiff1d(left, neurons)
        for readout in (judge, test):
            yield from readout.silence_many(neurons)
        yield _Point(neurons.tolist(), test.accuracy())


def _say_measure(on: Literal["test", "train"], neurons: int) -> str:
    which = "test" if on == "test" else "training"
    return ONE_BY_ONE[on] if neurons <= MOST_SINGLY else AT_ONCE.format(images=MOST_JUDGED, which=which)


def _on_training_images(session: Session, network: Shown) -> Generator[None, Any, tuple[Array, Array, Array]]:
    images = session.tensors().train_images[:MOST_TRAINED]
    labels = session.data().train_labels[:MOST_TRAINED]
    hidden, logits, first = list[Any](), list[Any](), 0
    while first < len(images):
        chosen, layers, outputs = network.some(images, first)
        hidden.append(layers[-1])
        logits.append(outputs)
        first = chosen.stop
        yield None
    return np.concatenate(hidden), np.concatenate(logits), labels


def _by_cost(session: Session, network: Shown, layer: int, left: Array) -> _Points:
    """Go through any layer in the order of what each neuron alone is worth."""
    data, images = fitting_data(session, network.architecture), session.tensors().test_images
    some = np.linspace(0, len(data.test_images) - 1, min(len(data.test_images), MOST_JUDGED)).astype(int)
    costs = []
    for neuron in left:
        logits = yield from _logits(network, data.test_images[some], _silenced(network, layer, [neuron]))
        right = accuracy(logits, data.test_labels[some]).whole
        costs.append((-right, loss(logits, data.test_labels[some])))
    order = left[np.lexsort(np.array(costs).reshape(-1, 2).T[::-1])]
    done = 0
    for count in np.unique(np.linspace(0, len(order), min(len(order) + 1, POINTS)).astype(int)):
        varied = _silenced(network, layer, order[:count])
        logits = yield from _logits(network, images, varied)
        yield _Point(order[done:count].tolist(), accuracy(logits, data.test_labels).whole)
        done = count


def _silenced(network: Shown, layer: int, neurons: Any) -> Varied:
    passed = network.all_passed()
    passed[layer][:, neurons] = 0
    return Varied(passed=passed)


def _logits(network: Shown, images: Any, varied: Varied) -> Generator[None, Any, Array]:
    parts, first = list[Any](), 0
    while first < len(images):
        chosen, _, logits = network.some(images, first, varied)
        parts.append(logits)
        first = chosen.stop
        yield None
    return np.concatenate(parts)
