"""The warm-up beside the same steps written otherwise: as the blog post ran them, and by hand in NumPy."""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np

from bench.timing import in_turn, ratio
from engine.analysis.warmup.job import WarmupFinished, learn_inverse
from engine.analysis.warmup.problem import ACCUMULATED, drawn_matrix
from engine.analysis.warmup.spec import WarmupSpec
from engine.core.lazy import tf
from engine.core.machine.device import device

# Steps that each takes in a round: about as long as the others, so that what else the machine does hits all.
STEPS = {"Layerlight": 100_000, "session loop": 2_000, "NumPy loop": 20_000}

type Steps = Callable[[], object]


def bench_warmup(wanted: argparse.Namespace) -> int:
    """Print the figures; returns the exit status."""
    figures = measure(wanted.rounds)
    if wanted.json:
        print(json.dumps(figures))
    else:
        print(f"The blog post's warm-up on {figures['device']}; medians")
        for name, speed in figures["steps_per_second"].items():
            faster = figures["times_faster_than"].get(name)
            beside = f"   Layerlight is {faster:.1f} times as fast" if faster else ""
            print(f"  {name:14}{speed:10,.0f} steps a second{beside}")
    return 0


def measure(rounds: int) -> dict[str, Any]:
    """Return steps a second of ours and of the rivals, and how many times faster ours are, as medians of the rounds."""
    spec = WarmupSpec(steps=STEPS["Layerlight"])
    makers = {"Layerlight": _ours(spec), "session loop": session_loop(spec), "NumPy loop": numpy_loop(spec)}
    seconds = in_turn(makers, rounds)
    each = {name: [took / STEPS[name] for took in times] for name, times in seconds.items()}
    return {
        "device": device().name,
        "steps_per_second": {name: 1 / statistics.median(times) for name, times in each.items()},
        "times_faster_than": {
            name: ratio(times, each["Layerlight"]) for name, times in each.items() if name != "Layerlight"
        },
    }


def _ours(spec: WarmupSpec) -> Steps:
    """Return all steps of the job `learn_inverse`, with its messages; its function is compiled by the first round."""

    def steps() -> None:
        *_, finished = learn_inverse(None, spec)
        assert isinstance(finished, WarmupFinished) and finished.step == spec.steps

    return steps


def session_loop(spec: WarmupSpec) -> Steps:
    """Return steps as the blog post ran them: a TensorFlow 1 graph, Adagrad, and a `session.run` per step."""
    v1 = tf.compat.v1
    matrix = drawn_matrix(spec.size, spec.seed)
    with tf.Graph().as_default() as graph:
        a = tf.constant(matrix)
        x = v1.Variable(np.zeros_like(matrix), use_resource=False)
        loss = tf.reduce_sum(tf.abs(x @ a - tf.eye(spec.size, dtype=tf.float64)))
        step = v1.train.AdagradOptimizer(spec.learning_rate, ACCUMULATED).minimize(loss)
        session = v1.Session(graph=graph)
        session.run(v1.global_variables_initializer())

    def steps() -> None:
        for _ in range(STEPS["session loop"]):
            session.run([step, loss])

    return steps


def numpy_loop(spec: WarmupSpec) -> Steps:
    """Return the same steps, written by hand in NumPy."""
    matrix = drawn_matrix(spec.size, spec.seed)
    x, squares = np.zeros_like(matrix), np.full_like(matrix, ACCUMULATED)
    identity = np.eye(spec.size)

    def steps() -> None:
        for _ in range(STEPS["NumPy loop"]):
            residue = x @ matrix - identity
            float(np.abs(residue).sum())  # the loss, which the others tell as well
            gradient = np.sign(residue) @ matrix.T
            squares[...] += gradient * gradient
            x[...] -= spec.learning_rate * gradient / np.sqrt(squares)

    return steps
