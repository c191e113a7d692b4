"""How well what no network has learned is told from digits: beside the scores that the literature compares with.

Printed is which share of each kind of strange picture is noticed, as Draw tells it, and the AUROC of each score: how
often the strange one of a pair is taken to be the stranger.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.analysis.probes.noticing import COUNT, Noticing, noticing, strange_pictures
from engine.cli.parts.which import look_at
from engine.core.lazy import Array
from engine.core.lens import Lens
from engine.core.machine.bundled import BLOG, BUNDLED, SHARP
from engine.core.messages import run_through
from engine.data.sources import open_dataset
from engine.data.strange import kinds_for
from engine.model.network.lens_network import lens_network
from engine.model.network.training_vectors import seen_by, training_vectors

if TYPE_CHECKING:
    from engine.data.dataset import Dataset
    from engine.session.session import Session

TESTED = 1000  # number of test images with which the scores are compared

FASHION = Path("/usr/share/datasets/fashion-mnist")  # where Debian's package has Fashion-MNIST


def bench_unlike(wanted: argparse.Namespace) -> int:
    """Print the figures; returns the exit status."""
    with look_at(BUNDLED) as session:
        data, _ = open_dataset(wanted.dataset)
        session.replace_data(data)
        strange = _strange(data)
        figures = {name: _figures(session, name, strange) for name in (BLOG, SHARP)}
        summary = data.summary
    if wanted.json:
        print(json.dumps({"data": summary, **figures}))
        return 0
    for name, found in figures.items():
        _print_row(f"run {name} on {summary}: noticed", [*found["noticed"], "test images"])
        shares = [*found["noticed"].values(), found["false_alarms"]]
        _print_row(f"  of {found['count']:,} each, {found['tested']:,} test images", [f"{each:.1%}" for each in shares])
        _print_row("  AUROC of the same", [*strange, "mean"])
        for score, values in found["auroc"].items():
            _print_row(f"  {score}", [f"{value:.3f}" for value in values.values()])
    return 0


def _print_row(title: str, cells: list[str]) -> None:
    print(f"{title:48}" + "".join(f"{cell:>15}" for cell in cells))


def _figures(session: Session, name: str, strange: Mapping[str, Array]) -> dict[str, Any]:
    lens = Lens(name)
    told = [message for message in noticing(session, lens) if isinstance(message, Noticing)][-1]
    test = _scores(session, lens, session.data().test_images[:TESTED] / np.float32(255))
    others = {kind: _scores(session, lens, images) for kind, images in strange.items()}
    areas = {
        score: (by_kind := {kind: auroc(test[score], found[score]) for kind, found in others.items()})
        | {"mean": float(np.mean([*by_kind.values()]))}
        for score in test
    }
    return {
        "noticed": dict(told.shares),
        "count": told.count,
        "false_alarms": told.false_alarms,
        "tested": told.tested,
        "auroc": areas,
    }


def _scores(session: Session, lens: Lens, images: Array) -> dict[str, Array]:
    """Return by name how strange each picture is, (images,), by several measures; the first is Layerlight's."""
    network = lens_network(session, lens)
    vectors = run_through(training_vectors(network, session.data(), session.known_runs))
    seen = run_through(seen_by(network, images))
    distances = run_through(vectors.unlikeness(seen))
    logits = np.asarray(network.outputs(images)[1], np.float64)
    highest = logits.max(axis=1)
    energy = highest + np.log(np.exp(logits - highest[:, None]).sum(axis=1))
    return {
        "the larger of the next two, in their limits": (distances / run_through(vectors.usual())).max(axis=1),
        "cosine distance in the last layer": distances[:, 0],
        "distance in pixels, in the class": distances[:, 1],
        "Euclidean distance in the last layer": np.array([vectors.nearest(each, 1)[1][0] for each in seen.vectors]),
        "energy (Liu 2020)": -energy,
        "probability (Hendrycks 2017)": -np.exp(highest - energy),
    }


def auroc(usual: Array, strange: Array) -> float:
    """Return the share of all pairs in which the strange one has the higher score; equal ones count half."""
    _, place, count = np.unique(np.concatenate([usual, strange]), return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]
    pairs = len(usual) * len(strange)
    return float((ranks[len(usual) :].sum() - len(strange) * (len(strange) + 1) / 2) / pairs)


def _strange(data: Dataset) -> dict[str, Array]:
    """Return by kind pictures that are none of the data's classes, (images, rows, columns), float32, 0 to 1."""
    random = np.random.default_rng(0)
    found = {kind: run_through(strange_pictures(data, kind, COUNT)) for kind in kinds_for(data)}
    found["negative"] = 1 - data.test_images[:COUNT] / np.float32(255)
    found["specks"] = (random.uniform(0, 1, (COUNT, *data.shape)) < 0.15).astype(np.float32)
    if FASHION.is_dir():
        found["fashion"] = open_dataset(str(FASHION))[0].test_images[:COUNT] / np.float32(255)
    return found
