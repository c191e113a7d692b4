"""How well a network is taught: a heart from twelve drawings, and digits that it misreads, one at a time.

Printed is what each teaching costs: the digits that are read as they should be before and after, the answers that
changed, the new drawings that are read right, and the seconds.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.cli.parts.which import look_at, open_data
from engine.core.example import Example, example_of
from engine.core.lazy import Array
from engine.core.lens import Lens
from engine.core.machine.bundled import BLOG, BUNDLED
from engine.core.messages import run_through
from engine.data.preparation import prepared
from engine.model.network.lens_network import lens_network
from engine.model.training.messages import Parent
from engine.session.jobs.teach import teach

if TYPE_CHECKING:
    from engine.session.session import Session

DRAWINGS, NEW = 12, 200  # number of drawings that are taught, and of others that are read

SIDE, PEN = 280, 12.0  # of the canvas, and the pen's radius, in pixels


def bench_teaching(wanted: argparse.Namespace) -> int:
    """Print the figures; returns the exit status."""
    random = np.random.default_rng(5)
    with look_at(BUNDLED) as session:
        open_data(session, wanted.dataset)
        data, summary = session.data(), session.data().summary
        before = _answers(session, BLOG, data.test_images)
        hearts = [example_of(drawn_heart(random), "heart") for _ in range(DRAWINGS)]
        others = np.stack([example_of(drawn_heart(random), "heart").image for _ in range(NEW)])
        run, seconds = _taught(session, hearts)
        after = _answers(session, run, data.test_images)
        heart = {
            "seconds": seconds,
            "right_before": float((before == data.test_labels).mean()),
            "right_after": float((after == data.test_labels).mean()),
            "new_read_right": float((_answers(session, run, others) == len(data.classes)).mean()),
        }
        wrong = np.flatnonzero(before != data.test_labels)
        mended = []
        for number in wrong[:: max(1, len(wrong) // (2 * wanted.rounds))][: 2 * wanted.rounds]:
            example = example_of(data.test_images[number], data.classes[data.test_labels[number]])
            run, seconds = _taught(session, [example])
            after = _answers(session, run, data.test_images)
            is_right = bool(after[number] == data.test_labels[number])
            changed = float((after != before).mean())
            mended.append({"image": int(number), "mended": is_right, "changed": changed, "seconds": seconds})
    if wanted.json:
        print(json.dumps({"data": summary, "heart": heart, "mended": mended}))
        return 0
    print(f"run {BLOG} on {summary}, taught {DRAWINGS} hearts in {heart['seconds']:.1f} s:")
    print(f"  digits read right {heart['right_before']:.2%} -> {heart['right_after']:.2%}")
    print(f"  {heart['new_read_right']:.1%} of {NEW} new hearts read right")
    print("one misread digit at a time:")
    for each in mended:
        word = "mended" if each["mended"] else "still misread"
        print(
            f"  image {each['image']:>6,} {word}, {each['changed']:.2%} of all answers changed, {each['seconds']:.1f} s"
        )
    print(f"  median {np.median([each['changed'] for each in mended]):.2%}")
    return 0


def _taught(session: Session, examples: Sequence[Example]) -> tuple[str, float]:
    """Teach the blog's network, and return the run and the seconds that it took."""
    begin = time.perf_counter()
    base = session.data().base or session.data()
    session.replace_data(base)
    run_through(teach(session, Parent(BLOG, session.run(BLOG).moments.newest), examples))
    session.replace_data(base)
    return next(reversed(session.runs)), time.perf_counter() - begin


def _answers(session: Session, run: str, images: Array) -> Array:
    network = lens_network(session, Lens(run))
    return np.concatenate([network.outputs(part)[1].argmax(axis=1) for part in np.array_split(images, 10)])


def drawn_heart(random: np.random.Generator) -> Array:
    """Return what the network receives of a heart, each in its own way: float32 (28, 28), 0 to 1."""
    turns = np.linspace(0, 2 * math.pi, 400)
    x = 16 * np.sin(turns) ** 3
    y = 5 * np.cos(2 * turns) - 13 * np.cos(turns) + 2 * np.cos(3 * turns) + np.cos(4 * turns)
    x, y = x * random.uniform(0.8, 1.2), y * random.uniform(0.8, 1.2)
    angle = random.uniform(-0.2, 0.2)
    x, y = math.cos(angle) * x - math.sin(angle) * y, math.sin(angle) * x + math.cos(angle) * y
    shaky = np.repeat(random.normal(0, 0.4, (2, 40)), 10, axis=1)
    points = np.stack([x, y]) + np.apply_along_axis(np.convolve, 1, shaky, np.full(20, 0.05), "same")
    points *= SIDE * random.uniform(0.25, 0.36) / np.abs(points).max()
    rows, columns = np.indices((SIDE, SIDE), np.float32) - SIDE / 2
    nearest = np.full((SIDE, SIDE), np.inf, np.float32)
    for right, down in points.T:
        np.minimum(nearest, np.hypot(rows - down, columns - right), out=nearest)
    return prepared(np.clip(PEN - nearest, 0, 1).astype(np.float32))
