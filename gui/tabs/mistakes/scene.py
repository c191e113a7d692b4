"""What the Mistakes tab is pictured with: a cell with its images, all mistakes, calibration, corrupted images."""

from collections.abc import Iterator
from functools import partial

from engine.analysis.probes.mistakes import ALL, Cell
from gui.tabs.mistakes.tab import MistakesTab
from gui.widgets.tab import Scene

CELL = (4, 9)  # 4s that are predicted as 9s


def scenes(tab: MistakesTab) -> dict[str, Scene]:
    """Return by name what arranges the tab for a picture."""
    return {
        "spoil": partial(_corruption, tab),
        "calibration": partial(_turn_to, tab, "calibration"),
        "all": partial(_choose, tab, ALL),
        "": partial(_choose, tab, CELL),
    }


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
