"""The output of every neuron of a hidden layer for every test image, as a map for each class."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from engine.analysis.probes.neuron_order import ImageKey, NeuronKey, image_order, ordered, selectivity
from engine.core.cache import Cache
from engine.core.language import mark, tr_plural
from engine.core.layers.kinds import ConvLayer
from engine.core.lazy import Array
from engine.core.messages import LensAnswer, Turns, read_only
from engine.data.dataset import DataCache, Dataset
from engine.model.network.activations import Activations, activations_of
from engine.model.network.lens_network import Key, LensNetwork
from engine.model.network.probe import images_probe
from engine.model.network.summary import Summary, summary

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_KEPT = 16  # maximum number of layers whose orders are cached, at a tenth of a megabyte each
BRIGHTEST = 0.995  # quantile at the end of the colour scale: the few strongest would make all others pale
ROUNDING = 1e-6  # a share of the neurons this close to a whole number is taken for that number
SAMPLE = 200_000  # sample size of activations for the end of the colour scale
AT_ONCE = 2_000_000  # number of values in a turn: some 10 ms
WIDTH, HEIGHT = 300, 600  # pixels of a map on a sheet
BIN_ROUNDING = 1e-9  # an edge this close to a row's end is taken to be there


class View(NamedTuple):
    """The orders, the visible part and the size in pixels of the wanted maps.

    `top`, `bottom`, `left` and `right` are shares of rows and columns, 0 to 1; neurons and images that are partly
    inside are shown whole. `held` is an order of the neurons (neurons,) that replaces that by `rows` during a film.
    """

    layer: int = 0
    rows: NeuronKey = "index"
    columns: ImageKey = "index"
    top: float = 0.0
    bottom: float = 1.0
    left: float = 0.0
    right: float = 1.0
    height: int = 200
    width: int = 150
    held: tuple[int, ...] | None = None


class Fingerprints(LensAnswer):
    """A map per class: rows are neurons in `order`, columns the class' test images.

    The orders, `most` and `silent` are those of the untouched network at this moment, so nothing moves when neurons
    are silenced; `maps`, `means` and `hidden` are as the lens shows them.
    """

    view: View
    order: Array  # all neurons from top to bottom, (neurons,) int
    # For each class the numbers of all its test images in the columns' order, (images of the class,) int.
    images: tuple[Array, ...]
    rows: tuple[int, int]  # the first shown place in `order`, and the one after the last, ...
    columns: tuple[tuple[int, int], ...]  # ... and the same in `images`, for each class
    # For each class (h, w) float32: the mean of what falls into each pixel, parts of neurons and images weighted by
    # their share. Never more pixels than neurons or images: then each value is exact. No columns for an empty class.
    maps: tuple[Array, ...]
    # The mean of each neuron over each class, (classes, neurons) float32 in natural order; NaN without images.
    means: Array
    most: float  # upper end of the colour scale of all classes: 99.5 % of the non-zero values are below it
    silent: Array  # numbers of the neurons that never fire on any test image, apart from silencing by hand, (k,) int
    hidden: Array  # the activations (images, neurons), read-only and shared, float32 or, for large layers, float16
    labels: Array  # of the test images, (images,)
    kind: str  # The meaning of a row: `neurons`, or `feature maps, averaged`.
    # The class with the highest mean output of each neuron, untouched, (neurons,) int in natural order.
    favourites: Array

    def sheet(self, names: Sequence[str], figures: Sequence[str], foot: str = "") -> "Image":
        """Return the maps on a sheet with a name and a figure for each class; `foot` as for `drawn_sheet`."""
        from engine.analysis.ideal.sheet import drawn_sheet

        maps = np.zeros((len(self.maps), HEIGHT, WIDTH), np.float32)
        for large, map_ in zip(maps, self.maps, strict=True):
            if map_.size:
                rows, columns = map_.shape
                large[:] = map_[np.arange(HEIGHT) * rows // HEIGHT][:, np.arange(WIDTH) * columns // WIDTH]
        return drawn_sheet(maps, names, figures, signed=False, most=self.most, foot=foot, pixel=1)

    def _repr_png_(self) -> bytes:
        from engine.analysis.ideal.sheet import png

        images = [tr_plural("{count:,} image", "{count:,} images", len(numbers)) for numbers in self.images]
        return png(self.sheet([f"{label}" for label in range(len(images))], images))


@images_probe
def fingerprints(network: LensNetwork, data: Dataset, view: View) -> Turns[Fingerprints]:
    """Return the `Fingerprints`, in turns; raise `UserError` if there is no such layer."""
    is_map = isinstance(network.hidden_layer(view.layer), ConvLayer)
    plain = network.untouched()
    key = plain.key, data, view.layer
    orders = _kept.get(key) or _kept.put(key, _Orders(view.layer))
    before = yield from activations_of(plain, data)
    yield from orders.learn(before, plain)
    after = before if plain is network else (yield from activations_of(network, data))
    hidden = after.hidden[view.layer]
    means = yield from orders.means_of(after, network)
    order = yield from orders.neurons(before, view)
    images = yield from orders.images(before, view.columns)
    rows = _part(view.top, view.bottom, len(order))
    columns = tuple(_part(view.left, view.right, len(numbers)) for numbers in images)
    maps = []
    for numbers, (first, last) in zip(images, columns, strict=True):
        members, neurons = numbers[first:last], order[slice(*rows)]
        binned_map = yield from binned(hidden, members, neurons, max(view.width, 1), max(view.height, 1))
        maps.append(read_only(binned_map.T))
    return Fingerprints(
        **network.shown,
        view=view,
        order=order,
        images=images,
        rows=rows,
        columns=columns,
        maps=tuple(maps),
        means=means,
        most=orders.most,
        silent=orders.silent,
        hidden=hidden,
        labels=after.labels,
        kind=mark("feature maps, averaged") if is_map else mark("neurons"),
        favourites=orders.favourites,
    )


def _part(begin: float, end: float, count: int) -> tuple[int, int]:
    """Return the first, and the one after the last, of `count` that are between two shares; one at least."""
    first = min(max(0, math.floor(begin * count + ROUNDING)), max(count - 1, 0))
    return first, min(max(first + 1, math.ceil(end * count - ROUNDING)), count)


class _Orders:
    def __init__(self, layer: int) -> None:
        self.most, self.silent, self.favourites = 0.0, np.zeros(0, int), np.zeros(0, int)
        self._layer, self._classes = layer, 0
        self._summary: Summary | None = None
        self._means: Cache[Key, Array] = Cache(count=MOST_KEPT)
        self._neurons: dict[NeuronKey, Array] = {}
        self._images: dict[ImageKey, tuple[Array, ...]] = {}

    def learn(self, activations: Activations, plain: LensNetwork) -> Turns[None]:
        """Summarise the untouched network's activations, unless that was done before."""
        if self._summary is not None:
            return
        hidden = activations.hidden[self._layer]
        self._classes = plain.architecture.classes
        layer_summary = yield from summary(hidden, activations.labels, self._classes)
        self.most = _most(hidden)
        self.favourites = read_only(selectivity(layer_summary)[0])
        self.silent = read_only(np.flatnonzero(layer_summary.never_fire(plain.layers[self._layer].activation)))
        self._summary = layer_summary
        self._means.put(plain.key, read_only(layer_summary.means))

    def means_of(self, activations: Activations, network: LensNetwork) -> Turns[Array]:
        """Return the means of the layer (classes, neurons) as the lens shows it."""
        means = self._means.get(network.key)
        if means is None:
            layer_summary = yield from summary(activations.hidden[self._layer], activations.labels, self._classes)
            means = self._means.put(network.key, read_only(layer_summary.means))
        return means

    def neurons(self, activations: Activations, view: View) -> Turns[Array]:
        """Return the order of the rows; one that is held from outside has to be of this layer's neurons."""
        hidden, held = activations.hidden[self._layer], view.held
        if held is not None and len(held) == hidden.shape[1]:
            order = np.array(held, int)
            if (np.sort(order) == np.arange(len(order))).all():
                return read_only(order)
        if view.rows not in self._neurons:
            assert self._summary is not None
            order = yield from ordered(hidden, self._summary, view.rows)
            self._neurons[view.rows] = read_only(order)
        return self._neurons[view.rows]

    def images(self, activations: Activations, key: ImageKey) -> Turns[tuple[Array, ...]]:
        """Return each class' images in the columns' order."""
        if key not in self._images:
            hidden, images = activations.hidden[self._layer], list[Any]()
            for label in range(self._classes):
                members = np.flatnonzero(activations.labels == label)
                images.append(read_only(image_order(activations.logits, hidden, members, key, label)))
                if key != "index":
                    yield None
            self._images[key] = tuple(images)
        return self._images[key]


