"""Maps beside those of scikit-learn, in one run: how long they take, and how good they are."""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from bench.timing import in_turn, ratio, with_all_threads
from engine.analysis.mapping.settings import MapSpec
from engine.analysis.mapping.tsne import Pairs, affinities, nearest, pairs, repulsion
from engine.analysis.probes import map as map_module
from engine.analysis.probes.map import Map, make_map
from engine.core.errors import UserError
from engine.core.lazy import Array
from engine.core.lens import Lens
from engine.core.machine.device import device
from engine.core.messages import Job, run_through
from engine.core.specs import PRESETS
from engine.data.sources import open_dataset
from engine.model.network.activations import activations
from engine.session.jobs.train import train
from engine.session.session import Session

SPEC = MapSpec(method="tsne")
PCA_ROUNDS = 5
LENS = Lens("A")


def bench_maps(wanted: argparse.Namespace) -> int:
    """Print the figures; returns the exit status."""
    try:
        from sklearn.decomposition import PCA
        from sklearn.manifold import TSNE
    except ImportError:
        raise UserError("scikit-learn is not installed, so there is nothing to compare with.") from None
    data, _ = open_dataset(wanted.dataset)
    session = Session(data)
    run_through(train(session, PRESETS["blog"].spec.but(epochs=1)))
    vectors = _vectors(session)

    def rival_tsne() -> Array:
        how = {"perplexity": SPEC.perplexity, "max_iter": SPEC.iterations, "random_state": SPEC.seed}
        return TSNE(init="pca", n_jobs=-1, **how).fit_transform(vectors)

    rivals = {
        "Layerlight": lambda: _made(session, SPEC.but(method="pca")),
        "scikit-learn": with_all_threads(lambda: PCA(2).fit_transform(vectors)),
    }
    pca = in_turn(rivals, PCA_ROUNDS)
    ours, our_seconds = _timed(lambda: _made(session, SPEC).points)
    rival, rival_seconds = _timed(with_all_threads(rival_tsne))
    near = _pairs(vectors)
    figures = {
        "data": data.summary,
        "device": device().name,
        "vectors": list(vectors.shape),
        "settings": SPEC.in_words(),
        "pca_seconds": {name: statistics.median(each) for name, each in pca.items()},
        "pca_times_faster": ratio(pca["scikit-learn"], pca["Layerlight"]),
        "tsne_seconds": {"Layerlight": our_seconds, "scikit-learn": rival_seconds},
        "tsne_divergence": {"Layerlight": divergence(near, ours), "scikit-learn": divergence(near, rival)},
        "longest_turn_ms": 1000 * _longest(make_map(session, LENS, 0, SPEC.but(seed=2))),
        "cancel_ms": 1000 * _cancel(session),
    }
    print(json.dumps(figures) if wanted.json else "\n".join(_lines(figures)))
    return 0


def divergence(near: Pairs, points: Array) -> float:
    """Return the Kullback-Leibler divergence of points (images, 2), which t-SNE minimises."""
    closeness = 1 / (1 + ((points[near.first] - points[near.second]) ** 2).sum(axis=1))
    _, normaliser = repulsion(points)
    shares = near.shares.astype(np.float64)
    return float(2 * (shares * np.log(np.maximum(shares, 1e-30) * normaliser / closeness)).sum())


def _lines(figures: dict[str, Any]) -> list[str]:
    images, width = figures["vectors"]
    lines = [f"{figures['data']} on {figures['device']}, {images:,} x {width}", f"  {figures['settings']}"]
    for name, seconds in figures["tsne_seconds"].items():
        lines.append(f"  t-SNE {name:14}{seconds:8.2f} s   divergence {figures['tsne_divergence'][name]:.4f}")
    for name, seconds in figures["pca_seconds"].items():
        lines.append(f"  PCA   {name:14}{seconds:8.3f} s")
    lines.append(f"  longest turn of the engine {figures['longest_turn_ms']:.0f} ms")
    lines.append(f"  ending a map in the making {figures['cancel_ms']:.0f} ms")
    return lines


def _vectors(session: Session) -> Array:
    return run_through(activations(session, LENS)).hidden[0][: SPEC.images]


def _made(session: Session, spec: MapSpec) -> Map:
    """Make a map anew."""
    map_module.forget()
    return [message for message in make_map(session, LENS, 0, spec) if isinstance(message, Map)][-1]


def _timed(action: Callable[[], Any]) -> tuple[Any, float]:
    begin = time.perf_counter()
    result = action()
    return result, time.perf_counter() - begin


def _pairs(vectors: Array) -> Pairs:
    numbers, distances = run_through(nearest(vectors, int(3 * SPEC.perplexity)))
    return pairs(numbers, affinities(distances, SPEC.perplexity))


def _longest(job: Job, seconds: float = 10.0) -> float:
    """Return the seconds of a job's longest turn within the first `seconds`."""
    longest, end = 0.0, time.perf_counter() + seconds
    begin = time.perf_counter()
    for _ in job:
        longest = max(longest, time.perf_counter() - begin)
        if time.perf_counter() > end:
            break
        begin = time.perf_counter()
    job.close()
    return longest


def _cancel(session: Session) -> float:
    """Return how long it takes to end a map whose points move."""
    job = make_map(session, LENS, 0, SPEC.but(seed=3))
    for message in job:
        if isinstance(message, Map) and message.done:
            break
    return _timed(job.close)[1]
