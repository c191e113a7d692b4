"""Which pixel values are black and white: by all parts together, as far as that follows from them, else by asking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from engine.core.errors import UserError
from engine.data.location import Choice, Location, Range, UnclearError

BYTE, UNIT = Range(0, 255), Range(0, 1)

ROUNDING = 0.001  # what a share of 1 may lie outside of its range
HALF = 128  # values up to 255 of which one is at least this are bytes

FEW_LEVELS = 32
"""Whole numbers up to this are a range of their own: as bytes all images would be nearly black."""

APART = 4  # parts whose brightest values differ by this factor are not in one range
DEEPEST = 2**16  # the brightest value that is taken without asking: 16 bits


class Extent(NamedTuple):
    """What the values of one part are like."""

    low: float
    high: float
    typical: float  # half of the images have nothing above it
    negative: float  # share of the images, 0 to 1, with a value below 0
    is_whole: bool  # whether all values are whole numbers

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}"


def depth(high: float) -> int:
    """Return the brightest value of the smallest range with a power of two that holds `high`: 15, 16, 4095."""
    bits = max(0, int(high) - 1).bit_length()
    return 2**bits if high > 2**bits - 1 else 2**bits - 1


def range_of(parts: Mapping[str, Extent], location: Location) -> Range | None:
    """Return the range that the parts have together; `None` where single values lie outside of any.

    Raises `UserError` where they have different ones, and `UnclearError` where several are possible.
    """
    low, high = min(part.low for part in parts.values()), max(part.high for part in parts.values())
    whole = Extent(
        low,
        high,
        max(part.typical for part in parts.values()),
        max(part.negative for part in parts.values()),
        all(part.is_whole for part in parts.values()),
    )
    if low < -ROUNDING:
        return _signed(parts, whole, location)
    tops = [max(1.0, part.high) for part in parts.values()]
    is_dark = min(tops) > FEW_LEVELS and max(tops) <= BYTE.high  # a part may be, where both are bytes
    if max(tops) >= APART * min(tops) and not is_dark:
        raise _apart(parts, location)
    if high <= 1 + ROUNDING:
        return UNIT
    if high > BYTE.high:
        top = depth(high)
        if whole.typical <= BYTE.high or not whole.is_whole or top > DEEPEST:
            return None
        if 2 * whole.typical <= top:
            raise _unclear(parts, location, [Range(0, top), BYTE])
        return Range(0, top)
    if high >= HALF:
        return BYTE
    if whole.is_whole and high <= FEW_LEVELS:
        return Range(0, depth(high))
    raise _unclear(parts, location, [BYTE, Range(0, high)])


def _signed(parts: Mapping[str, Extent], whole: Extent, location: Location) -> Range | None:
    if whole.low < -1 - ROUNDING or whole.high > 1 + ROUNDING:
        if whole.is_whole or whole.negative < 0.5:
            return None
        raise _unclear(parts, location, [Range(whole.low, whole.high)])
    if not all(part.low < -ROUNDING for part in parts.values()):
        raise _apart(parts, location)
    half = 0.5 if max(-whole.low, whole.high) <= 0.5 + ROUNDING else 1.0
    if whole.low > -0.9 * half:
        raise _unclear(parts, location, [UNIT, Range(-1, 1)])
    return Range(-half, half)


def _apart(parts: Mapping[str, Extent], location: Location) -> UserError:
    listed = ", and ".join(f"{name} has values from {part}" for name, part in parts.items())
    return UserError(f"{location.name}: {listed}.", hint="Bring both parts to one range, such as 0 to 255.")


def _unclear(parts: Mapping[str, Extent], location: Location, ranges: list[Range]) -> UnclearError:
    listed = ", ".join(f"{part} in {name}" for name, part in parts.items())
    texts = [f"{limits}: {_what(limits)}" for limits in ranges]
    return UnclearError(
        f"The pixels of {location.name} are numbers from {listed}: which of them are black and white is not clear.",
        location,
        f"Which values of {location.name} are black and white?",
        [
            Choice(text, location._replace(range=limits).uri())
            for text, limits in zip(texts, ranges, strict=True)
        ],
    )


def _what(limits: Range) -> str:
    return "as stored" if limits == BYTE else "stretched to 0 to 255"
