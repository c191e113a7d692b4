"""Corruptions of pictures: noise, blur, shift, rotation, occlusion, each with a strength from 0 to 1 in plain units."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.core.array import Array
from engine.core.lazy import np

if TYPE_CHECKING:
    type Generators = Sequence[np.random.Generator]

SEED = 7


@dataclass(frozen=True, slots=True)
class Corruption:
    """One way to corrupt pictures."""

    title: str
    sentence: str  # what it does at full strength
    most: Callable[[int], float]  # how much that is for pictures with that number of rows
    words: str  # how an amount is written,
    tick: str  # ... on an axis,
    unit: str  # ... and what the axis is about
    corruption: Callable[[Array, float, Generators], Array]
    """Takes pictures (n, rows, columns), 0 to 1, an amount, and a generator for each; returns them corrupted."""

    def amount(self, strength: float, rows: int) -> float:
        """Return how much it does at a strength of 0 to 1."""
        return strength * self.most(rows)

    def short(self, strength: float, rows: int) -> str:
        """Return that amount as it stands on an axis."""
        return self.tick.format(self.amount(strength, rows))

    def say(self, strength: float, rows: int) -> str:
        """Return that amount with its unit."""
        return self.words.format(self.amount(strength, rows))


def corrupted(images: Array, kind: str, strength: float, numbers: Array, seed: int = SEED) -> Array:
    """Return images, uint8 (n, rows, columns), corrupted: the same again for the same seed and `numbers` (n,).

    What is random, as the direction of a shift, follows from seed and number alone: not from the strength, nor from the
    images beside it.
    """
    corruption = CORRUPTIONS[kind]
    if strength <= 0:
        return images
    generators = [np.random.Generator(np.random.Philox(key=[seed, number])) for number in numbers.tolist()]
    ink = corruption.corruption(
        images / np.float32(255), corruption.amount(strength, images.shape[1]), generators
    )
    return np.rint(np.clip(ink, 0, 1) * 255).astype(np.uint8)


def noisy(ink: Array, deviation: float, generators: Generators) -> Array:
    """Add noise of the normal distribution to each pixel."""
    noise = [generator.standard_normal(ink.shape[1:], np.float32) for generator in generators]
    return ink + np.float32(deviation) * np.stack(noise)


def blurred(ink: Array, deviation: float, generators: Generators) -> Array:
    """Spread each pixel's ink as a bell of that deviation in pixels; what leaves the picture is lost."""
    down, across = (_bell(side, deviation) for side in ink.shape[1:])
    return down @ ink @ across


def _bell(side: int, deviation: float) -> Array:
    """Return what of each place's ink comes to each other place (side, side)."""
    reach = math.ceil(6 * deviation)
    whole = np.exp(-((np.arange(-reach, reach + 1) / deviation) ** 2) / 2).sum()
    apart = np.subtract.outer(np.arange(side), np.arange(side))
    return (np.exp(-((apart / deviation) ** 2) / 2) / whole).astype(np.float32)


def shifted(ink: Array, distance: float, generators: Generators) -> Array:
    """Move each picture by `distance` pixels in a direction of its own."""
    angles = np.array([generator.uniform(0, 2 * np.pi) for generator in generators], np.float32)
    rows, columns = np.indices(ink.shape[1:], np.float32)
    return read_between(
        ink,
        rows - np.float32(distance) * np.sin(angles)[:, None, None],
        columns - np.float32(distance) * np.cos(angles)[:, None, None],
    )


def rotated(ink: Array, degrees: float, generators: Generators) -> Array:
    """Turn each picture around its middle, clockwise or against it."""
    signs = np.array([1 if generator.random() < 0.5 else -1 for generator in generators], np.float32)
    sine, cosine = (each(signs * np.float32(np.deg2rad(degrees)))[:, None, None] for each in (np.sin, np.cos))
    rows, columns = np.indices(ink.shape[1:], np.float32)
    middle = (ink.shape[1] - 1) / 2, (ink.shape[2] - 1) / 2
    y, x = rows - middle[0], columns - middle[1]
    return read_between(ink, cosine * y - sine * x + middle[0], sine * y + cosine * x + middle[1])


def occluded(ink: Array, percent: float, generators: Generators) -> Array:
    """Take the ink out of a rectangle with so much of height and width, at a place of its own in each picture."""
    share = percent / 100
    places = np.array([generator.random(2) for generator in generators])
    covered = [
        _covered(side, share * side, place)
        for side, place in zip(ink.shape[1:], (1 - share) * places.T, strict=True)
    ]
    return ink * (1 - covered[0][:, :, None] * covered[1][:, None, :])


def _covered(side: int, length: float, begins: Array) -> Array:
    """Return how much of each of `side` places is covered by a stretch of that length (n, side).

    `begins` (n,) are shares of the side.
    """
    left, places = side * begins[:, None], np.arange(side)
    return np.clip(np.minimum(left + length, places + 1) - np.maximum(left, places), 0, 1).astype(np.float32)


def read_between(ink: Array, rows: Array, columns: Array) -> Array:
    """Return ink (n, rows, columns) read at places between the pixels (n, rows, columns), by linear interpolation.

    Beyond the edges there is none.
    """
    padded = np.pad(ink, ((0, 0), (1, 2), (1, 2)))
    rows, columns = (
        np.clip(places + 1, 0, side + 1) for places, side in zip((rows, columns), ink.shape[1:], strict=True)
    )
    top, left = rows.astype(np.int64), columns.astype(np.int64)
    down, right = (rows - top).astype(np.float32), (columns - left).astype(np.float32)
    width, flat = padded.shape[2], padded.reshape(-1)
    first = (np.arange(len(ink))[:, None, None] * padded.shape[1] + top) * width + left
    above = flat[first] * (1 - right) + flat[first + 1] * right
    below = flat[first + width] * (1 - right) + flat[first + width + 1] * right
    return above * (1 - down) + below * down


CORRUPTIONS = {
    "noise": Corruption(
        "Noise",
        "noise as strong as the ink itself.",
        lambda _: 1.0,
        "{:.2f} of full ink",
        "{:.1f}",
        "standard deviation, as a share of full ink",
        noisy,
    ),
    "blur": Corruption(
        "Blur",
        "a bell whose deviation is a seventh of the height.",
        lambda rows: rows / 7,
        "{:.1f} px",
        "{:.1f}",
        "standard deviation, in pixels",
        blurred,
    ),
    "shift": Corruption(
        "Shift",
        "moved by half the height, each in a direction of its own.",
        lambda rows: rows / 2,
        "{:.1f} px",
        "{:.1f}",
        "distance in pixels, each in a direction of its own",
        shifted,
    ),
    "rotation": Corruption(
        "Rotation",
        "turned upside down.",
        lambda _: 180.0,
        "{:.0f}°",
        "{:.0f}°",
        "angle, half of the images clockwise",
        rotated,
    ),
    "occlusion": Corruption(
        "Occlusion",
        "covered altogether.",
        lambda _: 100.0,
        "{:.0f} % of each side",
        "{:.0f} %",
        "covered part of height and of width",
        occluded,
    ),
}
