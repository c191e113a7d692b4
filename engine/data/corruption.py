"""Corruptions of pictures: noise, blur, shift, rotation, occlusion, each with a strength from 0 to 1."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from engine.core.language import mark, tr
from engine.core.lazy import Array, np

type Generators = Sequence[np.random.Generator]

SEED = 7


class Corruption(NamedTuple):
    """One way to corrupt pictures; its texts are marked for translation."""

    title: str
    sentence: str  # its effect at full strength
    most: Callable[[int], float]  # the amount at full strength for pictures with that number of rows
    words: str  # the format of an amount with its unit,
    tick: str  # ... on an axis,
    axis: str  # ... and the title of the axis
    # Takes pictures (n, rows, columns), 0 to 1, an amount, and a generator for each; returns corrupted pictures.
    corruption: Callable[[Array, float, Generators], Array]

    def amount(self, strength: float, rows: int) -> float:
        """Return the amount at a strength of 0 to 1."""
        return strength * self.most(rows)

    def short(self, strength: float, rows: int) -> str:
        """Return the amount as a tick label."""
        return tr(self.tick, amount=self.amount(strength, rows))

    def say(self, strength: float, rows: int) -> str:
        """Return the amount with its unit."""
        return tr(self.words, amount=self.amount(strength, rows))


def corrupted(images: Array, kind: str, strength: float, numbers: Array, seed: int = SEED) -> Array:
    """Return corrupted images, uint8 (n, rows, columns); the same for the same seed and image `numbers` (n,)."""
    corruption = CORRUPTIONS[kind]
    if strength <= 0:
        return images
    # What is random follows from seed and image number, not from the strength or the other images: so curves over the
    # strength are smooth, and a preview shows exactly what is measured.
    generators = [np.random.Generator(np.random.Philox(key=[seed, number])) for number in numbers.tolist()]
    ink = corruption.corruption(images / np.float32(255), corruption.amount(strength, images.shape[1]), generators)
    return np.rint(np.clip(ink, 0, 1) * 255).astype(np.uint8)


def noisy(ink: Array, deviation: float, generators: Generators) -> Array:
    """Add normally distributed noise to each pixel."""
    noise = [generator.standard_normal(ink.shape[1:], np.float32) for generator in generators]
    return ink + np.float32(deviation) * np.stack(noise)


def blurred(ink: Array, deviation: float, generators: Generators) -> Array:
    """Blur with a Gaussian of that standard deviation in pixels; ink that leaves the picture is lost."""
    down, across = (_gaussian(side, deviation) for side in ink.shape[1:])
    return down @ ink @ across


def _gaussian(side: int, deviation: float) -> Array:
    """Return the share of each place's ink that goes to each other place (side, side)."""
    reach = math.ceil(6 * deviation)
    whole = np.exp(-((np.arange(-reach, reach + 1) / deviation) ** 2) / 2).sum()
    apart = np.subtract.outer(np.arange(side), np.arange(side))
    return (np.exp(-((apart / deviation) ** 2) / 2) / whole).astype(np.float32)


def shifted(ink: Array, distance: float, generators: Generators) -> Array:
    """Shift each picture by `distance` pixels in a random direction."""
    angles = np.array([generator.uniform(0, 2 * np.pi) for generator in generators], np.float32)
    rows, columns = np.indices(ink.shape[1:], np.float32)
    return read_between(
        ink,
        rows - np.float32(distance) * np.sin(angles)[:, None, None],
        columns - np.float32(distance) * np.cos(angles)[:, None, None],
    )


def rotated(ink: Array, degrees: float, generators: Generators) -> Array:
    """Rotate each picture around its centre, clockwise or counterclockwise."""
    signs = np.array([1 if generator.random() < 0.5 else -1 for generator in generators], np.float32)
    sine, cosine = (function(signs * np.float32(np.deg2rad(degrees)))[:, None, None] for function in (np.sin, np.cos))
    rows, columns = np.indices(ink.shape[1:], np.float32)
    middle = (ink.shape[1] - 1) / 2, (ink.shape[2] - 1) / 2
    y, x = rows - middle[0], columns - middle[1]
    return read_between(ink, cosine * y - sine * x + middle[0], sine * y + cosine * x + middle[1])


def occluded(ink: Array, percent: float, generators: Generators) -> Array:
    """Erase a rectangle with that percentage of height and width, at a random place in each picture."""
    share = percent / 100
    places = np.array([generator.random(2) for generator in generators])
    covered = [
        _covered(side, share * side, place) for side, place in zip(ink.shape[1:], (1 - share) * places.T, strict=True)
    ]
    return ink * (1 - covered[0][:, :, None] * covered[1][:, None, :])


def _covered(side: int, length: float, begins: Array) -> Array:
    """Return the share (n, side) of each pixel that an interval of that length covers, from `begins` (n,) on."""
    left, places = side * begins[:, None], np.arange(side)
    return np.clip(np.minimum(left + length, places + 1) - np.maximum(left, places), 0, 1).astype(np.float32)


def read_between(ink: Array, rows: Array, columns: Array) -> Array:
    """Return ink at fractional `rows` and `columns` (n, rows, columns each), linearly interpolated; 0 beyond edges."""
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
        mark("Noise"),
        mark("noise as strong as the ink itself."),
        lambda _: 1.0,
        mark("{amount:.2f} of full ink"),
        "{amount:.1f}",
        mark("noise: standard deviation, as a share of full ink"),
        noisy,
    ),
    "blur": Corruption(
        mark("Blur"),
        mark("a bell whose deviation is a seventh of the height."),
        lambda rows: rows / 7,
        mark("{amount:.1f} px"),
        "{amount:.1f}",
        mark("blur: standard deviation, in pixels"),
        blurred,
    ),
    "shift": Corruption(
        mark("Shift"),
        mark("moved by half the height, each in a direction of its own."),
        lambda rows: rows / 2,
        mark("{amount:.1f} px"),
        "{amount:.1f}",
        mark("shift: distance in pixels, each in a direction of its own"),
        shifted,
    ),
    "rotation": Corruption(
        mark("Rotation"),
        mark("turned upside down."),
        lambda _: 180.0,
        "{amount:.0f}°",
        "{amount:.0f}°",
        mark("rotation: angle, half of the images clockwise"),
        rotated,
    ),
    "occlusion": Corruption(
        mark("Occlusion"),
        mark("covered altogether."),
        lambda _: 100.0,
        mark("{amount:.0f} % of each side"),
        "{amount:.0f} %",
        mark("occlusion: covered part of height and of width"),
        occluded,
    ),
}
