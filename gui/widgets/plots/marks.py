"""Marks below curves, where a setting was changed; those that are close are grouped."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

APART = 8.0  # marks that are closer, in pixels, are grouped: a drag of a slider makes dozens
REACH = 6.0  # maximum distance of the mouse from a mark, in pixels


class Mark(NamedTuple):
    """A change of a setting at a position of the horizontal axis."""

    x: float
    what: str
    before: str
    after: str


class Group(NamedTuple):
    """Marks that are drawn as one, at the position of the last, with what changed in total."""

    x: float
    marks: tuple[Mark, ...]


def grouped(marks: Sequence[Mark], apart: float) -> list[Group]:
    """Return marks, with ascending x, as groups that are at least `apart` from each other.

    A group has one mark for each setting, from before its first change to after its last. Settings that are back at
    their value are left out, and so are groups without any other.
    """
    return [group for near in _runs(marks, apart) if (group := _joined(near)).marks]


def _runs(marks: Sequence[Mark], apart: float) -> Iterator[list[Mark]]:
    """Yield sequences of marks that are closer than `apart` to the one before."""
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
    return Group(near[-1].x, tuple(mark for mark in changed.values() if mark.before != mark.after))
