"""The test images as a map of points by the outputs of one layer, and a drawing's place on it."""

import functools
import time
from collections.abc import Generator
from dataclasses import replace
from typing import Any, NamedTuple, Self

import numpy as np

from engine.analysis.mapping.pca import Components, principal, rotation_onto
from engine.analysis.mapping.settings import FEWEST, MapSpec
from engine.analysis.mapping.tsne import Progress
from engine.analysis.mapping.tsne_process import TsneProcess
from engine.core.cache import Cache
from engine.core.errors import UserError
from engine.core.language import tr, tr_plural
from engine.core.layers.kinds import ConvLayer, HiddenLayer
from engine.core.lazy import Array
from engine.core.lens import Lens
from engine.core.messages import Answer, Job, LensAnswer, Turns, read_only
from engine.core.preload import tensorflow_there
from engine.data.dataset import Dataset, remembered
from engine.model.network.activations import Activations, activations_of
from engine.model.network.lens_network import Key, LensNetwork
from engine.model.network.probe import KnownRuns, images_probe, runs_probe
from engine.session.session import Session

MOST_KEPT = 500  # maximum number of maps in the cache, at 0.1 MB each, so that a film plays them
# Maximum number of unfinished maps in the cache, at 0.4 MB each: they continue where they stopped.
MOST_PARTS = 50
# How long a turn waits for news of a map in the making, if no other job has had a turn for so long.
WAIT_SECONDS, ALONE_SECONDS = 0.008, 0.001
NEIGHBOURS = 8  # nearest neighbours between which a new vector is placed on a t-SNE map


class Map(LensAnswer):
    """Test images as points, as far as the map is computed: `points` is `None` during the search for neighbours."""

    layer: int  # the hidden layer, from 0; the number after the last one means the logits
    hidden: tuple[HiddenLayer, ...]  # those of the network
    spec: MapSpec
    former: tuple[str, int] | None  # run and step of the map that it started from

    numbers: Array  # the numbers of the test images (n,)
    labels: Array
    answers: Array  # the likeliest class of each (n,)
    points: Array | None  # of shape (n, 2), float32
    done: int = 1
    total: int = 1  # iterations done and in total; equal for a finished map
    found: float = 1.0  # the share of the neighbours that are found
    # With PCA: the shares of the variance along the two axes, before the map was rotated.
    explained: tuple[float, float] | None = None

    @property
    def is_finished(self) -> bool:
        """Whether nothing will move any more."""
        return self.points is not None and self.done == self.total

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of all layers that have a map."""
        return (*(_layer_name(number, layer) for number, layer in enumerate(self.hidden, start=1)), tr("Output"))

    @property
    def settings(self) -> str:
        """The settings in words: `t-SNE: 10,000 images, perplexity 30, 750 iterations, PCA start, seed 1`."""
        if self.former is None:
            return self.spec.in_words()
        run, step = self.former
        if run == self.run:
            return self.spec.in_words(tr("step {step:,}", step=step))
        return self.spec.in_words(tr("run {run}, step {step:,}", run=run, step=step))


class MapsMade(Answer):
    """The number of a run's moments that have a map."""

    done: int
    total: int


class Placed(Answer):
    """A picture's place on the map of a step, (2,), and the nearest test image on it."""

    step: int
    point: Array
    nearest: int


class _MapKey(NamedTuple):
    network: Key
    data: str  # the fingerprint of the data: the map remains valid when they are opened again
    layer: int
    spec: MapSpec

    @classmethod
    def of(cls, network: LensNetwork, data: Dataset, layer: int | None, spec: MapSpec) -> Self:
        """Return the key of a map; `layer` is `None` for the last hidden layer."""
        layer = max(0, network.plan.last_hidden) if layer is None else layer
        if not 0 <= layer <= len(network.layers):
            raise UserError(tr("Run {run} has no layer {layer}.", run=network.key.run, layer=layer + 1))
        if len(data.test_images) < FEWEST:
            raise UserError(
                tr("{data} has too few test images for a map.", data=data.name), hint=tr("Open other data.")
            )
        return cls(network.key, data.fingerprint(), layer, spec.fewer(len(data.test_images)).relevant())


