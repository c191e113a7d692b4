"""The command `bench`: an epoch of training beside the same epoch written otherwise, in one run."""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.timing import in_turn, ratio, with_all_threads
from engine.core.layers.kinds import DenseLayer
from engine.core.lazy import Array, keras, tf
from engine.core.machine.device import device
from engine.core.specs import PRESETS, TrainSpec
from engine.data.sources import open_dataset
from engine.model.network.model import Model, initial_weights
from engine.model.training.learner import OPTIMIZERS
from engine.model.training.losses import LARGEST, LOSSES, SMALLEST
from engine.model.training.messages import EpochDone
from engine.session.jobs.train import train
from engine.session.session import Session

if TYPE_CHECKING:
    from engine.data.dataset import Dataset

MATRIX, PRODUCTS = 2048, 8

CONVOLUTION_ROUNDS = 3

type Epoch = Callable[[], object]


def bench_command(wanted: argparse.Namespace) -> int:
    """Print the figures; returns the exit status."""
    data, _ = open_dataset(wanted.dataset)
    figures: dict[str, Any] = {"data": data.summary, "device": device().name}
    figures["dense"] = _dense(data, wanted.rounds)
    figures["convolutional"] = _convolutional(data, min(wanted.rounds, CONVOLUTION_ROUNDS))
    if wanted.json:
        print(json.dumps(figures))
    else:
        _print(figures)
    return 0


def our_epoch(data: Dataset, spec: TrainSpec) -> Callable[[], EpochDone]:
    """Return an epoch of the job `train`, with its test and messages as far as they fall between two epochs."""
    job = train(Session(data), spec.but(epochs=10_000))

    def epoch() -> EpochDone:
        return next(message for message in job if isinstance(message, EpochDone))

    return epoch


def _dense(data: Dataset, rounds: int) -> dict[str, Any]:
    spec = PRESETS["blog"].spec
    rivals = {"keras.fit": keras_fit, "session loop": session_loop, "NumPy loop": numpy_loop}
    figures, seconds = _beside(
        data, spec, {name: make(data, spec) for name, make in rivals.items()}, {"SGEMM": products()}, rounds
    )
    rate = 2 * MATRIX**3 * PRODUCTS / statistics.median(seconds["SGEMM"])
    share = operations(data, spec) / figures["epoch_seconds"]["Layerlight"] / rate
    return {**figures, "sgemm_gflops": rate / 1e9, "share_of_sgemm": share}


def _convolutional(data: Dataset, rounds: int) -> dict[str, Any]:
    spec = PRESETS["conv"].spec
    return _beside(data, spec, {"keras.fit": keras_fit(data, spec)}, {}, rounds)[0]


def _beside(
    data: Dataset, spec: TrainSpec, rivals: dict[str, Epoch], others: dict[str, Epoch], rounds: int
) -> tuple[dict[str, Any], dict[str, list[float]]]:
    """Time our epoch beside the rivals', and what else is asked for; return the figures and all seconds.

    The rivals only train, so they are compared with our epoch's steps; what its test adds is a figure of its own.
    """
    ours, steps = our_epoch(data, spec), list[float]()
    seconds = in_turn({"Layerlight": lambda: steps.append(ours().seconds), **rivals, **others}, rounds)
    with_test, seconds["Layerlight"] = seconds["Layerlight"], steps[1:]  # the first one was not counted
    figures = {
        "epoch_seconds": {name: statistics.median(seconds[name]) for name in ("Layerlight", *rivals)},
        "epoch_seconds_with_test": statistics.median(with_test),
        "times_faster_than": {name: ratio(seconds[name], steps[1:]) for name in rivals},
    }
    return figures, seconds


def operations(data: Dataset, spec: TrainSpec) -> float:
    """Return the floating point operations of an epoch's matrix products.

    Two per weight and image forwards, two for the kernel's gradient, and two for what is handed back to the layer
    before, which the first layer has no need of.
    """
    widths = [data.shape[0] * data.shape[1]]
    widths += [layer.width for layer in spec.hidden if isinstance(layer, DenseLayer)]
    widths.append(len(data.classes))
    weights = [before * after for before, after in itertools.pairwise(widths)]
    return len(data.train_images) * (6.0 * sum(weights) - 2.0 * weights[0])


def products() -> Epoch:
    """Return some large single-precision matrix products: what the machine can do at best."""
    a, b = (tf.random.stateless_uniform([MATRIX, MATRIX], [1, seed]) for seed in (1, 2))

    def products() -> None:
        last = [tf.matmul(a, b) for _ in range(PRODUCTS)][-1]
        last.numpy()  # waits for the device

    return products


