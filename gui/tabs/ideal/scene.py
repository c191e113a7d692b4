"""What the Ideal images tab is pictured with: its presets, neurons' images, one image judged."""

from collections.abc import Iterator
from functools import partial

from engine.analysis.ideal.spec import PRESETS
from gui.tabs.ideal.tab import IdealTab

JUDGED = 3


def _run(tab: IdealTab, preset: str) -> Iterator[None]:
    tab.one.close_judgement()
    tab.settings.chips[preset].click()
    yield


def _run_neurons(tab: IdealTab) -> Iterator[None]:
    tab.one.close_judgement()
    tab.settings.set_values(PRESETS["l2"].spec.but(objective="neuron").as_dict())
    tab.settings.edited.emit("objective")
    yield


def _judge(tab: IdealTab) -> Iterator[None]:
    yield from _run(tab, "l2")
    tab.board.chosen.emit(min(JUDGED, len(tab.board.captions) - 1))
    tab.panel.judge.click()
    yield


SCENES = {"judged": _judge, "neurons": _run_neurons, **{key: partial(_run, preset=key) for key in PRESETS}}
