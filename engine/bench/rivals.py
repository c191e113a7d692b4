"""The other ways to train the same network: what the field would otherwise write."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.base.lazy import keras, tf
from engine.base.specs import TrainSpec
from engine.bench.timing import with_all_threads
from engine.network.initial import initial_weights
from engine.network.model import build_model
from engine.training.learner import OPTIMIZERS
from engine.training.losses import LARGEST, LOSSES, SMALLEST

if TYPE_CHECKING:
    from engine.data.dataset import Dataset

type Epoch = Callable[[], object]


def keras_fit(data: Dataset, spec: TrainSpec) -> Epoch:
    """Return an epoch of `keras.Model.fit` on the same network, loss and optimiser, data ready as float32."""
    model = build_model(spec, data.shape, len(data.classes))
    images, labels = _floats(data.train_images), data.train_labels.astype(np.int32)
    loss = LOSSES[spec.loss]
    keras.utils.set_random_seed(spec.seed)  # or it could not shuffle where all is to be reproducible
    model.compile(
        OPTIMIZERS[spec.optimizer](spec.learning_rate),
        lambda y, z: loss(tf.cast(tf.reshape(y, [-1]), tf.int32), z),
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
        x, y = (
            v1.placeholder(tf.float32, [None, images.shape[1]]),
            v1.placeholder(tf.float32, [None, classes]),
        )
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


def numpy_step(
    weights: list[np.ndarray[Any, Any]], x: np.ndarray[Any, Any], y: np.ndarray[Any, Any], rate: float
) -> float:
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
    for weight, gradient in zip(
        weights, (x.T @ dh, dh.sum(axis=0), hidden.T @ dz, dz.sum(axis=0)), strict=True
    ):
        weight -= rate * gradient
    return float(loss)


def _floats(images: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return images.astype(np.float32) / 255


def _dense_weights(pixels: int, spec: TrainSpec, classes: int) -> tuple[np.ndarray[Any, Any], ...]:
    width = spec.hidden[0].width
    return initial_weights([(pixels, width), (width,), (width, classes), (classes,)], spec.initial, spec.seed)


def _batches(images: int, batch: int) -> list[np.ndarray[Any, Any]]:
    order = np.random.default_rng(1).permutation(images)
    return [order[first : first + batch] for first in range(0, images - batch + 1, batch)]
