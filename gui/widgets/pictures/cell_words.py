"""Numbers as texts: short for the cells of a table, exact for tooltips, and rounded up for scales."""

import math

from engine.core.language import decimal_mark, tr, with_marks
from engine.core.text import written

# Least and most characters of a number in a cell.
FEWEST, MOST = 4, 7

MOST_DECIMALS = 4
ROUNDING = 1e-9  # a number that is so near to a whole one is whole: rounding errors are smaller


def trimmed(text: str) -> str:
    """Return a decimal number without trailing zeros."""
    mark = decimal_mark()
    cut = text.rstrip("0").rstrip(mark) if mark in text and "e" not in text else text
    return cut if cut.strip(f"−0{mark}") else text


def short(value: float, signs: int = FEWEST) -> str:
    """Return a number in at most `signs` characters (4: `.98`, `−.12`, `12.3`, `−2e7`); without decimals if whole."""
    if not math.isfinite(value):
        return "–"
    if abs(value - round(value)) < ROUNDING and len(text := f"{round(value)}".replace("-", "−")) <= signs:
        return text
    for decimals in range(min(signs - 2, MOST_DECIMALS), -1, -1):
        text = f"{abs(value):.{decimals}f}"
        if signs == FEWEST and decimals and text.startswith("0"):
            text = text[1:]
        if len(text) + (value < 0) <= signs:
            return with_marks(f"−{text}" if value < 0 and float(text) else text)
    return f"{value:.0e}".replace("e+0", "e").replace("e+", "e").replace("-", "−")


def exact(value: float) -> str:
    """Return a number with six significant digits; whole ones below a million with all."""
    if not math.isfinite(value):
        return tr("not a number")
    if value == int(value) and abs(value) < 1e6:
        return f"{int(value)}".replace("-", "−")
    return written(value, ".6g")


def heard_number(value: float) -> str:
    """Return a number as a screen reader says it, with three significant digits."""
    return written(float(value), ".3g") if math.isfinite(value) else tr("no number")


def rounded_up(value: float) -> float:
    """Return the next 1, 2 or 5 times a power of ten, as the end of a scale that rarely changes; 1 for 0."""
    if not (math.isfinite(value) and value > 0):
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(factor * power for factor in (1, 2, 5, 10) if value <= factor * power * (1 + 1e-9))
