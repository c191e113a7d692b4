"""How many neurons or weights a network needs: its accuracy against the number of those removed."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np

from engine.core.language import mark, tr
from engine.core.layers.kinds import ConvLayer
from engine.core.lazy import Array
from engine.core.messages import Job, LensAnswer, Turns
from engine.data.dataset import Dataset, Results
from engine.model.network.activations import activations_of
from engine.model.network.lens_network import Key, LensNetwork, Varied
from engine.model.network.paths import dense_path
from engine.model.network.plain import accuracy
from engine.model.network.probe import KnownRuns, images_probe, runs_probe
from engine.model.network.readout import Readout, loss
from engine.model.network.remainder import Remainder, work_of
from engine.model.training.learned import compared_with
from engine.model.training.run import Run
from engine.model.training.tensors import tensors_of

MOST_KEPT = 64  # maximum number of networks and layers whose curves are cached
POINTS = 41  # points of a curve if each needs a pass of all test images through the whole network
FINE = 1_000  # between two such points the boundary of `TOLERANCE` is searched to 1 / FINE of the whole
TOLERANCE = 0.01  # the loss of accuracy that counts as keeping it: 1 percentage point
# Images that judge the last layer's neurons singly, and many at once.
MOST_TRAINED, MOST_JUDGED = 10_000, 2_000
# Images in a trial of an earlier layer's neuron, at most and at least; fewer than `MOST_TRIED` if a trial would have
# more weighted operations than `AFFORDABLE`.
MOST_TRIED, LEAST_TRIED, AFFORDABLE = 5_000, 256, 1_200_000
# In each round the loss is recomputed for this many neurons, or feature maps: those that cost least last time. Of
# 784-128-64-10 that finds 65 of 128 neurons; an order by the cost of each alone, never recomputed, needs 112.
CANDIDATES, FEATURE_MAPS = 16, 8
MOST_MAPPED = 1_000  # images in a trial of a convolution's feature map, which runs the whole network

ONE_BY_ONE = mark(
    "in each step goes the neuron whose removal costs the fewest correct answers on {images:,} training images"
)
AT_ONCE = mark(
    "in each step go the 2 % of the remaining neurons whose removal, one alone, costs the fewest correct answers on "
    "{images:,} training images"
)
SIMPLE = mark(
    "by what is known of each alone on {images:,} training images; of nine such orders, and one found step by step, "
    "this needs the fewest on the test images"
)
NEURONS_AGAIN = mark(
    "dead neurons go first, then in each step goes the neuron whose removal raises the cross-entropy on {images:,} "
    "training images least; computed anew in each step for the {candidates} cheapest so far"
)
MAPS_AGAIN = mark(
    "dead neurons go first, then in each step goes the feature map whose removal raises the cross-entropy on "
    "{images:,} training images least; computed anew in each step for the {candidates} cheapest so far"
)

MOST_SINGLY, PARTS = 1_024, 50  # of more neurons, 1 / PARTS goes at once: one by one it would take an hour


class PruningCurve(LensAnswer):
    """The curve as far as it is computed; the last one of a job is `finished`."""

    # What is removed: neurons of one layer by silencing them, or weights of all kernels by setting them to 0.
    kind: Literal["neurons", "weights"]
    layer: int | None  # the hidden layer, from 0; `None` for weights
    total: int  # the number of all neurons, or weights
    removed: Array  # the number of removed ones at each point, (points,) int, ascending from 0, ...
    accuracies: Array  # ... and the accuracy on all test images, (points,) float64
    order: Array  # the neurons in the order of their removal, (removed,) int; empty for weights
    measure: str  # in words, how the next one is chosen
    finished: bool
    images: int | None = None  # the number of test images that the accuracies are measured on
    remark: str = ""  # a sentence if the run did not learn from the images by which neurons are chosen; else empty


class WeightsCurve(PruningCurve):
    """A class of its own: an unread curve of neurons must not be replaced by one of weights in the same job."""


@runs_probe
def prune(network: LensNetwork, data: Dataset, runs: KnownRuns, layer: int) -> Job:
    """Answer as `prune_greedily` does, then as `prune_weights`; a stopped job is continued."""

    def both() -> Job:
        yield from _prune_greedily(network, data, runs, layer)
        yield from _prune_weights(network, data)

    yield from _results.job(data, (network.key, layer), both)


@images_probe
def known_pruning(network: LensNetwork, data: Dataset, layer: int) -> Job:
    """Answer at once with the curves of `prune` as far as they were computed before, or not at all."""
    yield from _results.known(data, (network.key, layer))


def _prune_greedily(network: LensNetwork, data: Dataset, runs: KnownRuns, layer: int) -> Job:
    """Silence the neurons of a layer one by one, the least useful first; answer with `PruningCurve` as it grows.

    Neurons are chosen on those training images that the run learned from. The accuracies are on all test images.

    In the last hidden layer, if the outputs read it as dense layers do, the next one is that without which most images
    are read correctly, then that with the least loss: exact, over 10,000 training images at most. Of more than 1,024
    neurons 2 % of the remaining go at once, judged each alone on 2,000 images. If one of nine orders by a figure of
    each neuron alone needs fewer neurons in the end, it is taken instead: greedy looks only one step ahead.

    In other layers dead neurons go first; then the next one is that without which the loss is least, recomputed in each
    round only for those that cost least before: the cost of a neuron rarely falls as others go. The result is an upper
    bound of the number needed. Neurons that the lens silences count as removed. Raises `UserError` without the layer.
    """
    spec = network.hidden_layer(layer)
    gone = sorted(neuron.number for neuron in network.key.silenced if neuron.layer == layer)
    left = np.setdiff1d(np.arange(spec.width), gone)
    pool, remark = _judges(data, runs[network.key.run], runs)
    later = _dense_after(network, layer)
    if later is None:
        way: _Way = _WholeNetwork(data, network, layer, pool)
    elif later == [-1]:
        way = _LastLayer(data, network, len(left), pool)
    else:
        way = _EarlierLayer(data, network, layer, later, pool)
    total = len(gone) + len(left)
    growing = _Growing(network, layer, way.measure, remark, total, len(data.test_labels), gone)
    yield from _grown(growing, way, left, data)


prune_greedily = runs_probe(_prune_greedily)


def _dense_after(network: LensNetwork, layer: int) -> list[int] | None:
    """Return the numbers of the dense layers behind a dense one up to the outputs (-1); `None` if there are others."""
    path = dense_path(network.plan, -1)
    return list(path[path.index(layer) + 1 :]) if layer in path else None


def _grown(growing: "_Growing", way: "_Way", left: Array, data: Dataset) -> Job:
    """Answer with the curve after each point, find where it falls below `needed`, and compare with simpler orders."""
    for point in way.points(left):
        if point is None:
            yield None
            continue
        growing.order += point.neurons
        if point.accuracy is not None:
            growing.accuracies[len(growing.order)] = point.accuracy
            yield growing.curve()
    while (count := _boundary(growing.accuracies, 1)) is not None:
        varied = _silenced(growing.network, growing.layer, growing.order[:count])
        growing.accuracies[count] = yield from _tested(growing.network, data, varied)
        yield growing.curve()
    simple = yield from way.simpler(left, needed(growing.curve()))
    if simple is not None:
        growing.measure, order, accuracies = simple
        gone = growing.total - len(order)
        growing.order[gone:] = order.tolist()
        growing.accuracies = dict(enumerate(accuracies[::-1].tolist(), gone))
    growing.is_compared = True
    yield growing.curve()


@dataclass(slots=True)
class _Growing:
    network: LensNetwork
    layer: int
    measure: str
    remark: str
    total: int
    images: int
    order: list[int]
    accuracies: dict[int, float] = field(default_factory=dict)
    is_compared: bool = False  # whether simpler orders have been compared

    def curve(self) -> PruningCurve:
        removed = sorted(self.accuracies)
        return PruningCurve(
            **self.network.shown,
            kind="neurons",
            layer=self.layer,
            total=self.total,
            removed=np.array(removed),
            accuracies=np.array([self.accuracies[count] for count in removed]),
            order=np.array(self.order, int),
            measure=self.measure,
            finished=self.is_compared,
            images=self.images,
            remark=self.remark,
        )


def _prune_weights(network: LensNetwork, data: Dataset) -> Job:
    """Set the smallest weights of all kernels to 0, more and more; answer with `WeightsCurve` as it grows.

    All kernels have one threshold, biases stay. There are more points around the place where it falls below `needed`.
    """
    sizes = np.sort(np.concatenate([np.abs(kernel).ravel() for kernel in network.kernels]))
    yield None
    accuracies = dict[int, float]()
    shares = 1 - (1 - np.linspace(0, 1, POINTS)) ** 2  # closest together where few weights are left
    waiting = [round(share * sizes.size) for share in shares]
    while waiting:
        count = waiting.pop(0)
        threshold = sizes[count - 1] if count else -1.0
        gone = int(np.searchsorted(sizes, threshold, side="right"))
        is_new = gone not in accuracies
        if is_new:  # equally small weights are removed together
            weights = [*network.weights]
            for number in network.plan.kernels:
                weights[number] = np.where(np.abs(weights[number]) <= threshold, 0, weights[number])
            accuracies[gone] = yield from _tested(network, data, Varied(weights=weights))
        if not waiting and (is_new or count == sizes.size):
            finer = _boundary(accuracies, max(1, sizes.size // FINE))
            waiting += [] if finer is None else [finer]
        removed = sorted(accuracies)
        yield WeightsCurve(
            **network.shown,
            kind="weights",
            layer=None,
            total=sizes.size,
            removed=np.array(removed),
            images=len(data.test_labels),
            accuracies=np.array([accuracies[count] for count in removed]),
            order=np.zeros(0, int),
            measure=tr("the smallest weights of all kernels go first"),
            finished=not waiting,
        )


prune_weights = images_probe(_prune_weights)


def _boundary(accuracies: dict[int, float], gap: int) -> int | None:
    """Return the count to measure next so that the number that can go is known to within `gap`; `None` if it is."""
    counts = sorted(accuracies)
    enough = max(count for count in counts if _is_enough(accuracies[count], accuracies[counts[0]]))
    above = next((count for count in counts if count > enough), enough)
    return (enough + above) // 2 if above - enough > gap else None


def _is_enough(accuracy: Any, first: Any, loss: float = TOLERANCE) -> Any:
    return accuracy >= first - loss - 1e-12


def needed(curve: PruningCurve, loss: float = TOLERANCE) -> int:
    """Return the number that suffices, as far as the curve goes, for an accuracy at most `loss` below its first."""
    enough = _is_enough(curve.accuracies, curve.accuracies[0], loss)
    return curve.total - int(curve.removed[enough].max())


class _Point(NamedTuple):
    """The next point: the neurons that went since the last one, and the accuracy then, `None` if not measured."""

    neurons: list[int]
    accuracy: float | None


class _Simple(NamedTuple):
    """A simpler order: how it is chosen in words, its neurons, and the accuracies with 0, 1, ... all of them."""

    measure: str
    order: Array
    accuracies: Array


type _Points = Generator[_Point | None, Any, None]


class _Judges(NamedTuple):
    """The images by which neurons are chosen, uint8 (n, rows, columns), and their classes."""

    images: Array
    labels: Array


class _Way(Protocol):
    measure: str  # in words, how the next one is chosen

    def points(self, left: Array) -> _Points:
        """Go through these neurons until none is left, the first point with none gone."""

    def simpler(self, left: Array, most: int) -> Turns[_Simple | None]:
        """Return, after the points, a simpler order that needs fewer than `most`, or `None`: usually it needs more."""
        yield from ()
        return None


class _LastLayer(_Way):
    """The last hidden layer, if dense: each trial is exact, over all images."""

    def __init__(self, data: Dataset, network: LensNetwork, neurons: int, on: _Judges) -> None:
        self._data, self._network, self._on = data, network, on
        self._is_narrow = neurons <= MOST_SINGLY
        self._numbers = _spread(on.labels, MOST_TRAINED)
        images = len(self._numbers) if self._is_narrow else min(MOST_JUDGED, len(self._numbers))
        self.measure = tr(ONE_BY_ONE if self._is_narrow else AT_ONCE, images=images)

    def points(self, left: Array) -> _Points:
        """Go through these neurons until none is left."""
        test, judge = yield from self._readouts()
        yield _Point([], test.accuracy())
        if not self._is_narrow:
            yield from self._many_at_once(test, judge.some(MOST_JUDGED), left)
            return
        while left.size:
            neuron = yield from judge.least_useful(left)
            left = left[left != neuron]
            judge.silence(neuron)
            test.silence(neuron)
            yield _Point([neuron], test.accuracy())

    def simpler(self, left: Array, most: int) -> Turns[_Simple | None]:
        """Return the best of nine simple orders, if it needs fewer than `most`."""
        test, judge = yield from self._readouts()
        first, best = test.accuracy(), None
        incoming = np.linalg.norm(self._network.kernel(-2), axis=0)[left]
        for order in (yield from judge.simple_orders(left, incoming)):
            accuracies = yield from test.accuracies_of(order, most - 1)
            enough = np.flatnonzero(_is_enough(accuracies, first))
            if enough.size:
                most, best = int(enough[0]), order
        if best is None:
            return None
        accuracies = yield from test.accuracies_of(best, len(left))
        return _Simple(tr(SIMPLE, images=len(self._numbers)), best, accuracies)

    def _readouts(self) -> Turns[tuple[Readout, Readout]]:
        """Return the readout of the test images, and of the images that judge."""
        network, kernel = self._network, self._network.kernel(-1)
        outputs = yield from activations_of(network, self._data)
        test = Readout(outputs.hidden[-1], outputs.logits, outputs.labels, kernel)
        (hidden,), logits = yield from network.outputs_in_turns(self._on.images[self._numbers], [-1])
        return test, Readout(hidden, logits, self._on.labels[self._numbers], kernel)

    def _many_at_once(self, test: Readout, judge: Readout, left: Array) -> _Points:
        """Go through a wide layer: each neuron is judged alone, and a part of them goes at once."""
        while left.size:
            neurons = yield from judge.least_useful_of_many(left, -(-left.size // PARTS))
            left = np.setdiff1d(left, neurons)
            for readout in (judge, test):
                yield from readout.silence_many(neurons)
            yield _Point(neurons.tolist(), test.accuracy())


class _EarlierLayer(_Way):
    """A dense layer before others: a trial subtracts the neuron and computes the layers after it."""

    def __init__(self, data: Dataset, network: LensNetwork, layer: int, later: Sequence[int], on: _Judges) -> None:
        self._data, self._network, self._layer, self._on = data, network, layer, on
        self._later = later[:-1]  # the hidden ones among the layers after it
        self._weights = [array for number in later for array in (network.kernel(number), network.bias(number))]
        affordable = AFFORDABLE // work_of(self._weights)
        self._numbers = _spread(on.labels, min(MOST_TRIED, max(LEAST_TRIED, affordable)))
        self.measure = tr(NEURONS_AGAIN, images=len(self._numbers), candidates=CANDIDATES)

    def points(self, left: Array) -> _Points:
        """Go through these neurons until none is left."""
        data, network = self._data, self._network
        outputs = yield from activations_of(network, data)
        (hidden,), _ = yield from network.outputs_in_turns(self._on.images[self._numbers], [self._layer])
        judge = self._remainder(hidden, self._on.labels[self._numbers])
        test = self._remainder(outputs.hidden[self._layer], outputs.labels)
        for remainder in (judge, test):
            yield from remainder.begin()
        trials = _Trials(left, hidden, judge.losses_without, CANDIDATES)
        new = left[:0]
        while True:
            logits = yield from test.logits()
            yield _Point(new.tolist(), accuracy(logits, outputs.labels).whole)
            new = yield from trials.next_ones()
            if not new.size:
                return
            for remainder in (judge, test):
                yield from remainder.silence(new)

    def _remainder(self, hidden: Array, labels: Array) -> Remainder:
        passed = [self._network.passed[number] for number in self._later]
        activations = [self._network.layers[number].activation for number in self._later]
        return Remainder(hidden, labels, self._weights, activations, passed)


class _WholeNetwork(_Way):
    """A convolution, or a layer before other than dense ones.

    Each trial runs the whole network, so there are fewer of them, on fewer images.
    """

    def __init__(self, data: Dataset, network: LensNetwork, layer: int, on: _Judges) -> None:
        self._data, self._network, self._layer, self._on = data, network, layer, on
        self._numbers = _spread(on.labels, MOST_MAPPED)
        said = MAPS_AGAIN if isinstance(network.layers[layer], ConvLayer) else NEURONS_AGAIN
        self.measure = tr(said, images=len(self._numbers), candidates=FEATURE_MAPS)
        self._gone = list[int]()

    def points(self, left: Array) -> _Points:
        """Go through these neurons or maps until none is left; the accuracy is measured at `POINTS` at most."""
        network = self._network
        (hidden,), _ = yield from network.outputs_in_turns(self._on.images[self._numbers], [self._layer])
        grid = set(np.linspace(0, len(left), min(len(left) + 1, POINTS)).astype(int).tolist())
        trials = _Trials(left, hidden, self._losses_without, FEATURE_MAPS)
        new = left[:0]
        while True:
            self._gone += new.tolist()
            measured = None
            if len(self._gone) in grid or len(self._gone) == len(left):
                measured = yield from _tested(network, self._data, _silenced(network, self._layer, self._gone))
            yield _Point(new.tolist(), measured)
            new = yield from trials.next_ones()
            if not new.size:
                return

    def _losses_without(self, neurons: Array) -> Turns[Array]:
        images, labels = self._on.images[self._numbers], self._on.labels[self._numbers]
        losses = []
        for neuron in neurons:
            varied = _silenced(self._network, self._layer, [*self._gone, neuron])
            _, logits = yield from self._network.outputs_in_turns(images, varied=varied)
            losses.append(loss(logits, labels))
        return np.array(losses)


class _Trials:
    """Chooses the next of the neurons `left` to remove: the dead ones first, then by the losses without them.

    The losses are recomputed for the cheapest ones only. `hidden` are the outputs that judge, (images, neurons).
    """

    def __init__(
        self, left: Array, hidden: Array, losses_without: Callable[[Array], Turns[Array]], candidates: int
    ) -> None:
        self._left, self._losses_without, self._candidates = left, losses_without, candidates
        self._dead = left[~hidden[:, left].any(axis=0)]
        self._losses: Array | None = None

    def next_ones(self) -> Turns[Array]:
        """Return the next neurons to go: all dead ones if there are any, else the cheapest; none at the end."""
        chosen = np.isin(self._left, self._dead)
        if self._dead.size:
            self._dead = self._dead[:0]
        elif self._left.size:
            count = 1 if self._left.size <= MOST_SINGLY else -(-self._left.size // PARTS)
            if self._losses is None:
                candidates = np.arange(len(self._left))
                self._losses = np.zeros(len(self._left))
            else:
                candidates = np.argsort(self._losses, kind="stable")[: max(self._candidates, 2 * count)]
            self._losses[candidates] = yield from self._losses_without(self._left[candidates])
            chosen[candidates[np.argsort(self._losses[candidates], kind="stable")[:count]]] = True
        neurons, self._left = self._left[chosen], self._left[~chosen]
        if self._losses is not None:
            self._losses = self._losses[~chosen]
        return neurons


def _spread(labels: Array, most: int) -> Array:
    """Return the numbers of at most `most` images, evenly spaced: data may be sorted by class."""
    return np.linspace(0, len(labels) - 1, min(most, len(labels))).astype(int)


def _judges(data: Dataset, run: Run, runs: KnownRuns) -> tuple[_Judges, str]:
    """Return the images by which neurons are chosen, and a sentence if the run learned from no training image."""
    compared = compared_with(data, run, runs)
    return _Judges(compared.data.train_images, data.train_labels[compared.learned.numbers]), compared.caveat


def _tested(network: LensNetwork, data: Dataset, varied: Varied) -> Turns[float]:
    """Return the accuracy on the test images with something of the network replaced."""
    _, logits = yield from network.outputs_in_turns(tensors_of(data).test_images, varied=varied)
    return accuracy(logits, data.test_labels).whole


def _silenced(network: LensNetwork, layer: int, neurons: Any) -> Varied:
    passed = network.all_passed()
    passed[layer][:, neurons] = 0
    return Varied(passed=passed)


_results: Results[tuple[Key, int]] = Results(MOST_KEPT)
