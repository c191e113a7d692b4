"""How well what no network has learned from is told from digits: beside the scores that the literature compares with.

Printed is the AUROC of each kind of strange picture: how often the strange one of a pair is taken to be the stranger.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.base.lens import Lens
from engine.base.turns import run_through
from engine.cli.parts.which import look_at
from engine.data.preparation import prepared
from engine.data.sources import open_dataset
from engine.network.lens_network import lens_network
from engine.network.training_vectors import training_vectors
from engine.system.bundled import BLOG, BUNDLED, SHARP

if TYPE_CHECKING:
    from engine.data.dataset import Dataset
    from engine.session.session import Session

    type Array = np.ndarray[Any, Any]

COUNT = 1000
"""Number of pictures of each kind, and of test images."""

TURNED = 2, 3, 4, 5, 7
"""Digits that are none when they are turned by 90°."""

SIDE = 280
PEN = 12, 26
"""Of scribbles: the canvas' side, and the least and largest width of the pen, in pixels."""

FASHION = Path("/usr/share/datasets/fashion-mnist")
"""Where Debian's package has Fashion-MNIST."""


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
        print(f"run {name} on {summary}: AUROC, {COUNT:,} test images beside {COUNT:,} of each kind")
        print(f"  {'':34}" + "".join(f"{kind:>10}" for kind in [*strange, "mean"]))
        for score, values in found["auroc"].items():
            print(f"  {score:34}" + "".join(f"{value:10.3f}" for value in values.values()))
        print(f"  {'called unlike':34}" + "".join(f"{share:10.1%}" for share in found["unlike"].values()))
        print(f"  of the test images {found['test']:.1%} are called unlike")
    return 0


def _figures(session: Session, name: str, strange: Mapping[str, Array]) -> dict[str, Any]:
    lens = Lens(name)
    vectors = run_through(training_vectors(session, lens))
    limit = run_through(vectors.usual())
    test = _scores(session, lens, session.data().test_images[:COUNT])
    others = {kind: _scores(session, lens, images) for kind, images in strange.items()}
    areas = {
        score: (each := {kind: auroc(test[score], found[score]) for kind, found in others.items()})
        | {"mean": float(np.mean([*each.values()]))}
        for score in test
    }
    (ours, *_) = test
    return {
        "auroc": areas,
        "unlike": {kind: float((found[ours] > limit).mean()) for kind, found in others.items()},
        "test": float((test[ours] > limit).mean()),
    }


def _scores(session: Session, lens: Lens, images: Array) -> dict[str, Array]:
    """Return by name how strange each picture is, (images,), by several measures; the first is Layerlight's."""
    vectors = run_through(training_vectors(session, lens))
    hidden, logits = lens_network(session, lens).outputs(images)
    last, logits = np.asarray(hidden[-1]), np.asarray(logits, np.float64)
    highest = logits.max(axis=1)
    energy = highest + np.log(np.exp(logits - highest[:, None]).sum(axis=1))
    euclidean = [vectors.nearest(each, 1)[1][0] for each in last]
    return {
        "cosine distance to the nearest": vectors.unlikeness(last),
        "Euclidean distance to the nearest": np.array(euclidean),
        "energy (Liu 2020)": -energy,
        "probability (Hendrycks 2017)": -np.exp(highest - energy),
    }


def auroc(usual: Array, strange: Array) -> float:
    """Return the share of all pairs in which the strange one has the higher score; equal ones count half."""
    _, place, count = np.unique(np.concatenate([usual, strange]), return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]
    pairs = len(usual) * len(strange)
    return float((ranks[len(usual) :].sum() - len(strange) * (len(strange) + 1) / 2) / pairs)


# What is no digit ---------------------------------------------------------------------------------------------------


def _strange(data: Dataset) -> dict[str, Array]:
    random, shape = np.random.default_rng(0), (COUNT, *data.shape)
    turned = data.test_images[np.isin(data.test_labels, TURNED)][:COUNT]
    found = {
        "scribbles": np.stack([prepared(_scribble(random), shape=data.shape) for _ in range(COUNT)]),
        "hearts": np.stack([prepared(_heart(random), shape=data.shape) for _ in range(COUNT)]),
        "turned": np.rot90(turned, axes=(1, 2)) / np.float32(255),
        "negative": 1 - data.test_images[:COUNT] / np.float32(255),
        "noise": random.uniform(0, 1, shape),
        "specks": random.uniform(0, 1, shape) < 0.15,
    }
    if FASHION.is_dir():
        found = {"fashion": open_dataset(str(FASHION))[0].test_images[:COUNT] / np.float32(255), **found}
    return {kind: np.ascontiguousarray(images, np.float32) for kind, images in found.items()}


def _scribble(random: np.random.Generator) -> Array:
    """Return one to four bent lines of some pen (rows, columns), 0 to 1."""
    lines = []
    for _ in range(random.integers(1, 5)):
        corners = random.uniform(30, SIDE - 30, (random.integers(3, 12), 2))
        lines.append((_bent(corners), int(random.integers(*PEN))))
    return _drawn(lines)


def _heart(random: np.random.Generator) -> Array:
    """Return a heart of some pen (rows, columns), 0 to 1: a closed curve, stretched, turned and shaken a little."""
    turn = np.linspace(0, 2 * np.pi, 80) + random.uniform(0, 0.3)
    down = 13 * np.cos(turn) - 5 * np.cos(2 * turn) - 2 * np.cos(3 * turn) - np.cos(4 * turn)
    way = np.stack([16 * np.sin(turn) ** 3, -down], axis=1) * random.uniform(0.8, 1.2, 2)
    shaken = np.cumsum(random.normal(0, 0.25, way.shape), axis=0)
    way += shaken - np.linspace(0, 1, len(way))[:, None] * shaken[-1]
    angle = random.normal(0, 0.12)
    way = way @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return _drawn([(SIDE / 2 + random.uniform(4, 6) * way, int(random.integers(*PEN)))])


def _drawn(lines: Sequence[tuple[Array, int]]) -> Array:
    """Return ways (n, 2), x and y, drawn with round pens of these widths (rows, columns), 0 to 1."""
    from PIL import Image, ImageDraw

    sheet = Image.new("L", (SIDE, SIDE))
    pen = ImageDraw.Draw(sheet)
    for way, width in lines:
        line = [tuple(place) for place in way.tolist()]
        pen.line(line, fill=255, width=width, joint="curve")
        for x, y in (line[0], line[-1]):
            pen.ellipse([x - width / 2, y - width / 2, x + width / 2, y + width / 2], fill=255)
    return np.asarray(sheet) / np.float32(255)


def _bent(corners: Array, steps: int = 30) -> Array:
    """Return a line through or near corners (n, 2) that has none: the mean of its places over a stretch."""
    ways = np.linspace(0, len(corners) - 1, steps * len(corners))
    straight = np.stack([np.interp(ways, np.arange(len(corners)), each) for each in corners.T], axis=1)
    padded = np.pad(straight, ((steps // 2, steps // 2), (0, 0)), "edge")
    sums = np.cumsum(np.concatenate([np.zeros((1, 2)), padded]), axis=0)
    bent: Array = (sums[steps:] - sums[:-steps]) / steps
    return bent
