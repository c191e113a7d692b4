"""How do the test images lie to each other, seen by one layer? As a map of points, and a drawing's place on it."""

from __future__ import annotations

import functools
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from engine.analysis.mapping.pca import Components, principal, rotation_onto
from engine.analysis.mapping.settings import FEWEST, MapSpec
from engine.analysis.mapping.tsne import Progress
from engine.analysis.mapping.tsne_process import TsneProcess
from engine.core.array import Array
from engine.core.cache import Cache
from engine.core.errors import UserError
from engine.core.lens import Lens
from engine.core.messages import Answer, Job, LensAnswer, read_only
from engine.core.preload import tensorflow_there
from engine.core.specs import ConvLayer, HiddenLayer
from engine.data.dataset import Dataset
from engine.data.kept import remembered
from engine.model.network.activations import Activations, activations, activations_of
from engine.model.network.fitting import fitting_data
from engine.model.network.lens_network import Key, lens_network
from engine.session.session import Session

MOST_KEPT = 500
"""Maximum number of maps in the cache, at 0.1 MB each, so that a film plays them."""

MOST_PARTS = 50
"""Maximum number of maps in the cache whose making was stopped, at 0.4 MB each: they go on where they were."""

WAIT_SECONDS, ALONE_SECONDS = 0.008, 0.001
"""How long a turn waits for news of a map in the making, where no other job has had a turn for so long."""

NEIGHBOURS = 8
"""Number of nearest neighbours between which a new vector is placed on a t-SNE map."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Map(LensAnswer):
    """Test images as points: what is known of it so far. `points` is `None` while neighbours are looked for."""

    layer: int
    """The hidden layer, from 0; the number after the last one stands for the logits."""
    layers: tuple[str, ...]
    """What each layer is called that there could be a map of."""
    spec: MapSpec
    settings: str
    """In words: `t-SNE: 10,000 images, perplexity 30, 750 iterations, PCA start, seed 1`."""
    numbers: Array
    """Which test images (n,)."""
    labels: Array
    answers: Array
    """The likeliest class of each (n,)."""
    points: Array | None
    """Of shape (n, 2), float32."""
    done: int = 1
    total: int = 1
    """Iterations done and in all; equal for a finished map."""
    found: float = 1.0
    """What part of the neighbours is found."""
    explained: tuple[float, float] | None = None
    """With PCA: what shares of all variance lie along the two axes before the map was turned."""

    @property
    def is_finished(self) -> bool:
        """Whether nothing will move any more."""
        return self.points is not None and self.done == self.total


@dataclass(frozen=True, slots=True, kw_only=True)
class MapsMade(Answer):
    """How many of a run's moments have their map."""

    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed(Answer):
    """Where a picture lies on the map of that step, (2,), and the nearest test image on it."""

    step: int
    point: Array
    nearest: int


class _Asked(NamedTuple):
    """What makes a map what it is."""

    key: Key
    data: str
    """The fingerprint of the data: the map stands when they come back."""
    layer: int
    spec: MapSpec


class _Part(NamedTuple):
    """A t-SNE map in the making: as it was told last, with what it goes on from, and the points that it began with."""

    map: Map
    progress: Progress | None
    former: Array | None


class _Made(NamedTuple):
    """A finished map, and how new vectors are placed on it where there is a formula."""

    map: Map
    components: Components | None


