"""Checks of plain values from a stranger's file: each is checked for its type and its bounds where it is read.

All functions raise `ValueError`. Booleans are not numbers, and nothing is converted.
"""
# A codec with annotations (msgspec, cattrs) would not replace these: most checks compare one value with another (a step
# with the run's steps per epoch, shapes with layers), which annotations cannot express.

import json
from collections.abc import Iterator
from typing import Any

LONGEST_WORD = 10_000  # letters of a name, a path or a summary
MOST_STEPS = 2**31 - 1  # TensorFlow counts them in 32 bits
MOST_SECONDS = 1e12  # later than any date, and longer than any work
LARGEST = 3.5e38  # larger than any float32


def whole(value: Any, low: int, high: int) -> int:
    """Return an integer from `low` to `high`."""
    if type(value) is not int or not low <= value <= high:
        raise ValueError("That is no such number.")
    return value


def real(value: Any, low: float = -LARGEST, high: float = LARGEST) -> float:
    """Return a number from `low` to `high`, as a float."""
    if type(value) not in (int, float) or not low <= value <= high:  # false for NaN as well
        raise ValueError("That is no such number.")
    return float(value)


def word(value: Any, most: int = LONGEST_WORD) -> str:
    """Return a text of at most `most` letters."""
    if type(value) is not str or len(value) > most:
        raise ValueError("That is no such text.")
    return value


def flag(value: Any) -> bool:
    """Return a boolean."""
    if type(value) is not bool:
        raise ValueError("That is neither true nor false.")
    return value


def several(value: Any, least: int, most: int) -> list[Any]:
    """Return a list of at least `least` and at most `most` values."""
    if type(value) is not list or not least <= len(value) <= most:
        raise ValueError("That is no such list.")
    return value


def named(value: Any, most: int | None = None) -> dict[str, Any]:
    """Return a dictionary of at most `most` entries."""
    if type(value) is not dict or (most is not None and len(value) > most):
        raise ValueError("These have no names, or are too many.")
    return value


def no_constant(constant: str) -> float:
    """Refuse NaN and infinities in JSON, as its `parse_constant`."""
    raise ValueError(f"{constant} is no JSON.")


_JSON = json.JSONDecoder(parse_constant=no_constant)


def from_json(text: str, most_nested: int) -> Any:
    """Return the values of a JSON text, which lie at most so deep within each other, and none is NaN or infinite."""
    values = _JSON.decode(text)
    if any(depth > most_nested for _, depth in nested(values)):
        raise ValueError("Nothing is nested as deep.")
    return values


def nested(values: Any) -> Iterator[tuple[Any, int]]:
    """Yield values and the dictionaries and lists within them, and how deep each lies, without recursion."""
    left = [(values, 1)]
    while left:
        value, depth = left.pop()
        yield value, depth
        inner = value.values() if isinstance(value, dict) else value
        if isinstance(value, (dict, list)):
            left += [(item, depth + 1) for item in inner if isinstance(item, (dict, list))]
