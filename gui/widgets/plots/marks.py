"""Marks below curves: where a setting was changed, told apart by the eye and put into words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

APART = 8.0  # marks that stand closer, in pixels, are one: a slider that is dragged makes dozens
REACH = 6.0  # how near a mark the pointer has to be, in pixels


class Mark(NamedTuple):
    """A change at a place of the horizontal axis: of what, from what, to what."""

    x: float
    what: str
    before: str
    after: str


class Group(NamedTuple):
    """Marks that are drawn as one, where the last of them stands: what all of them come to."""

    x: float
    marks: tuple[Mark, ...]


def grouped(marks: Sequence[Mark], apart: float) -> list[Group]:
    """Return marks, x rising, as groups that stand at least `apart` from each other.

    Of each thing that changed there is one mark in a group, from before its first change to after its last; one that
    comes back to what it was is left out, and so is a group without any.
    """
    return [group for each in _runs(marks, apart) if (group := _joined(each)).marks]


def _runs(marks: Sequence[Mark], apart: float) -> Iterator[list[Mark]]:
    """Yield marks that stand closer to the one before than `apart`."""
    near: list[Mark] = []
    for mark in marks:
        if near and mark.x - near[-1].x >= apart:
            yield near
            near = []
        near.append(mark)
    if near:
        yield near


def _joined(near: Sequence[Mark]) -> Group:
    changed: dict[str, Mark] = {}
    for mark in near:
        first = changed.get(mark.what)
        changed[mark.what] = mark._replace(before=first.before) if first else mark
    kept = tuple(mark for mark in changed.values() if mark.before != mark.after)
    return Group(near[-1].x, kept)
