"""What the Draw tab is pictured with: an empty canvas, a drawing with its answer, why, the breakdown, the flip."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise

from engine.core.drawing import Point, Stroke
from gui.tabs.draw.ink import Sheet
from gui.tabs.draw.tab import DrawTab

PARTS = 8  # points of a straight line of a stroke

# The corners of the strokes of a 4 that looks a little like a 9.
FOUR = (((15.2, 4.5), (8.0, 15.0), (20.0, 14.5)), ((18.5, 4.5), (16.5, 25.0)))

OTHER = 9


def _show(tab: DrawTab, sheet: Sheet, page: str = "nearest", against: int | None = None) -> Iterator[None]:
    tab.evidence.breakdown.point_at(None)
    tab.evidence.page.choose(page)
    tab.why.choose_against(against)
    tab.canvas.set_sheet(sheet)
    yield


def _show_breakdown(tab: DrawTab) -> Iterator[None]:
    yield from _show(tab, drawn(FOUR), page="breakdown")
    tab.evidence.breakdown.point_at(1)
    yield


def _show_flip(tab: DrawTab) -> Iterator[None]:
    yield from _show(tab, drawn(FOUR))
    tab.play.begin("flip", None, only_ink=False)
    yield


def drawn(strokes: Sequence[Sequence[tuple[float, float]]]) -> Sheet:
    """Return a sheet with straight strokes between corners, in the units of points."""
    return Sheet(strokes=tuple(Stroke(points=tuple(_points(corners)), width=2.4) for corners in strokes))


def _points(corners: Sequence[tuple[float, float]]) -> list[Point]:
    points = [Point(*corners[0])]
    for (x, y), (to_x, to_y) in pairwise(corners):
        parts = [part / PARTS for part in range(1, PARTS + 1)]
        points += [Point(x + part * (to_x - x), y + part * (to_y - y)) for part in parts]
    return points


SCENES = {
    "empty": partial(_show, sheet=Sheet()),
    "answer": partial(_show, sheet=drawn(FOUR)),
    "why": partial(_show, sheet=drawn(FOUR), against=OTHER),
    "breakdown": _show_breakdown,
    "epochs": partial(_show, sheet=drawn(FOUR), page="training"),
    "flip": _show_flip,
}
