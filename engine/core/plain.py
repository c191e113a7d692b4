"""Plain values that a stranger's file may hold: each is checked for its kind and its bounds where it is read.

Everything here raises `ValueError` for anything else. Booleans are no numbers, and nothing is converted.
"""

from __future__ import annotations

from typing import Any

LONGEST_WORD = 10_000  # letters of a name, a path, a summary
MOST_STEPS = 2**31 - 1  # TensorFlow counts them in 32 bits
MOST_SECONDS = 1e12  # later than any time, and longer than any work
LARGEST = 3.5e38  # no float32 is larger


def whole(value: Any, low: int, high: int) -> int:
    """Return a whole number between two others."""
    if type(value) is not int or not low <= value <= high:
        raise ValueError("That is no such number.")
    return value


def real(value: Any, low: float = -LARGEST, high: float = LARGEST) -> float:
    """Return a number between two others."""
    if type(value) not in (int, float) or not low <= value <= high:  # false for NaN as well
        raise ValueError("That is no such number.")
    return float(value)


def word(value: Any, most: int = LONGEST_WORD) -> str:
    """Return a text."""
    if type(value) is not str or len(value) > most:
        raise ValueError("That is no such text.")
    return value


def flag(value: Any) -> bool:
    """Return a truth."""
    if type(value) is not bool:
        raise ValueError("That is neither true nor false.")
    return value


def several(value: Any, least: int, most: int) -> list[Any]:
    """Return a list of at least `least` and at most `most` values."""
    if type(value) is not list or not least <= len(value) <= most:
        raise ValueError("That is no such list.")
    return value


def named(value: Any, most: int | None = None) -> dict[str, Any]:
    """Return values by name, `most` of them at most."""
    if type(value) is not dict or (most is not None and len(value) > most):
        raise ValueError("These have no names, or are too many.")
    return value
