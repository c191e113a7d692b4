"""The pixel values of black and white: derived from all parts together, or else asked for.

The range matters: divided by 255, scikit-learn's digits (0 to 16) taught a network next to nothing, 18.9 % of the test
images against 97.3 % when scaled.
"""

from collections.abc import Mapping
from typing import NamedTuple

from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.data.location import Choice, Location, Range, UnclearError

BYTE, UNIT = Range(0, 255), Range(0, 1)

ROUNDING = 0.001  # tolerance of a range up to 1
HALF = 128  # values up to 255 are bytes if one is at least this
FEW_LEVELS = 32  # integers up to this have a range of their own: as bytes, all images would be nearly black
APART = 4  # parts whose brightest values differ by this factor do not have the same range
DEEPEST = 2**16  # the brightest value that is accepted without a question: 16 bits


class Extent(NamedTuple):
    """The distribution of one part's values."""

    low: float
    high: float
    typical: float  # the median of the images' maxima
    negative: float  # share of the images, 0 to 1, with a value below 0
    is_whole: bool  # whether all values are integers

    def __str__(self) -> str:
        return tr("{low:g} to {high:g}", low=self.low, high=self.high)


def depth(high: float) -> int:
    """Return the top of the smallest range up to a power of two, or one less, that contains `high`: 15, 16, 4095."""
    bits = max(0, int(high) - 1).bit_length()
    return 2**bits if high > 2**bits - 1 else 2**bits - 1


def range_of(parts: Mapping[str, Extent], location: Location) -> Range | None:
    """Return the common range of the parts; `None` where single values are outside of any.

    Raises `UserError` for parts with different ranges, and `UnclearError` where several ranges are possible.
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
    is_dark = min(tops) > FEW_LEVELS and max(tops) <= BYTE.high  # where both are bytes, a part may be dark
    if max(tops) >= APART * min(tops) and not is_dark:
        raise _apart(parts, location)
    if high <= 1 + ROUNDING:
        return UNIT
    if high > BYTE.high:
        top = depth(high)  # pictures of 16 bits often hold 12
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
    (first, values), (second, others) = parts.items()
    sentence = tr(
        "{path}: {first} has values from {values}, and {second} has values from {others}.",
        path=location.name,
        first=first,
        values=values,
        second=second,
        others=others,
    )
    return UserError(sentence, hint=tr("Bring both parts to one range, such as 0 to 255."))


def _unclear(parts: Mapping[str, Extent], location: Location, ranges: list[Range]) -> UnclearError:
    listed = ", ".join(tr("{limits} in {part}", limits=limits, part=name) for name, limits in parts.items())
    as_stored, stretched = mark("{limits}: as stored"), mark("{limits}: stretched to 0 to 255")
    texts = [tr(as_stored if limits == BYTE else stretched, limits=limits) for limits in ranges]
    return UnclearError(
        tr(
            "The pixels of {path} are numbers from {limits}: which of them are black and white is not clear.",
            path=location.name,
            limits=listed,
        ),
        location,
        tr("Which values of {path} are black and white?", path=location.name),
        [Choice(text, location._replace(range=limits).uri()) for text, limits in zip(texts, ranges, strict=True)],
    )
