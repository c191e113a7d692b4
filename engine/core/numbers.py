"""Formats of numbers: what rounds to zero has no sign, and one thing is singular."""

from __future__ import annotations

import math

MINUS = "\N{MINUS SIGN}"


def plain(value: float, form: str) -> str:
    """Format a number with `.2f`, `+.3g` or `9.4f`, as programs read it: with a hyphen for a minus."""
    text = format(value, form)
    digits, power, exponent = text.partition("e")
    if digits.strip(" +-0.,"):
        return text
    unsigned = digits.replace("-", "").replace("+", "") + power + exponent
    return unsigned.rjust(len(text)) if text.startswith(" ") else unsigned


def written(value: float, form: str) -> str:
    """Format a number as people read it: with a minus sign."""
    return plain(value, form).replace("-", MINUS)


def in_percent(share: float, digits: int = 0) -> str:
    """Format a share, 0 to 1, in percent with that number of decimals: `98.1 %`."""
    return f"{written(100 * share, f'.{digits}f')} %"


def fine_percent(share: float, images: int | None) -> str:
    """Format a share of `images` in percent, with as many digits as a difference of one image needs."""
    return percent(share, 2 if images is None else max(1, math.ceil(math.log10(max(images, 1))) - 2))


def percent(share: float, digits: int = 1) -> str:
    """Format a share, 0 to 1, in percent with `digits` decimals: `98.1 %`; NaN becomes a dash.

    Only exactly 1 becomes 100 %, and only exactly 0 becomes 0 %.
    """
    if share != share:
        return "–"
    text, least = f"{100 * share:.{digits}f}", 10.0**-digits
    if share < 1 and float(text) == 100:
        text = f"{100 - least:.{digits}f}"
    if share > 0 and float(text) == 0:
        text = f"{least:.{digits}f}"
    return f"{text} %"


def accuracy_words(share: float, images: int | None) -> str:
    """Format an accuracy with the number of images that it was measured on: `97.41 % of 10,000 test images`."""
    return fine_percent(share, images) + (" of the test images" if images is None else f" of {images:,} test images")


def plural(count: int, thing: str) -> str:
    """Return a count with its noun: `1 neuron`, `1,400 neurons`."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def number(value: float) -> float | None:
    """Return a number for JSON, where NaN and infinity are null."""
    return value if math.isfinite(value) else None


def say_epoch(step: int, steps_per_epoch: int) -> str:
    """Return a step in epochs: `epoch 7.0`, with more digits in the first tenth of the first epoch."""
    epoch = step / steps_per_epoch
    return f"epoch {epoch:.3f}" if 0 < epoch < 0.1 else f"epoch {epoch:,.1f}"
