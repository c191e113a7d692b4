"""The ratios that matter in two minutes, beside those of the last release: a change that costs more than 5 % is marked.

Seconds differ from machine to machine and from hour to hour, so every figure is a ratio to a rival that is measured in
turn with it. The ratios of the last release are in `quick.json`, with the kind of machine; `QUICK_WRITE=1` renews them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from bench.command import keras_fit, our_epoch
from bench.growth import World, drawn, took_by
from bench.timing import in_turn
from bench.window import start
from engine import VERSION
from engine.analysis.probes.answer import answer
from engine.analysis.probes.fingerprints import View, fingerprints
from engine.core.lazy import tf
from engine.core.machine.bundled import BUNDLED
from engine.core.machine.device import cores
from engine.core.messages import run_through
from engine.core.specs import PRESETS, TrainSpec
from engine.model.network.model import initial_weights
from engine.session.jobs.files import SessionOpened, open_session
from engine.session.session import Session

if TYPE_CHECKING:
    from engine.core.lazy import Array
    from engine.data.dataset import Dataset

KEPT = Path(__file__).with_suffix(".json")
WRITE = "QUICK_WRITE"  # environment variable: anything but empty renews the kept ratios
TOLERANCE = 1.05
IMAGES = 55_000
ROUNDS, MANY, STARTS = 5, 200, 4

# Programs that print how long they took and how many bytes of memory they have at the end.
_TOLD = """
import time, sys; begin = time.perf_counter()
{}
pages = open("/proc/self/statm").read().split()[1] if sys.platform == "linux" else 1
print(time.perf_counter() - begin, 4096 * int(pages))
"""
QT = _TOLD.format("import PySide6.QtWidgets, numpy")
TENSORFLOW = _TOLD.format("import tensorflow; tensorflow.constant(1.0)")
OURS = _TOLD.format("from engine.core.lazy import tf; tf.constant(1.0)")

WORDS = {
    "epoch": "an epoch, beside keras.fit",
    "epoch_xla": "an epoch, beside a bare loop compiled by XLA",
    "answer": "an answer to a picture, beside its two matrix products",
    "fingerprints": "fingerprints of a new snapshot, beside one product",
    "open": "opening the bundled session, beside a hash of its bytes",
    "painted": "window painted, beside the import of Qt and NumPy",
    "stroke": "first answer to a stroke, beside the same",
    "ready": "TensorFlow ready, beside a bare import of it",
    "memory": "memory after TensorFlow's import, beside a bare one",
}


class Ratio(NamedTuple):
    """The median of the ratios of all rounds, and how far half of them are from it."""

    median: float
    spread: float

    @classmethod
    def of(cls, ours: list[float], rival: list[float]) -> Ratio:
        """Return the ratio of two figures that were measured in turn."""
        ratios = [mine / theirs for mine, theirs in zip(ours, rival, strict=True)]
        median = statistics.median(ratios)
        return cls(median, statistics.median(abs(each - median) for each in ratios))


def bench_quick(wanted: argparse.Namespace) -> int:
    """Print the ratios beside the kept ones, or keep them; returns the exit status, which is 0 whatever is worse."""
    rounds = min(ROUNDS, wanted.rounds)
    ratios = {**_trained(rounds), **_looked_at(rounds), **_started(min(STARTS, rounds))}
    kept = json.loads(KEPT.read_text()) if KEPT.is_file() else {"ratios": {}}
    if os.environ.get(WRITE):
        kept = {"version": VERSION, "machine": machine(), "ratios": {name: [*each] for name, each in ratios.items()}}
        KEPT.write_text(json.dumps(kept, indent=1) + "\n")
    if wanted.json:
        print(json.dumps({"machine": machine(), "ratios": ratios, "kept": kept}))
    else:
        print("\n".join(lines(ratios, kept)))
    return 0


def lines(ratios: dict[str, Ratio], kept: dict[str, Any]) -> list[str]:
    """Return the ratios as lines for the terminal, each with the kept one, and a mark where it is worse."""
    said = [f"Ratios, smaller is better, with half their spread; {machine()}"]
    if kept["ratios"]:
        said.append(f"beside those of {kept['version']} on {kept['machine']}")
    for name, now in ratios.items():
        line = f"  {WORDS[name]:<58}{now.median:8.3f} ± {now.spread:.3f}"
        if name in kept["ratios"]:
            before = Ratio(*kept["ratios"][name])
            line += f"{before.median:10.3f} ± {before.spread:.3f}{now.median / before.median - 1:+8.0%}"
            line += "  WORSE" if is_worse(now, before) else ""
        said.append(line)
    return said


def is_worse(now: Ratio, before: Ratio) -> bool:
    """Whether a ratio is worse by more than `TOLERANCE`, beyond its own spread and that of the kept one."""
    return now.median - now.spread > TOLERANCE * (before.median + before.spread)


def machine() -> str:
    """Return the kind of this machine: processor and number of cores."""
    try:
        text = Path("/proc/cpuinfo").read_text()
        names = [line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("model name")]
    except OSError:
        names = []
    return f"{names[0] if names else platform.processor() or platform.machine()}, {cores()} cores"


def _trained(rounds: int) -> dict[str, Ratio]:
    data, spec = drawn(IMAGES), PRESETS["blog"].spec
    epoch = our_epoch(data, spec)

    def beside(rival: Callable[[], object], count: int) -> Ratio:
        steps = list[float]()
        seconds = in_turn({"ours": lambda: steps.append(epoch().seconds), "rival": rival}, count)
        return Ratio.of(steps[1:], seconds["rival"])

    return {"epoch": beside(keras_fit(data, spec), rounds), "epoch_xla": beside(bare_loop(data, spec), 3 * rounds)}


def bare_loop(data: Dataset, spec: TrainSpec) -> Callable[[], object]:
    """Return an epoch of the same matrix products in one function that XLA compiles: no figures, norms, messages."""
    images = tf.constant(data.train_images.reshape(len(data.train_images), -1))
    labels = tf.one_hot(data.train_labels, len(data.classes))
    plan = spec.plan(data.shape, len(data.classes))
    weights = [tf.Variable(array) for array in initial_weights(plan.weights, spec.initial, spec.seed)]

    @tf.function(jit_compile=True)
    def steps(order: Any) -> None:
        w1, b1, w2, b2 = (weight.read_value() for weight in weights)
        for number in tf.range(len(order)):
            x = tf.cast(tf.gather(images, order[number]), tf.float32) / 255
            hidden = tf.nn.relu(x @ w1 + b1)
            slope = (tf.nn.softmax(hidden @ w2 + b2) - tf.gather(labels, order[number])) * (2.0 / spec.batch)
            back = tf.matmul(slope, w2, transpose_b=True) * tf.cast(hidden > 0, tf.float32)
            w2 -= spec.learning_rate * tf.matmul(hidden, slope, transpose_a=True)
            b2 -= spec.learning_rate * tf.reduce_sum(slope, axis=0)
            w1 -= spec.learning_rate * tf.matmul(x, back, transpose_a=True)
            b1 -= spec.learning_rate * tf.reduce_sum(back, axis=0)
        for weight, value in zip(weights, (w1, b1, w2, b2), strict=True):
            weight.assign(value)

    random = np.random.default_rng(1)
    batches = len(images) // spec.batch

    def epoch() -> None:
        order = random.permutation(len(images))[: batches * spec.batch].reshape(batches, spec.batch)
        steps(tf.constant(order))
        weights[0].numpy()  # waits for the device

    return epoch


def _looked_at(rounds: int) -> dict[str, Ratio]:
    with tempfile.TemporaryDirectory(prefix="layerlight-") as folder, World(Path(folder), images=40_000) as world:
        session, lens, picture = world.session, world.lens, world.picture
        kernel, bias, out, out_bias = world.run.moment(None).weights
        pixels = picture.reshape(1, -1)

        def products() -> Array:
            return [np.maximum(pixels @ kernel + bias, 0) @ out + out_bias for _ in range(MANY)][-1]

        def answered() -> None:
            for _ in range(MANY):
                run_through(answer(session, lens, picture))

        answers = in_turn({"ours": answered, "products": products}, 3 * rounds)
        tests = world.data.test_images.reshape(len(world.data.test_images), -1) / np.float32(255)
        maps = in_turn(
            {"ours": lambda: took_by(fingerprints(session, world.lens, View())), "product": lambda: tests @ kernel},
            3 * rounds,
        )
        actions = {"ours": lambda: _opened(world.data), "hash": lambda: hashlib.sha512(BUNDLED.read_bytes()).digest()}
        opened = in_turn(actions, 3 * rounds)
    return {
        "answer": Ratio.of(answers["ours"], answers["products"]),
        "fingerprints": Ratio.of(maps["ours"], maps["product"]),
        "open": Ratio.of(opened["ours"], opened["hash"]),
    }


def _opened(data: Dataset) -> None:
    session = Session(data)
    job = open_session(session, str(BUNDLED))
    next(message for message in job if isinstance(message, SessionOpened))
    job.close()
    session.close()


def _started(rounds: int) -> dict[str, Ratio]:
    """Compare starts of the program, and what the import of TensorFlow leaves, with bare imports, in turn."""
    figures: dict[str, list[float]] = {}
    for _ in range(rounds):
        qt_seconds, _ = _child(QT)
        started = start.measure(1)["medians"]
        tf_seconds, tf_bytes = _child(TENSORFLOW)
        _, our_bytes = _child(OURS)
        for name, value in (
            ("painted", started["painted"] / qt_seconds),
            ("stroke", started["answer"] / qt_seconds),
            ("ready", started["ready"] / tf_seconds),
            ("memory", our_bytes / tf_bytes),
        ):
            figures.setdefault(name, []).append(value)
    return {name: Ratio.of(values, [1.0] * len(values)) for name, values in figures.items()}


def _child(program: str) -> tuple[float, float]:
    """Run a program in a new process; return the seconds and bytes that it prints."""
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=start.ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    _, size = map(float, done.stdout.split()[-2:])
    return time.perf_counter() - begin, size
