"""Augmentation on the device: every training image is shifted, turned, scaled and made noisy anew in every epoch."""

from __future__ import annotations

import math

from engine.base.lazy import tf
from engine.base.specs import TrainSpec


def is_augmented(spec: TrainSpec) -> bool:
    """Whether the settings change the training images at all."""
    return bool(spec.shift or spec.rotate or spec.scale or spec.noise)


def augment(images: tf.Tensor, spec: TrainSpec, seed: tf.Tensor) -> tf.Tensor:
    """Return `images` (batch, rows, columns), pixels between 0 and 1, each warped in its own way.

    `seed` (2,) decides how; the same seed gives the same pictures. Pixels from outside are ground (0). Every pixel of
    the answer is looked up where the inverse of turn, scale and shift says it came from, between four neighbours.
    """
    batch, rows, columns = images.shape
    seeds = tf.unstack(tf.random.split(seed, 5))

    def uniform(number: int, reach: float) -> tf.Tensor:
        return tf.random.stateless_uniform([batch, 1, 1], seeds[number], -reach, reach)

    if spec.shift or spec.rotate or spec.scale:
        angle = uniform(0, math.radians(spec.rotate))
        size = 1 + uniform(1, spec.scale)
        down, right = (
            tf.round(uniform(number, spec.shift + 0.5 if spec.shift else 0.0)) for number in (2, 3)
        )
        y = tf.reshape(tf.range(rows, dtype=tf.float32) - (rows - 1) / 2, [1, rows, 1]) - down
        x = tf.reshape(tf.range(columns, dtype=tf.float32) - (columns - 1) / 2, [1, 1, columns]) - right
        source_y = (tf.cos(angle) * y - tf.sin(angle) * x) / size + (rows - 1) / 2
        source_x = (tf.sin(angle) * y + tf.cos(angle) * x) / size + (columns - 1) / 2
        images = _look_up(images, source_y, source_x)
    if spec.noise:
        noise = tf.random.stateless_normal([batch, rows, columns], seeds[4], stddev=spec.noise)
        images = tf.clip_by_value(images + noise, 0.0, 1.0)
    return images


def _look_up(images: tf.Tensor, y: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
    """Return the bilinear mean of the four pixels around each place; `y` and `x` are (batch, rows, columns)."""
    batch, rows, columns = images.shape
    flat = tf.reshape(images, [batch, rows * columns])
    top, left = tf.floor(y), tf.floor(x)
    total = tf.zeros_like(images)
    for down in (0, 1):
        for right in (0, 1):
            row, column = top + down, left + right
            inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
            place = tf.clip_by_value(row, 0, rows - 1) * columns + tf.clip_by_value(column, 0, columns - 1)
            pixel = tf.gather(flat, tf.reshape(tf.cast(place, tf.int32), [batch, -1]), axis=1, batch_dims=1)
            weight = (1 - tf.abs(y - row)) * (1 - tf.abs(x - column)) * tf.cast(inside, tf.float32)
            total += weight * tf.reshape(pixel, [batch, rows, columns])
    return total
