"""How numbers are written: what rounds to zero is zero and has no sign, and one thing is not many."""

from __future__ import annotations

import math

MINUS = "\N{MINUS SIGN}"


def plain(value: float, form: str) -> str:
    """Write a number by a format such as `.2f`, `+.3g` or `9.4f`, as programs read it: with a hyphen for a minus."""
    text = format(value, form)
    digits, power, exponent = text.partition("e")
    if digits.strip(" +-0.,"):
        return text
    unsigned = digits.replace("-", "").replace("+", "") + power + exponent
    return unsigned.rjust(len(text)) if text.startswith(" ") else unsigned


def written(value: float, form: str) -> str:
    """Write a number by such a format as people read it: with a minus sign."""
    return plain(value, form).replace("-", MINUS)


def in_percent(share: float, digits: int = 0) -> str:
    """Write a share, 0 to 1, in percent with that number of decimals: `98.1 %`."""
    return f"{written(100 * share, f'.{digits}f')} %"


def fine_percent(share: float, images: int | None) -> str:
    """Write a share of `images` in percent, with as many digits as are needed to see a difference of one image."""
    return percent(share, 2 if images is None else max(1, math.ceil(math.log10(max(images, 1))) - 2))


def percent(share: float, digits: int = 1) -> str:
    """Write a share, 0 to 1, in percent with `digits` decimals: `98.1 %`; a dash for what is not known.

    Only what is whole is said to be 100 %, only what is nothing 0 %.
    """
    if share != share:
        return "–"
    text, least = f"{100 * share:.{digits}f}", 10.0**-digits
    if share < 1 and float(text) == 100:
        text = f"{100 - least:.{digits}f}"
    if share > 0 and float(text) == 0:
        text = f"{least:.{digits}f}"
    return f"{text} %"


def accuracy_words(share: float, images: int | None, what: str = "test images") -> str:
    """Write an accuracy with the number of images that it was measured on: `97.41 % of 10,000 test images`."""
    return fine_percent(share, images) + (f" of the {what}" if images is None else f" of {images:,} {what}")


def plural(count: int, thing: str) -> str:
    """Say how many: `1 neuron`, `1,400 neurons`."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def number(value: float) -> float | None:
    """Return a number that JSON has; NaN and infinity are null there."""
    return value if math.isfinite(value) else None


def say_epoch(step: int, steps_per_epoch: int) -> str:
    """Say where a step lies, in epochs: `epoch 7.0`, finer in the first tenth of the first epoch."""
    epoch = step / steps_per_epoch
    return f"epoch {epoch:.3f}" if 0 < epoch < 0.1 else f"epoch {epoch:,.1f}"