def _most(hidden: Array) -> float:
    """Return the `BRIGHTEST` quantile of the absolute values that are not zero; 0 if there are none."""
    step = max(1, len(hidden) * hidden.shape[1] // SAMPLE)
    some = np.abs(hidden[::step].astype(np.float32)).ravel()
    firing = some[(some > 0) & np.isfinite(some)]
    if not firing.size:
        return 0.0
    place = int(BRIGHTEST * (firing.size - 1))
    return float(np.partition(firing, place)[place])


_kept: DataCache[tuple[Key, Dataset, int], _Orders] = DataCache(count=MOST_KEPT)


def binned(numbers: Array, rows: Array, columns: Array, height: int, width: int) -> Turns[Array]:
    """Return numbers[rows][:, columns] averaged down to at most height x width, float32, in turns.

    What falls into two pixels is weighted by its share in each. There are never more pixels than numbers.
    """
    height, width = min(height, len(rows)), min(width, len(columns))
    shrunk_map = np.empty((height, width), np.float32)
    in_order = len(columns) == numbers.shape[1]
    first, at_once = 0, max(1, AT_ONCE * height // max(len(rows) * len(columns), 1))
    while first < height:
        last = min(first + at_once, height)
        # Only this part of the rows, where its bins begin and end in it.
        begin, end = first * len(rows) // height, -(-last * len(rows) // height)
        chosen = rows[begin:end]
        edges = np.arange(first, last + 1) * (len(rows) / height) - begin
        if in_order:
            shrunk = _shrunk(numbers, chosen, edges)[:, columns]
        else:
            shrunk = _shrunk(numbers[np.ix_(chosen, columns)], np.arange(len(chosen)), edges)
        edges = np.arange(width + 1) * (len(columns) / width)
        shrunk_map[first:last] = _shrunk(np.ascontiguousarray(shrunk.T), np.arange(len(columns)), edges).T
        first = last
        yield None
    return shrunk_map


def _shrunk(numbers: Array, rows: Array, edges: Array) -> Array:
    """Return the means of numbers[rows] between edges at least 1 apart, which may cut rows: (edges - 1, columns)."""
    if len(edges) - 1 == len(rows):
        return numbers[rows].astype(np.float32, copy=False)
    whole = np.floor(edges + BIN_ROUNDING).astype(int)
    cut = np.where(edges - whole > BIN_ROUNDING, edges - whole, 0).astype(np.float32)[:, None]
    begins, ends = whole[:-1], whole[1:]
    sums = numbers[rows[begins]].astype(np.float32, copy=False)
    # One row of each bin at a time: faster than gathering all of them.
    for place in range(1, (ends - begins).max()):
        bins = np.flatnonzero(begins + place < ends)
        sums[bins] += numbers[rows[begins[bins] + place]]
    # Of a row that an edge cuts, the share before the edge belongs to the bin before.
    shares = numbers[rows[np.minimum(whole, len(rows) - 1)]] * cut
    sums += shares[1:] - shares[:-1]
    return sums / np.diff(edges).astype(np.float32)[:, None]