def make_map(
    session: Session, lens: Lens, layer: int | None, spec: MapSpec, *, start_from: Map | None = None
) -> Job:
    """Answer with `Map`, again and again until it is finished; at once with one that was made before.

    `layer` counts from 0, the number after the last hidden one stands for the logits, `None` for the last hidden one.

    `start_from`, a map of the same images and settings, is where it starts from or is turned to fit, so that maps of
    neighbouring moments look alike. Raises `UserError` when the data are not what the network reads, or there is no
    such layer.
    """
    asked = _asked(session, lens, layer, spec)
    made = _kept.get(asked)
    if made is not None:
        yield made.map
        return
    if (part := _parts.get(asked)) is not None:
        yield part.map
    yield from tensorflow_there()
    network = lens_network(session, lens)
    data = fitting_data(session.data(), network.architecture)
    activations = yield from activations_of(network, data)
    numbers = evenly(len(activations.labels), asked.spec.images)
    vectors = _vectors(activations, asked.layer)
    if len(numbers) < len(vectors):
        vectors = vectors[numbers]
    vectors = vectors.astype(np.float32, copy=False)
    if not np.isfinite(vectors).all():
        raise UserError("The network's outputs are no numbers any more.", hint="Choose an earlier snapshot.")
    former = start_from if start_from is not None and _fits(start_from, asked, numbers) else None
    blank = Map(
        run=lens.run,
        step=asked.key.step,
        layer=asked.layer,
        layers=_called(network.layers),
        spec=asked.spec,
        settings=asked.spec.in_words(_origin(former, lens.run)),
        numbers=numbers,
        labels=_labels(data, asked.spec.images),
        answers=activations.answers[numbers].astype(activations.labels.dtype),
        points=None,
    )
    yield from (_by_pca if asked.spec.method == "pca" else _by_tsne)(session, asked, blank, vectors, former)


def kept_map(session: Session, lens: Lens, layer: int | None, spec: MapSpec) -> Job:
    """Answer with the `Map` as far as it was made before; otherwise with nothing, at once."""
    asked = _asked(session, lens, layer, spec)
    if (made := _kept.get(asked) or _parts.get(asked)) is not None:
        yield made.map


def make_all_maps(session: Session, lens: Lens, layer: int | None, spec: MapSpec) -> Job:
    """Make the maps of all moments of the run, each starting from the one before, the last one first.

    The last is where the groups are clearest. Answers with `Map` and `MapsMade`; what was made is kept, also when
    the job is stopped.
    """
    moments = sorted(session.run(lens.run).moments, reverse=True)
    former: Map | None = None
    for done, moment in enumerate(moments):
        yield MapsMade(done=done, total=len(moments))
        for message in make_map(session, replace(lens, moment=moment), layer, spec, start_from=former):
            if isinstance(message, Map) and message.is_finished:
                former = message
            _ = yield message
    yield MapsMade(done=len(moments), total=len(moments))


def place_on_map(session: Session, lens: Lens, layer: int | None, spec: MapSpec, picture: Array) -> Job:
    """Answer with `Placed`: where a picture (rows, columns), 0 to 1, lies on the map that was made with these.

    With PCA by the map's own formula, with t-SNE between the images that the layer takes for nearest. Where there is
    no finished map yet, or the run is gone, there is nothing to tell.
    """
    made = _kept.get(_asked(session, lens, layer, spec))
    network = lens_network(session, lens)
    if made is None or made.map.points is None or picture.shape != network.architecture.shape:
        return
    hidden, logits = network.answer(picture)
    vector = np.asarray([*hidden, logits][made.map.layer], np.float32)
    found = yield from activations(session, lens)
    vectors = _vectors(found, made.map.layer)[made.map.numbers]
    distances = np.linalg.norm(vectors - vector, axis=1)
    near = np.argsort(distances, kind="stable")[:NEIGHBOURS]
    if made.components is not None:
        point = made.components.place(vector)
    else:
        point = _between(made.map.points[near], distances[near])
    yield Placed(step=made.map.step, point=point, nearest=int(made.map.numbers[near[0]]))


