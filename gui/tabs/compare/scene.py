"""What the Compare tab is pictured with: answers, roads, layers, neurons, settings, runs."""

from collections.abc import Iterator
from functools import partial

from gui.tabs.compare.tab import CompareTab


def _turn_to(tab: CompareTab, page: str) -> Iterator[None]:
    tab.page.choose(page)
    yield


def _alike(tab: CompareTab, page: str) -> Iterator[None]:
    """Open a page for networks of equal layers, as a run's own snapshots always are."""
    yield from _turn_to(tab, page)
    if not tab.is_alike and (lens := tab.selection.lens) is not None:
        tab.chips.runChosen.emit(lens.run)
        yield


def _neurons(tab: CompareTab) -> Iterator[None]:
    yield from _alike(tab, "neurons")
    tab.neurons.weights.chosen.emit(0)
    yield


def _road(tab: CompareTab) -> Iterator[None]:
    yield from _alike(tab, "road")
    tab.chips.match.setChecked(True)
    yield
    tab.road.slider.setValue(60)
    yield


def _answers(tab: CompareTab) -> Iterator[None]:
    if (lens := tab.selection.lens) is not None:
        tab.selection.change(lens=lens.unmixed())
    tab.forget_choice()
    yield from _turn_to(tab, "answers")
    tab.answers.grid.chosen.emit(0)
    yield


SCENES = {
    "runs": partial(_turn_to, page="runs"),
    "settings": partial(_turn_to, page="settings"),
    "neurons": _neurons,
    "layers": partial(_turn_to, page="layers"),
    "road": _road,
    "": _answers,
}
