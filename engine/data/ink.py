"""From brightness to ink: which of a picture's tones is the ground, and what on it is only light, shade or noise."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image, ImageFilter

type Array = np.ndarray[Any, Any]

BORDER = 0.04
"""Share of the shorter side that the border is thick, whose brightness tells the ground's."""

LEAST_CONTRAST = 0.06
"""Where ink and ground are nearer to each other there is nothing to read."""

EVEN = 0.1
"""A ground whose brightness varies more than this on the border is that of a photo."""

SMALL = 128
"""The longer side in pixels at which light and shade are looked at: they are no details."""

PAPER = 6
"""Radius of the blur that leaves only light and shade, in pixels of the small picture."""

FAINT = 0.35
"""What is less ink than this on a photo is paper."""


def ink_of(grey: Array, *, least: float = 0.0) -> Array:
    """Return the ink, float32 (rows, columns), 0 to 1, of a picture's brightness, 0 to 1, dark on light or reverse.

    What is `least` ink or less is none. Where there is no contrast all is zero.
    """
    border = _border(grey)
    ground = float(np.median(border))
    if ground - grey.min() < grey.max() - ground:
        grey, border, ground = 1 - grey, 1 - border, 1 - ground  # from here on dark on light
    low, high = np.quantile(border, (0.1, 0.9))
    if high - low > EVEN:
        return _from_photo(grey)
    return _from_even(grey, ground, max(least, 2 * float(high - low)))


def _border(grey: Array) -> Array:
    width = max(1, round(BORDER * min(grey.shape)))
    parts = (grey[:width], grey[-width:], grey[:, :width], grey[:, -width:])
    return np.concatenate([part.ravel() for part in parts])


def _from_even(grey: Array, ground: float, noise: float) -> Array:
    depth = ground - float(grey.min())
    if depth < LEAST_CONTRAST:
        return np.zeros(grey.shape, np.float32)
    ink = np.clip((ground - grey) / depth, 0, 1)
    noise = min(noise / depth, 0.5) if noise else 0.0
    return np.where(ink > noise, ink, 0).astype(np.float32)


def _from_photo(grey: Array) -> Array:
    """Divide the paper's light and shade out, and take for ink what is on the darker side of Otsu's threshold."""
    reflected = np.clip(grey / np.maximum(_paper(grey), 0.02), 0, 1)
    threshold = otsu(reflected)
    is_dark = reflected <= threshold
    if not is_dark.any() or is_dark.all():
        return np.zeros(grey.shape, np.float32)
    dark, light = float(reflected[is_dark].mean()), float(np.median(reflected[~is_dark]))
    if light - dark < 2 * LEAST_CONTRAST:
        return np.zeros(grey.shape, np.float32)
    ink = np.clip((light - reflected) / (light - dark), 0, 1)
    return np.where(ink > FAINT, ink, 0).astype(np.float32)


def _paper(grey: Array) -> Array:
    """Return the brightness of the paper alone: the brightest in the neighbourhood, blurred."""
    whole = Image.fromarray(np.asarray(grey * 255, np.uint8))
    small = whole.copy()
    small.thumbnail((SMALL, SMALL), Image.Resampling.BOX)
    small = small.filter(ImageFilter.MedianFilter(3)).filter(ImageFilter.MaxFilter(2 * PAPER + 1))
    small = small.filter(ImageFilter.GaussianBlur(PAPER))
    return np.asarray(small.resize(whole.size, Image.Resampling.BILINEAR)) / np.float32(255)


def otsu(values: Array) -> float:
    """Return the threshold that parts values between 0 and 1 into the two groups that differ most: Otsu (1979)."""
    counts, edges = np.histogram(values, 256, (0, 1))
    middles = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)[:-1]
    sums = np.cumsum(counts * middles)
    above = counts.sum() - below
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = sums[:-1] / below - (sums[-1] - sums[:-1]) / above
    between = np.nan_to_num(below * above * apart**2, posinf=0.0)
    return float(edges[1:-1][between.argmax()])
