"""What the Mistakes tab is pictured with: a cell with its images, all mistakes, calibration, corrupted images."""

from collections.abc import Iterator
from functools import partial

from engine.analysis.probes.mistakes import ALL, Cell
from gui.tabs.mistakes.tab import MistakesTab

CELL = (5, 3)  # fives that are predicted as threes, of which the sample has some


def _turn_to(tab: MistakesTab, page: str) -> Iterator[None]:
    tab.page.choose(page)
    yield


def _choose(tab: MistakesTab, cell: Cell) -> Iterator[None]:
    yield from _turn_to(tab, "confusion")
    tab.confusion.choose(cell)
    yield
    if cell is not ALL:
        tab.confusion.images.chosen.emit(0)
    yield


def _corruption(tab: MistakesTab) -> Iterator[None]:
    yield from _turn_to(tab, "spoil")
    tab.corruption.startWanted.emit()
    yield


SCENES = {
    "spoil": _corruption,
    "calibration": partial(_turn_to, page="calibration"),
    "all": partial(_choose, cell=ALL),
    "": partial(_choose, cell=CELL),
}