@functools.lru_cache(8)
def evenly(there: int, wanted: int) -> Array:
    """Return the numbers of `wanted` out of `there` images, evenly picked: the same for every moment, and shared."""
    return read_only(np.arange(wanted) * there // wanted)


@remembered(8)
def _labels(data: Dataset, wanted: int) -> Array:
    return read_only(data.test_labels[evenly(len(data.test_labels), wanted)])


def _asked(session: Session, lens: Lens, layer: int | None, spec: MapSpec) -> _Asked:
    network = lens_network(session, lens)
    layer = max(0, len(network.layers) - 1) if layer is None else layer
    if not 0 <= layer <= len(network.layers):
        raise UserError(f"Run {lens.run} has no layer {layer + 1}.")
    data = fitting_data(session.data(), network.architecture)
    if len(data.test_images) < FEWEST:
        raise UserError(f"{data.name} has too few test images for a map.", hint="Open other data.")
    return _Asked(network.key, data.fingerprint(), layer, spec.fewer(len(data.test_images)).relevant())


def _called(layers: Sequence[HiddenLayer]) -> tuple[str, ...]:
    """Return what the hidden layers and the output are called."""
    kinds = ("feature maps" if isinstance(layer, ConvLayer) else "neurons" for layer in layers)
    hidden = (
        f"Layer {number}, {layer.width:,} {kind}"
        for number, (layer, kind) in enumerate(zip(layers, kinds, strict=True), start=1)
    )
    return (*hidden, "Output")


def _vectors(found: Activations, layer: int) -> Array:
    return (*found.hidden, found.logits)[layer]


def _fits(former: Map, asked: _Asked, numbers: Array) -> bool:
    """Whether a map can be started from, or be turned onto, another."""
    alike = former.spec == asked.spec and former.points is not None
    is_another = (former.run, former.step) != (asked.key.run, asked.key.step)
    return alike and np.array_equal(former.numbers, numbers) and is_another


def _origin(former: Map | None, run: str) -> str:
    """Say which map one starts from, as it is called in a view of `run`; empty for none."""
    if former is None:
        return ""
    return f"step {former.step:,}" if former.run == run else f"run {former.run}, step {former.step:,}"


def _by_pca(session: Session, asked: _Asked, blank: Map, vectors: Array, former: Map | None) -> Job:
    components = yield from principal(vectors)
    points = components.place(vectors)
    if former is not None and former.points is not None:
        rotation = rotation_onto(points, former.points)
        components, points = components.turned(rotation), (points @ rotation).astype(np.float32)
    made = replace(blank, points=points, explained=components.explained)
    yield _keep(session, asked, made, components)


def _by_tsne(session: Session, asked: _Asked, blank: Map, vectors: Array, former: Map | None) -> Job:
    part = _parts.pop(asked) or _Part(blank, None, None if former is None else former.points)
    apart = TsneProcess(vectors, asked.spec, part.former, part.progress)
    message = part.map
    try:
        while True:
            progress = yield from _news(apart)
            message = replace(
                part.map,
                points=progress.points,
                found=progress.found,
                done=progress.done,
                total=progress.total,
            )
            if progress.motion is not None:
                part = part._replace(map=message, progress=progress)
            if message.is_finished:
                break
            yield message
    finally:
        apart.close()
        if part.progress is not None and not message.is_finished:
            _parts.put(asked, part)
    yield _keep(session, asked, message, None)


def _news(apart: TsneProcess) -> Generator[None, Any, Progress]:
    """Return what is told next. Where other jobs take turns, the waiting takes next to nothing of theirs."""
    left = time.perf_counter()
    while True:
        alone = time.perf_counter() - left < ALONE_SECONDS
        progress = apart.newest(WAIT_SECONDS if alone else 0.0)
        if progress is not None:
            return progress
        left = time.perf_counter()
        yield None


def _between(points: Array, distances: Array) -> Array:
    """Return the mean of the neighbours' places: the nearer, the more it counts."""
    weights = 1 / np.maximum(distances, 1e-6 * max(float(distances.max()), 1e-12)) ** 2
    return (weights[:, None] * points).sum(axis=0) / weights.sum()


def _keep(session: Session, asked: _Asked, made: Map, components: Components | None) -> Map:
    """Keep a map, and let go of those of moments that were given up meanwhile: a long training gives up most."""
    runs = {(run.name, run.started): run for run in (*session.runs.values(), *session.deleted.values())}
    for each in list(_kept):
        run = runs.get((each.key.run, each.key.started))
        if run is not None and each.key.step not in run.moments:
            _kept.pop(each)
    kept = _kept.get(asked) or _kept.put(asked, _Made(made, components))
    return kept.map


def forget() -> None:
    """Make all maps anew when they are asked for again."""
    _kept.clear()
    _parts.clear()


_kept: Cache[_Asked, _Made] = Cache(count=MOST_KEPT)
_parts: Cache[_Asked, _Part] = Cache(count=MOST_PARTS)
