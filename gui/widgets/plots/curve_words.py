"""Curves in words, for a screen reader: the way of each of them in a sentence, and the places where all are read."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QRectF

from engine.core.language import mark, tr
from engine.core.lazy import Array
from gui.widgets.plots.series import Points

# More places than `MOST_PLACES` are too many to be read one by one: then it is `PLACES` at even distances.
MOST_PLACES, PLACES = 100, 50

# What a curve does from its first point to its last, and which of its extremes is of interest.
WAYS = {
    ("fell", "lowest"): mark("{curve} fell from {first} to {last}; lowest at {place}, {value}."),
    ("fell", "highest"): mark("{curve} fell from {first} to {last}; highest at {place}, {value}."),
    ("rose", "lowest"): mark("{curve} rose from {first} to {last}; lowest at {place}, {value}."),
    ("rose", "highest"): mark("{curve} rose from {first} to {last}; highest at {place}, {value}."),
    ("returned", "lowest"): mark("{curve} is back at {last}; lowest at {place}, {value}."),
    ("returned", "highest"): mark("{curve} is back at {last}; highest at {place}, {value}."),
}
END = {
    "fell": mark("{curve} fell from {first} to {last}; lowest at {place}."),
    "rose": mark("{curve} rose from {first} to {last}; highest at {place}."),
}
LEVEL, POINT = mark("{curve} stays at {last}."), mark("{curve} is {last} at {place}.")
BROKEN = mark("{curve} is no number from {place} on.")


def say_way(curve: str, points: Points, say: Callable[[float], str], where: Callable[[float], str]) -> str:
    """Return how a curve goes from its first point to its last, in a sentence; empty without points.

    `say` and `where` write a value and a position. Of the two extremes it names the one towards which the curve goes,
    unless only the other one lies between its ends: where it turned.
    """
    x, y = points
    known = np.flatnonzero(np.isfinite(y))
    curve = f"{curve[:1].upper()}{curve[1:]}"
    if len(known) < len(y) and (not len(known) or known[-1] < len(y) - 1):
        return tr(BROKEN, curve=curve, place=where(float(x[known[-1] + 1 if len(known) else 0])))
    if not len(known):
        return ""
    x, y = x[known], y[known]
    low, high, end = int(y.argmin()), int(y.argmax()), len(y) - 1
    first, last = say(float(y[0])), say(float(y[end]))
    if say(float(y[low])) == say(float(y[high])):
        return tr(LEVEL if end else POINT, curve=curve, last=last, place=where(float(x[end])))
    way = "returned" if first == last else "fell" if y[end] < y[0] else "rose"
    goal, other = (low, high) if way == "fell" else (high, low)
    turn = other if goal in (0, end) and other not in (0, end) else goal
    sentence = END[way] if turn == end else WAYS[way, "lowest" if turn == low else "highest"]
    value, place = say(float(y[turn])), where(float(x[turn]))
    return tr(sentence, curve=curve, first=first, last=last, place=place, value=value)


def places_to_read(curves: Sequence[Array]) -> list[float]:
    """Return the positions (points,) of curves at which a reader stops: all of them, or `PLACES` evenly spaced ones."""
    places = np.unique(np.concatenate([*curves, np.zeros(0)]))
    if len(places) > MOST_PLACES:
        even = np.linspace(places[0], places[-1], PLACES)
        places = places[np.unique(np.searchsorted(places, even - 1e-9 * (places[-1] - places[0])))]
    return [float(place) for place in places]


def columns_of(places: Sequence[float], left: float, right: float, area: QRectF) -> list[QRectF]:
    """Return the column of each position in an area that shows `left` to `right`: half way to those beside it."""
    if not places:
        return []
    between = [(one + other) / 2 for one, other in pairwise(places)]
    edges = [area.left() + (x - left) / (right - left) * area.width() for x in (left, *between, right)]
    return [QRectF(start, area.top(), end - start, area.height()) for start, end in pairwise(edges)]
