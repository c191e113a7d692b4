"""What the Weights tab is pictured with: all neurons with one of them large, and what training has changed."""

from collections.abc import Iterator
from functools import partial

from engine.core.lens import Neuron
from gui.tabs.weights.tab import WeightsTab

CHOSEN = Neuron(0, 285)


def _show(tab: WeightsTab, against: int | None) -> Iterator[None]:
    """Show the weights, or their difference from the moment `against`, in steps."""
    tab.selection.change(neuron=CHOSEN)
    tab.pictures.moments.choose(against)
    tab.pictures.momentChosen.emit(against)
    yield


SCENES = {"": partial(_show, against=None), "change": partial(_show, against=0)}