class _Part(NamedTuple):
    """An unfinished t-SNE map: the latest message, the state to continue from, and the points that it started from."""

    map: Map
    progress: Progress | None
    former: Array | None


class _Finished(NamedTuple):
    map: Map
    components: Components | None


_kept: Cache[_MapKey, _Finished] = Cache(count=MOST_KEPT)
_parts: Cache[_MapKey, _Part] = Cache(count=MOST_PARTS)


@runs_probe
def make_map(
    network: LensNetwork,
    data: Dataset,
    runs: KnownRuns,
    layer: int | None,
    spec: MapSpec,
    *,
    start_from: Map | None = None,
) -> Job:
    """Answer with `Map`, repeatedly until it is finished; at once with a map that was made before.

    `layer` counts from 0; the number after the last hidden layer means the logits, `None` the last hidden layer.
    `start_from`, a map of the same images and settings, is the start of t-SNE, or PCA is rotated to fit it. Raises
    `UserError` if there is no such layer or the data are too few.
    """
    key = _MapKey.of(network, data, layer, spec)
    if (finished := _kept.get(key)) is not None:
        yield finished.map
        return
    if (part := _parts.get(key)) is not None:
        yield part.map
    yield from tensorflow_there()
    activations = yield from activations_of(network, data)
    numbers = evenly(len(activations.labels), key.spec.images)
    vectors = _vectors(activations, key.layer)
    if len(numbers) < len(vectors):
        vectors = vectors[numbers]
    vectors = vectors.astype(np.float32, copy=False)
    if not np.isfinite(vectors).all():
        raise UserError(tr("The network's outputs are no numbers any more."), hint=tr("Choose an earlier snapshot."))
    former = start_from if start_from is not None and _fits(start_from, key, numbers) else None
    blank = Map(
        **network.shown,
        layer=key.layer,
        hidden=tuple(network.layers),
        spec=key.spec,
        former=None if former is None else (former.run, former.step),
        numbers=numbers,
        labels=_labels(data, key.spec.images),
        answers=activations.answers[numbers].astype(activations.labels.dtype),
        points=None,
    )
    make = _by_pca if key.spec.method == "pca" else _by_tsne
    made = yield from make(key, blank, vectors, former)
    # Drop maps of moments that were thinned out meanwhile: a long training thins out most.
    by_start = {(run.name, run.started): run for run in runs.values()}
    for other in list(_kept):
        run = by_start.get((other.network.run, other.network.started))
        if run is not None and other.network.step not in run.moments:
            _kept.pop(other)
    yield (_kept.get(key) or _kept.put(key, made)).map


@images_probe
def kept_map(network: LensNetwork, data: Dataset, layer: int | None, spec: MapSpec) -> Map | None:
    """Return the `Map` as far as it was made before, at once; else `None`."""
    key = _MapKey.of(network, data, layer, spec)
    cached = _kept.get(key) or _parts.get(key)
    return cached.map if cached is not None else None


def make_all_maps(session: Session, lens: Lens, layer: int | None, spec: MapSpec) -> Job:
    """Answer with `Map` and `MapsMade` for all moments, the last one first, each starting from the map before."""
    moments = sorted(session.run(lens.run).moments, reverse=True)
    former: Map | None = None
    for done, moment in enumerate(moments):
        yield MapsMade(done=done, total=len(moments))
        for message in make_map(session, replace(lens, moment=moment), layer, spec, start_from=former):
            if isinstance(message, Map) and message.is_finished:
                former = message
            _ = yield message
    yield MapsMade(done=len(moments), total=len(moments))


