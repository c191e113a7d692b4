"""Adversaries: the small changes that fool a network, and the ideal images of one that is not fooled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.analysis.ideal.job import IdealImages, paint_ideal
from engine.analysis.ideal.spec import PRESETS, IdealSpec
from engine.core.frozen import Frozen
from engine.core.language import mark, tr
from engine.core.lazy import Array, tf
from engine.core.lens import Lens, Weights
from engine.core.messages import Turns, slices
from engine.core.specs import ADAM, TrainSpec
from engine.core.text import in_percent
from engine.data.dataset import mean_images
from engine.model.network.plain import softmax
from engine.session.jobs.train import batches
from engine.studies.experiments.parts.experiment import Look, Measured, Measuring, experiment, of_images
from engine.studies.experiments.parts.lab import Lab, curve
from engine.studies.experiments.parts.learning import AT_ONCE, Learning, Objective, accuracy, forward


class Sizes(Frozen):
    """The softmax regression, the network that is trained twice, the changes of pixels, and the ideal images."""

    linear: TrainSpec = TrainSpec(
        layers="", initial="glorot", loss="cross_entropy", learning_rate=0.1, batch=100, epochs=5
    )
    deep: TrainSpec = ADAM.but(layers="300", epochs=6)
    reach: float = 0.25  # the change of each pixel, of 0 to 1, against the softmax regression
    hardening: float = 0.1  # the maximum change of a pixel in each step of the robust training, ...
    tries: int = 5  # ... and the number of gradient steps that find it
    ideal: IdealSpec = PRESETS["l2"].spec.but(steps=300)


def fgsm(weights: Sequence[Any], x: tf.Tensor, labels: tf.Tensor, reach: Any) -> tf.Tensor:
    """Return images (n, pixels), each moved by `reach` along the sign of the loss' gradient: the fast gradient sign
    method of Goodfellow, Shlens and Szegedy (2015). As there, they are not clipped to 0..1."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, forward(weights, x)[1]))
    return x + reach * tf.sign(tape.gradient(loss, x))


def fooled(weights: Weights, x: Array, labels: Array, reach: float) -> Turns[Array]:
    """Return the logits of all images after `fgsm`, in turns."""
    parts = []
    tensors = [tf.constant(array) for array in weights]
    for chosen in slices(len(x), AT_ONCE):
        attacked = fgsm(tensors, tf.constant(x[chosen]), tf.constant(labels[chosen], tf.int64), np.float32(reach))
        parts.append(forward(tensors, attacked)[1].numpy())
        yield None
    return np.concatenate(parts)


def robust(reach: float, tries: int) -> Objective:
    """Return the mean cross-entropy on images that are changed against the network within `reach`, clipped to 0..1.

    The change is found by projected gradient descent in `tries` steps from a random start, as in Madry et al. (2018)
    and Tsipras et al. (2019).
    """
    # With a single step the network learns to withstand just that: it then reads 99.9 % of such images, 80 % of the
    # plain ones, and its ideal images are further from digits than before.

    def loss(weights: list[tf.Tensor], x: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        frozen = [tf.stop_gradient(array) for array in weights]
        seed = tf.stack([tf.cast(tf.reduce_sum(x), tf.int32), tf.cast(labels[0], tf.int32)])
        moved = x + tf.random.stateless_uniform(x.shape, seed, -reach, reach)
        for _ in range(tries):
            moved = fgsm(frozen, moved, labels, np.float32(2 * reach / tries))
            moved = tf.clip_by_value(tf.clip_by_value(moved, x - reach, x + reach), 0.0, 1.0)
        logits = forward(weights, tf.stop_gradient(moved))[1]
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))

    return loss


def angles(images: Array, means: Array) -> Array:
    """Return the angle between each image and its class mean, (classes,) in degrees."""
    flat, to = (stack.reshape(len(stack), -1).astype(np.float64) for stack in (images, means))
    lengths = np.linalg.norm(flat, axis=1) * np.linalg.norm(to, axis=1)
    cosines = (flat * to).sum(axis=1) / np.maximum(lengths, np.finfo(float).tiny)
    return np.degrees(np.arccos(np.clip(cosines, -1, 1)))


