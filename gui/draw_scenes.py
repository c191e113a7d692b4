"""What the Draw tab is pictured with: an empty canvas, a drawing with its answer, why, the receipt, the flip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from engine.drawing import Point, Stroke
from gui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from gui.draw_play import DrawPlay
    from gui.widgets.canvas import Canvas
    from gui.widgets.evidence_panel import EvidencePanel
    from gui.widgets.why_panel import WhyPanel

PARTS = 8
"""A straight line of a stroke has so many points."""

FOUR = (((10.5, 4.0), (7.5, 15.0), (20.5, 14.5)), ((18.0, 6.0), (16.5, 25.0)))
"""The corners of the strokes of a 4 that looks a little like a 9."""

OTHER = 9


def draw_scenes(
    canvas: Canvas, why: WhyPanel, evidence: EvidencePanel, play: DrawPlay
) -> dict[str, Callable[[], object]]:
    """Return by name what arranges the tab for a picture."""

    def show(sheet: Sheet, page: str = "nearest", against: int | None = None) -> None:
        evidence.receipt.point_at(None)
        evidence.page.choose(page)
        why.choose_against(against)
        canvas.set_sheet(sheet)

    def show_receipt() -> None:
        show(drawn(FOUR), page="receipt")
        evidence.receipt.point_at(1)

    def show_flip() -> None:
        show(drawn(FOUR))
        play.begin("flip", None, only_ink=False)

    return {
        "empty": partial(show, Sheet()),
        "answer": partial(show, drawn(FOUR)),
        "why": partial(show, drawn(FOUR), against=OTHER),
        "receipt": show_receipt,
        "flip": show_flip,
    }


def drawn(strokes: Sequence[Sequence[tuple[float, float]]]) -> Sheet:
    """Return a sheet with straight strokes between these corners, in the units of points."""
    return Sheet(strokes=tuple(Stroke(points=tuple(_points(corners)), width=2.4) for corners in strokes))


def _points(corners: Sequence[tuple[float, float]]) -> list[Point]:
    points = [Point(*corners[0])]
    for (x, y), (to_x, to_y) in pairwise(corners):
        parts = [part / PARTS for part in range(1, PARTS + 1)]
        points += [Point(x + part * (to_x - x), y + part * (to_y - y)) for part in parts]
    return points