@images_probe
def place_on_map(
    network: LensNetwork, data: Dataset, layer: int | None, spec: MapSpec, picture: Array
) -> Turns[Placed | None]:
    """Return the place of a picture (rows, columns), 0 to 1, on the finished map of this layer; `None` without one."""
    finished = _kept.get(_MapKey.of(network, data, layer, spec))
    if finished is None or picture.shape != network.architecture.shape:
        return None
    map_, components = finished
    assert map_.points is not None  # it is finished
    hidden, logits = network.answer(picture)
    vector = np.asarray([*hidden, logits][map_.layer], np.float32)
    activations = yield from activations_of(network, data)
    distances = np.linalg.norm(_vectors(activations, map_.layer)[map_.numbers] - vector, axis=1)
    near = np.argsort(distances, kind="stable")[:NEIGHBOURS]
    if components is not None:
        point = components.place(vector)
    else:  # the mean of the neighbours' places, weighted by the inverse square of their distances
        smallest = 1e-6 * max(float(distances[near].max()), 1e-12)
        weights = 1 / np.maximum(distances[near], smallest) ** 2
        point = (weights[:, None] * map_.points[near]).sum(axis=0) / weights.sum()
    return Placed(step=map_.step, point=point, nearest=int(map_.numbers[near[0]]))


@functools.lru_cache(8)
def evenly(total: int, count: int) -> Array:
    """Return `count` of the numbers of `total` images, evenly spaced: the same for every moment, and shared."""
    return read_only(np.arange(count) * total // count)


@remembered(8)
def _labels(data: Dataset, count: int) -> Array:
    return read_only(data.test_labels[evenly(len(data.test_labels), count)])


def _layer_name(number: int, layer: HiddenLayer) -> str:
    if isinstance(layer, ConvLayer):
        return tr_plural(
            "Layer {number}, {count:,} feature map",
            "Layer {number}, {count:,} feature maps",
            layer.width,
            number=number,
        )
    return tr_plural(
        "Layer {number}, {count:,} neuron", "Layer {number}, {count:,} neurons", layer.width, number=number
    )


def _vectors(activations: Activations, layer: int) -> Array:
    return (*activations.hidden, activations.logits)[layer]


def _fits(former: Map, key: _MapKey, numbers: Array) -> bool:
    alike = former.spec == key.spec and former.points is not None
    is_another = (former.run, former.step) != (key.network.run, key.network.step)
    return alike and np.array_equal(former.numbers, numbers) and is_another


def _by_pca(key: _MapKey, blank: Map, vectors: Array, former: Map | None) -> Turns[_Finished]:
    components = yield from principal(vectors)
    points = components.place(vectors)
    if former is not None and former.points is not None:
        rotation = rotation_onto(points, former.points)
        components, points = components.turned(rotation), (points @ rotation).astype(np.float32)
    return _Finished(replace(blank, points=points, explained=components.explained), components)


def _by_tsne(key: _MapKey, blank: Map, vectors: Array, former: Map | None) -> Generator[Map | None, Any, _Finished]:
    part = _parts.pop(key) or _Part(blank, None, None if former is None else former.points)
    process = TsneProcess(vectors, key.spec, part.former, part.progress)
    message = part.map
    try:
        while True:
            progress = yield from _news(process)
            message = replace(
                part.map, points=progress.points, found=progress.found, done=progress.done, total=progress.total
            )
            if progress.motion is not None:
                part = part._replace(map=message, progress=progress)
            if message.is_finished:
                return _Finished(message, None)
            yield message
    finally:
        process.close()
        if part.progress is not None and not message.is_finished:
            _parts.put(key, part)


def _news(process: TsneProcess) -> Turns[Progress]:
    """Return the newest progress. If other jobs take turns, the waiting takes almost nothing of theirs."""
    left = time.perf_counter()
    while True:
        alone = time.perf_counter() - left < ALONE_SECONDS
        progress = process.newest(WAIT_SECONDS if alone else 0.0)
        if progress is not None:
            return progress
        left = time.perf_counter()
        yield None


def forget() -> None:
    """Clear the cache of maps."""
    _kept.clear()
    _parts.clear()
