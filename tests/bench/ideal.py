"""Ten ideal images beside the same steps written as for TensorFlow 1: one image after the other, a call per step."""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.timing import in_turn, ratio
from engine.analysis.ideal.job import IdealImages, paint_ideal
from engine.analysis.ideal.spec import PRESETS, IdealSpec
from engine.cli.parts.which import look_at
from engine.core.lazy import Array, tf
from engine.core.lens import Lens
from engine.core.machine.bundled import BLOG, BUNDLED
from engine.core.machine.device import device
from engine.model.training.losses import LARGEST, SMALLEST

if TYPE_CHECKING:
    from engine.core.lens import Weights
    from engine.session.session import Session

type Images = Callable[[], Array]


def bench_ideal(wanted: argparse.Namespace) -> int:
    """Print the figures; returns the exit status."""
    with look_at(BUNDLED) as session:
        figures = measure(session, wanted.rounds)
    if wanted.json:
        print(json.dumps(figures))
        return 0
    print(f"Ten ideal images of the blog's network, {figures['steps']:,} steps, on {figures['device']}; medians")
    for name, seconds in figures["seconds"].items():
        beside = ""
        if name != "Layerlight":
            beside = f"   Layerlight is {figures['times_faster_than'][name]:.1f} times as fast"
        print(f"  {name:14}{seconds:8.3f} s{beside}")
    return 0


def measure(session: Session, rounds: int, spec: IdealSpec = PRESETS["l2"].spec) -> dict[str, Any]:
    """Return the seconds of all steps for all classes, ours and the rival's, as medians of the rounds."""
    makers = {"Layerlight": ours(session, spec), "session loop": session_loop(session.weights(Lens(BLOG)), spec)}
    seconds = in_turn(makers, rounds)
    return {
        "device": device().name,
        "steps": spec.steps,
        "seconds": {name: statistics.median(times) for name, times in seconds.items()},
        "times_faster_than": {"session loop": ratio(seconds["session loop"], seconds["Layerlight"])},
    }


def ours(session: Session, spec: IdealSpec) -> Images:
    """Return the job `paint_ideal` with all its messages; it is compiled by the first round."""

    def paint() -> Array:
        *_, last = paint_ideal(session, Lens(BLOG), spec)
        assert isinstance(last, IdealImages) and last.is_last
        return last.images

    return paint


def session_loop(weights: Weights, spec: IdealSpec) -> Images:
    """Return the same with a TensorFlow 1 graph: for each class in turn, a `session.run` per step. Penalty: L2.

    It starts from the same noise and has the blog post's loss.
    """
    v1 = tf.compat.v1
    pixels, classes = len(weights[0]), len(weights[-1])
    with tf.Graph().as_default() as graph:
        wanted = v1.placeholder(tf.float32, [1, classes])
        image = v1.Variable(np.zeros((1, pixels), np.float32), use_resource=False)
        noise = v1.placeholder(tf.float32, [1, pixels])
        begin = image.assign(noise)
        w1, b1, w2, b2 = (tf.constant(np.asarray(array, np.float32)) for array in weights)
        logits = tf.nn.relu(image @ w1 + b1) @ w2 + b2
        p = tf.clip_by_value(tf.nn.softmax(logits), SMALLEST, LARGEST)
        surprise = -tf.reduce_sum(wanted * tf.math.log(p) + (1 - wanted) * tf.math.log(1 - p))
        loss = surprise + spec.weight * tf.reduce_sum(tf.square(image))
        step = v1.train.GradientDescentOptimizer(spec.learning_rate).minimize(loss)
        session = v1.Session(graph=graph)

    def paint() -> Array:
        painted = np.empty((classes, pixels), np.float32)
        starts = np.random.default_rng(spec.seed).random((classes, 1, pixels))
        for label, unit in enumerate(np.eye(classes, dtype=np.float32)):
            session.run(begin, {noise: starts[label]})
            for _ in range(spec.steps):
                session.run([step, loss], {wanted: unit[None]})
            painted[label] = session.run(image)[0]
        return painted

    return paint