VERDICT = mark(
    "Softmax regression reads {wrong} of the changed images wrongly, with a probability of {probability} on average "
    "(the paper's 79.3 %, whose training is not told). Of those changed by {change} a network trained as usual reads "
    "{usual}, one trained robustly {robust}; their ideal images are {away}° and {robust_away}° away from the class "
    "means."
)


def measure(lab: Lab, sizes: Sizes) -> Measuring:
    """Fool a softmax regression; train a deeper network plainly and robustly, and compare their ideal images."""
    x, labels = lab.pixels(lab.data.test_images), lab.data.test_labels
    linear = yield from lab.train(sizes.linear, tr("softmax regression"), until=0.15)
    logits = yield from fooled(linear.moment(None).weights, x, labels, sizes.reach)
    wrong = logits.argmax(axis=1) != labels
    confidence = float(softmax(logits.astype(np.float64)).max(axis=1)[wrong].mean()) if wrong.any() else 0.0

    plain = yield from lab.train(sizes.deep, tr("trained as usual"), until=0.35)
    hardened = yield from _harden(lab, sizes)

    reaches = np.linspace(0, sizes.reach, 11)
    curves = []
    for label, run in (
        (tr("softmax regression"), linear),
        (tr("trained as usual"), plain),
        (tr("trained robustly"), hardened),
    ):
        heights = []
        for reach in reaches:
            heights.append(accuracy((yield from fooled(run.moment(None).weights, x, labels, reach)), labels))
        curves.append(curve(label, reaches, heights))
        yield lab.shows(*curves)
    means = mean_images(lab.data)
    away = []
    for number, run in enumerate((plain, hardened)):
        painted = None
        for message in paint_ideal(lab.session, Lens(run.name), sizes.ideal):
            if isinstance(message, IdealImages):
                painted = message
                share = (number + message.number / sizes.ideal.steps) / 2
                yield lab.at(0.85 + 0.15 * share, tr("Ideal images"))
        assert painted is not None
        away.append(float(angles(painted.images[: len(means)], means).mean()))
    place = int(np.abs(reaches - sizes.hardening).argmin())
    return Measured(
        here=(float(wrong.mean()), away[0] - away[1]),
        resolution=(of_images(len(labels)), 0.0),
        verdict=VERDICT.format(
            wrong=in_percent(wrong.mean(), 1),
            probability=in_percent(confidence, 1),
            change=f"{reaches[place]:.2f}",
            usual=in_percent(curves[1].y[place], 1),
            robust=in_percent(curves[2].y[place], 1),
            away=f"{away[0]:.0f}",
            robust_away=f"{away[1]:.0f}",
        ),
        look=Look(tab="ideal", run=hardened.name),
    )


def _harden(lab: Lab, sizes: Sizes) -> Any:
    """Train the same network on images that are changed against it in every step; return its run."""
    spec, data = sizes.deep, lab.data
    images = len(data.train_images)
    in_epoch = images // spec.batch
    run = lab.begin(spec, tr("trained robustly"), in_epoch)
    weights = lab.drawn(spec)
    lab.keep(run, 0, weights)
    learning = Learning(
        weights, robust(sizes.hardening, sizes.tries), data.train_images.reshape(images, -1), data.train_labels,
        rule="adam", rate=spec.learning_rate,
    )  # fmt: skip
    order = batches(images, spec.batch, spec.epochs * in_epoch, spec.seed)
    for number, epoch in enumerate(np.split(order, spec.epochs)):
        yield from lab.learn(run, learning, epoch, until=0.35 + 0.4 * (number + 1) / spec.epochs)
    return run


EXPERIMENT = experiment("adversaries", measure, Sizes(), says=(VERDICT,), seconds=60)
