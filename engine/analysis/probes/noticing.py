"""How many pictures unlike its training images a network notices, as `Familiarity` decides, and how many false alarms.

A false alarm is a test image that is called unlike all training images.
"""

import numpy as np

from engine.core.lazy import Array
from engine.core.messages import Job, LensAnswer, Turns
from engine.core.preload import tensorflow_there
from engine.data.dataset import DataCache, Dataset, Results
from engine.data.strange import kinds_for, strange_picture
from engine.model.network.lens_network import Key, LensNetwork
from engine.model.network.probe import KnownRuns, runs_probe
from engine.model.network.training_vectors import TrainingVectors, seen_by, training_vectors
from engine.model.training.learned import compared_with

COUNT = 200  # pictures of each kind
MOST_TESTED = 1000  # maximum number of test images, evenly spaced
AT_ONCE = 4  # pictures that are drawn in a turn
MOST_KEPT = 8  # maximum number of networks whose shares are cached


class Noticing(LensAnswer):
    """The share of the pictures of each kind that a network notices, as far as computed."""

    # Each kind of pictures, and the share of them that is noticed; `None` until it is computed.
    shares: tuple[tuple[str, float | None], ...]
    count: int  # number of pictures of each kind
    # The share of the test images that is called unlike as well; `None` until it is computed.
    false_alarms: float | None
    tested: int  # number of test images
    remark: str = ""  # a sentence if the run did not learn from these training images, or not only; else empty


@runs_probe
def noticing(network: LensNetwork, data: Dataset, runs: KnownRuns) -> Job:
    """Answer with the `Noticing` of a network repeatedly, each time with more of it; a stopped job is continued."""
    yield from tensorflow_there()
    yield from _results.job(data, network.key, lambda: _noticing(network, data, runs))


def strange_pictures(data: Dataset, kind: str, count: int) -> Turns[Array]:
    """Return `count` pictures of a kind (count, rows, columns), float32, 0 to 1, drawn in turns: always the same."""
    pictures = _pictures.get((data, kind, count))
    if pictures is None:
        random = np.random.default_rng([*kind.encode()])
        drawn: list[Array] = []
        while len(drawn) < count:
            drawn += [strange_picture(kind, data, random) for _ in range(min(AT_ONCE, count - len(drawn)))]
            yield None
        pictures = _pictures.put((data, kind, count), np.stack(drawn))
    return pictures


def _noticing(network: LensNetwork, data: Dataset, runs: KnownRuns) -> Job:
    shares = dict[str, float | None](dict.fromkeys(kinds_for(data)))
    numbers = np.linspace(0, len(data.test_images) - 1, min(MOST_TESTED, len(data.test_images))).astype(int)
    false_alarms, remark = None, compared_with(data, runs[network.key.run], runs).caveat

    def answer() -> Noticing:
        return Noticing(
            **network.shown,
            shares=tuple(shares.items()),
            count=COUNT,
            false_alarms=false_alarms,
            tested=len(numbers),
            remark=remark,
        )

    yield answer()
    vectors = yield from training_vectors(network, data, runs)
    false_alarms = yield from _noticed(network, vectors, data.test_images[numbers] / np.float32(255))
    yield answer()
    for kind in shares:
        pictures = yield from strange_pictures(data, kind, COUNT)
        shares[kind] = yield from _noticed(network, vectors, pictures)
        yield answer()


def _noticed(network: LensNetwork, vectors: TrainingVectors, pictures: Array) -> Turns[float]:
    """Return the share of the pictures (n, rows, columns) that is unlike all training images."""
    limits = yield from vectors.usual()
    seen = yield from seen_by(network, pictures)
    distances = yield from vectors.unlikeness(seen)
    return float((distances > limits).any(axis=1).mean())


_results: Results[Key] = Results(MOST_KEPT)

_pictures: DataCache[tuple[Dataset, str, int], Array] = DataCache(count=8)