def _print(figures: dict[str, Any]) -> None:
    print(f"{figures['data']} on {figures['device']}; medians")
    for title, key in (("784-300-10, an epoch", "dense"), ("Convolutional, an epoch", "convolutional")):
        print(f"\n{title}")
        part = figures[key]
        for name, seconds in part["epoch_seconds"].items():
            faster = part["times_faster_than"].get(name)
            beside = f"   Layerlight is {faster:.2f} times as fast" if faster else ""
            print(f"  {name:14}{seconds:8.3f} s{beside}")
        print(f"  {'with its test':14}{part['epoch_seconds_with_test']:8.3f} s")
        if key == "dense":
            print(f"  SGEMM {part['sgemm_gflops']:.0f} GFLOP/s, of which training reaches {part['share_of_sgemm']:.0%}")


# The rivals ---------------------------------------------------------------------------------------------------------


def keras_fit(data: Dataset, spec: TrainSpec) -> Epoch:
    """Return an epoch of `keras.Model.fit` on the same network, loss and optimiser, data ready as float32."""
    model = Model(spec.plan(data.shape, len(data.classes))).keras
    images, labels = _floats(data.train_images), data.train_labels.astype(np.int32)
    loss = LOSSES[spec.loss]
    keras.utils.set_random_seed(spec.seed)  # or it could not shuffle where all is to be reproducible
    model.compile(
        OPTIMIZERS[spec.optimizer](spec.learning_rate), lambda y, z: loss(tf.cast(tf.reshape(y, [-1]), tf.int32), z)
    )
    return lambda: model.fit(images, labels, batch_size=spec.batch, epochs=1, verbose=0)


def session_loop(data: Dataset, spec: TrainSpec) -> Epoch:
    """Return an epoch as the blog post ran it: a TensorFlow 1 graph, `session.run` with a fed batch per step."""
    v1 = tf.compat.v1
    images = _floats(data.train_images).reshape(len(data.train_images), -1)
    classes = len(data.classes)
    labels = np.eye(classes, dtype=np.float32)[data.train_labels]
    start = _dense_weights(images.shape[1], spec, classes)
    with tf.Graph().as_default() as graph:
        x, y = (v1.placeholder(tf.float32, [None, images.shape[1]]), v1.placeholder(tf.float32, [None, classes]))
        w1, b1, w2, b2 = (v1.Variable(weights, use_resource=False) for weights in start)
        p = tf.clip_by_value(tf.nn.softmax(tf.nn.relu(x @ w1 + b1) @ w2 + b2), SMALLEST, LARGEST)
        loss = -tf.reduce_mean(tf.reduce_sum(y * tf.math.log(p) + (1 - y) * tf.math.log(1 - p), axis=1))
        step = v1.train.GradientDescentOptimizer(spec.learning_rate).minimize(loss)
        session = v1.Session(graph=graph)
        session.run(v1.global_variables_initializer())

    def epoch() -> None:
        for batch in _batches(len(images), spec.batch):
            session.run([step, loss], {x: images[batch], y: labels[batch]})

    return epoch


def numpy_loop(data: Dataset, spec: TrainSpec) -> Epoch:
    """Return an epoch of the same steps, written by hand in NumPy."""
    images = _floats(data.train_images).reshape(len(data.train_images), -1)
    labels = np.eye(len(data.classes), dtype=np.float32)[data.train_labels]
    weights = [array.copy() for array in _dense_weights(images.shape[1], spec, len(data.classes))]

    def epoch() -> None:
        for batch in _batches(len(images), spec.batch):
            numpy_step(weights, images[batch], labels[batch], spec.learning_rate)

    return with_all_threads(epoch)


def numpy_step(weights: list[Array], x: Array, y: Array, rate: float) -> float:
    """Take one step of gradient descent on the clipped loss, in place; return the loss.

    `weights` is kernel and bias of both layers, `x` (batch, pixels), `y` (batch, classes) one-hot.
    """
    w1, b1, w2, b2 = weights
    hidden = np.maximum(x @ w1 + b1, 0)
    z = hidden @ w2 + b2
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    q = np.clip(p, SMALLEST, LARGEST)
    loss = -np.mean(np.sum(y * np.log(q) + (1 - y) * np.log(1 - q), axis=1))
    dp = np.where((p >= SMALLEST) & (p <= LARGEST), ((1 - y) / (1 - q) - y / q) / len(x), 0)
    dz = p * (dp - np.sum(dp * p, axis=1, keepdims=True))
    dh = dz @ w2.T * (hidden > 0)
    for weight, gradient in zip(weights, (x.T @ dh, dh.sum(axis=0), hidden.T @ dz, dz.sum(axis=0)), strict=True):
        weight -= rate * gradient
    return float(loss)


def _floats(images: Array) -> Array:
    return images.astype(np.float32) / 255


def _dense_weights(pixels: int, spec: TrainSpec, classes: int) -> tuple[Array, ...]:
    return initial_weights(spec.plan((1, pixels), classes).weights, spec.initial, spec.seed)


def _batches(images: int, batch: int) -> list[Array]:
    order = np.random.default_rng(1).permutation(images)
    return [order[first : first + batch] for first in range(0, images - batch + 1, batch)]
