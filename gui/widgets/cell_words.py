"""How a number is written where there is little room: short in a cell of a table, exact where one asks."""

from __future__ import annotations

import math

LONGEST = "−00.0"
"""A number in a cell takes no more room than this."""


def short(value: float, decimals: int = 2) -> str:
    """Return a number in at most five signs: `7`, `0.98`, `−12.3`, `1e7`."""
    if not math.isfinite(value):
        return "–"
    size = abs(value)
    if size >= 9_999.5:
        return f"{value:.0e}".replace("e+0", "e").replace("e+", "e").replace("-", "−")
    if size >= 99.95:
        decimals = 0
    elif size >= 9.995:
        decimals = min(decimals, 1)
    text = f"{size:.{decimals}f}"
    return f"−{text}" if value < 0 and float(text) else text


def exact(value: float) -> str:
    """Return a number with six digits that count; whole ones as they are."""
    if not math.isfinite(value):
        return "not a number"
    if value == int(value) and abs(value) < 1e6:
        return f"{int(value)}".replace("-", "−")
    return f"{value:.6g}".replace("-", "−")


def rounded_up(value: float) -> float:
    """Return the next of 1, 2 or 5 times a power of ten, so that a scale made from it rarely changes; 1 for 0."""
    if not (math.isfinite(value) and value > 0):
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(factor * power for factor in (1, 2, 5, 10) if value <= factor * power * (1 + 1e-9))
