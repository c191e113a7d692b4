"""What the Fingerprints tab is pictured with: a neuron, a silenced band, how few neurons are enough, what is rare."""

from collections.abc import Iterator

import numpy as np

from engine.core.lens import Neuron
from gui.tabs.fingerprints.tab import FingerprintsTab

DIGIT, BAND = 4, 16  # a neuron that answers to this digit, and the number of rows shown around it


def _show_neuron(tab: FingerprintsTab) -> Iterator[None]:
    for button in (tab.bar.fewer, tab.bar.more):
        button.setChecked(False)
    yield
    if tab.maps.answer is not None:
        strongest = int(np.nanargmax(tab.maps.answer.means[DIGIT]))
        tab.selection.change(neuron=Neuron(tab.bar.layers.layer, strongest))
    yield


def _silence(tab: FingerprintsTab) -> Iterator[None]:
    yield from _show_neuron(tab)
    neuron, order = tab.selection.neuron, tab.rows.order.tolist()
    if neuron is not None and neuron.number in order:  # the rows may still be those of another network
        first = max(0, order.index(neuron.number) - BAND // 2)
        tab.silencing.silence(Neuron(tab.bar.layers.layer, number) for number in order[first : first + BAND])
    yield


def _show_few(tab: FingerprintsTab) -> Iterator[None]:
    tab.bar.fewer.setChecked(True)
    tab.how_few.measureWanted.emit()
    yield


def _show_more(tab: FingerprintsTab) -> Iterator[None]:
    tab.bar.more.setChecked(True)
    yield


SCENES = {"": _show_neuron, "silenced": _silence, "few": _show_few, "more": _show_more}
